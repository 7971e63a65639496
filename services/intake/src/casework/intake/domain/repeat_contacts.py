"""Contacts: the same complaint by phone, by letter to a regulator, at the counter, is one complaint.

Invariant: a contact makes no second case. The receipt is contact 1; how another system knows a contact is linked once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from casework.intake.domain.numbered import TooMany
from casework.shared.business_time import SKEW
from casework.shared.contracts.around import ContactLinked
from casework.shared.contracts.types import Instant, Name, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkContact:
    """Record, at `now`, that the complainant came again. `reference` is (source, source_reference) of a system that
    knows this contact by a number of its own."""

    channel: Channel
    contacted_at: Instant | None = None
    reference: tuple[Name, Name] | None = None
    words: Sealed | None = None
    now: Instant


class ContactInTheFuture(Refusal):
    code = "contact-in-the-future"

    def __init__(self) -> None:
        super().__init__("That contact has not happened yet; give the time at which it did, or none for now.")


class ContactAlreadyLinked(Refusal):
    code = "contact-already-linked"

    def __init__(self) -> None:
        super().__init__("The contact of that source and reference is linked already; each is counted once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How many there were after the receipt, and by which references other systems know them."""

    linked: int = 0
    references: tuple[tuple[str, str], ...] = ()


NO_CONTACTS = Contacts()


def decide(command: LinkContact, contacts: Contacts) -> tuple[ContactLinked, ...]:
    """The events that `command` brings about. Raises `TooMany` and the refusals above."""
    at = command.contacted_at or command.now
    if at > command.now + SKEW:
        raise ContactInTheFuture
    if command.reference is not None and command.reference in contacts.references:
        raise ContactAlreadyLinked
    source, reference = command.reference or (None, None)
    return (
        ContactLinked(
            number=TooMany.following("contact", contacts.linked + 1),
            channel=command.channel,
            contacted_at=at,
            source=source,
            source_reference=reference,
            words=command.words,
        ),
    )


def evolve(contacts: Contacts, event: ContactLinked) -> Contacts:
    """The contacts after `event`."""
    references = contacts.references
    if event.source is not None and event.source_reference is not None:
        references = (*references, (event.source, event.source_reference))
    return Contacts(linked=contacts.linked + 1, references=references)


ContactCommand: TypeAlias = LinkContact
ContactEvent: TypeAlias = ContactLinked
