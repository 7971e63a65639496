"""Offers made by a service: what an offer must bring, and when it comes back. Pure.

Invariant: until an offer is accepted the giver has the work. Declined or lapsed it comes back, once, and only the
newest offer does: an answer to an earlier one has no effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from casework.shared.checks.checklists import Checklist
from casework.shared.contracts.handoff import ChecklistItem, Offered, Routing
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Name, Sentence, rfc3339
from casework.shared.errors import Refusal
from casework.shared.handoffs.kinds import HandOffKind, Team

LAPSED = "Nobody answered the offer in its time."
"""The reason of taking back an offer that lapsed."""
CONTACT = "contact"
COMPLAINANT = "complainant"
STAFF = "staff:"
_CALLED: dict[ServiceName, str] = {"followup": "follow-up"}
_Offered = TypeVar("_Offered", bound=Offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an offer says beyond reason, ready and open. `at` is the time of offering, UTC."""

    at: Instant
    kind: HandOffKind | None = None
    checklist: tuple[ChecklistItem, ...] = ()
    team: Team | None = None
    moment: Instant | None = None
    acting_owner: Name | None = None
    routing: Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandOff:
    """Offer the work to the next service. With `standing` it runs on under that standing solution. `checklists` are
    those to be answered before; `occurred_at` is when it was offered, where that is not now."""

    reason: Sentence
    ready: tuple[Name, ...] = ()
    open: tuple[Name, ...] = ()
    standing: StandingRef | None = None
    terms: Terms | None = None
    checklists: tuple[Checklist, ...] = ()
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackHandOff:
    """The offer `offer_id` was declined or lapsed. `outstanding` is the event id of the newest offer of this stream.
    Never refused."""

    offer_id: UUID
    outstanding: UUID | None
    reason: Sentence

    @property
    def is_of_the_newest(self) -> bool:
        """Whether it was the newest offer that came back; an answer to an earlier one has no effect."""
        return self.offer_id == self.outstanding


def offered(
    event: type[_Offered],
    command: OfferHandOff,
    *,
    to: ServiceName,
    category: str,
    owner: str,
    complainant_known: bool = True,
) -> _Offered:
    """The giver's event of the offer. `complainant_known` is False where the case holds no way to reach them.

    Raises `ChecklistIncomplete`, `ContactNotSealed`, `TeamClosed`, `MomentHasPassed`, and `NotCovered` where the
    team's calendar ends."""
    terms = command.terms
    if terms is None:
        return event(
            to=to,
            reason=command.reason,
            ready=command.ready,
            open=command.open,
            category=category,
            owner=owner,
            standing=command.standing,
        )
    acting = terms.acting_owner or (terms.kind.acting_owner if terms.kind and terms.moment else None)
    _require_checklist(command, terms, acting, complainant_known)
    if terms.moment is not None and terms.moment <= terms.at:
        raise MomentHasPassed(terms.moment)
    if terms.team is not None:
        opening = terms.team.next_opening(terms.at)
        if opening != terms.at:
            raise TeamClosed(terms.team, opening)
    return event(
        to=to,
        reason=command.reason,
        ready=command.ready,
        open=command.open,
        category=category,
        owner=owner,
        standing=command.standing,
        kind=terms.kind.kind if terms.kind else None,
        checklist=terms.checklist or None,
        team=terms.team.name if terms.team else None,
        moment=terms.moment,
        acting_owner=acting,
        routing=terms.routing,
    )


def _require_checklist(command: OfferHandOff, terms: Terms, acting: str | None, complainant_known: bool) -> None:
    given = set[str]()
    for item in terms.checklist:
        if item.name == CONTACT:
            if item.value != COMPLAINANT and not item.value.startswith(STAFF):
                raise ContactNotSealed
            if item.value == COMPLAINANT and not complainant_known:
                continue
        given.add(item.name)
    fields = {
        "ready": command.ready,
        "open": command.open,
        "moment": terms.moment,
        "acting-owner": acting,
        "team": terms.team,
    }
    given |= {name for name, value in fields.items() if value}
    wanted = list(terms.kind.checklist) if terms.kind else []
    if terms.moment is not None and "acting-owner" not in wanted:
        wanted.append("acting-owner")
    # What was said and is not so is missing, too.
    wanted += [item.name for item in terms.checklist if item.name not in wanted]
    missing = [name for name in wanted if name not in given]
    if missing:
        raise ChecklistIncomplete(missing)


class HandOffAlreadyOffered(Refusal):
    code = "hand-off-already-offered"

    def __init__(self, to: ServiceName) -> None:
        super().__init__(
            f"The case is offered to {_CALLED.get(to, to)} already; it can be offered again only if that is declined or"
            " lapses."
        )


class ChecklistIncomplete(Refusal):
    code = "checklist-incomplete"

    def __init__(self, missing: Iterable[str]) -> None:
        names = ", ".join(missing)
        super().__init__(
            f"checklist: {names} missing; it has to travel with the hand-off. Complete it, then offer again."
        )


class ContactNotSealed(Refusal):
    code = "contact-not-sealed"

    def __init__(self) -> None:
        super().__init__(
            f"Contact data stays sealed on the case; give {COMPLAINANT} as the {CONTACT}, or {STAFF} and a name."
        )


class TeamClosed(Refusal):
    code = "team-closed"

    def __init__(self, team: Team, opening: datetime | None) -> None:
        when = f"it opens at {rfc3339(opening)}" if opening else "choose another team"
        super().__init__(f"The team {team.name} is closed, and nothing is offered to a closed team; {when}.")


class MomentHasPassed(Refusal):
    code = "moment-has-passed"

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"The moment {rfc3339(moment)} has passed; nobody can accept before it. Give one to come.")
