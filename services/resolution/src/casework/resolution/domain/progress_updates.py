"""Word to the complainant of how it stands, and whether it arrived.

Invariant: an update is delivered or bounced, once; only a delivered one keeps the complainant informed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.outgoing import UNCHECKED, Sending, sent
from casework.resolution.domain.statements import Statements
from casework.shared.contracts.messages import FactsStated
from casework.shared.contracts.resolution import ProgressUpdateBounced, ProgressUpdateDelivered, ProgressUpdateSent
from casework.shared.contracts.types import Instant, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class SendProgressUpdate:
    """Record that word went out at `now`, with the time of the next; without `news` there is none yet."""

    update_id: UUID
    channel: Channel
    next_by: Instant
    news: Prose | None = None
    now: Instant
    sending: Sending = UNCHECKED


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelivery:
    """Record that an update arrived, and what shows it. Without `update_id` the one that is under way."""

    update_id: UUID | None
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBounce:
    """Record that an update did not arrive."""

    update_id: UUID | None
    reason: Sentence


UpdateCommand: TypeAlias = SendProgressUpdate | RecordDelivery | RecordBounce
UpdateEvent: TypeAlias = ProgressUpdateSent | ProgressUpdateDelivered | ProgressUpdateBounced


class NextUpdateInThePast(Refusal):
    code = "next-update-in-the-past"

    def __init__(self) -> None:
        super().__init__("An update says by when the next one comes, also without news; give a time that lies ahead.")


Updates: TypeAlias = tuple[UUID, ...]
"""The updates of which nobody knows yet whether they arrived."""


def decide(command: UpdateCommand, updates: Updates, statements: Statements) -> tuple[UpdateEvent | FactsStated, ...]:
    """The events that `command` brings about. Raises `NextUpdateInThePast`, `WordingBlocked` and the refusals
    of `which`."""
    match command:
        case SendProgressUpdate():
            if command.next_by <= command.now:
                raise NextUpdateInThePast
            stated = sent(command.sending, statements, "progress-update", command.news)
            return (
                ProgressUpdateSent(
                    update_id=command.update_id, channel=command.channel, next_by=command.next_by, news=command.news
                ),
                *stated,
            )
        case RecordDelivery(update_id=named, proof=proof):
            return (ProgressUpdateDelivered(update_id=_under_way(named, updates), proof=proof),)
        case RecordBounce(update_id=named, reason=reason):
            return (ProgressUpdateBounced(update_id=_under_way(named, updates), reason=reason),)
        case _:
            assert_never(command)


def evolve(updates: Updates, event: UpdateEvent) -> Updates:
    """The updates under way after `event`."""
    match event:
        case ProgressUpdateSent(update_id=id_):
            return (*updates, id_)
        case ProgressUpdateDelivered(update_id=id_) | ProgressUpdateBounced(update_id=id_):
            return tuple(each for each in updates if each != id_)
        case _:
            assert_never(event)


def _under_way(named: UUID | None, updates: Updates) -> UUID:
    return which("update under way", named, dict.fromkeys(updates, True))
