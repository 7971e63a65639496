"""Hand-offs as followup sees them: each offer to people is followed until someone has the work.

Invariants:

* Silence is never acceptance. When the time for an answer is over, the receiver's stream says what became of the offer:
  another service's is asked, our own decides at once.
* An offer that has ended, in whatever way, is asked about no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from casework.followup.domain import case_clocks
from casework.followup.domain.case_clocks import CaseClocks, TellMoment
from casework.followup.domain.clock_events import ClockEvent, ClockExpired
from casework.followup.domain.commands import FollowHandOff
from casework.followup.domain.firing import FireClocks
from casework.shared.contracts.followup import (
    ActingOwnerNamed,
    CaseEscalated,
    EscalationTaken,
    HandOffFollowed,
    HandOffLapsed,
    HandOffOverdue,
)
from casework.shared.contracts.ids import ServiceName

OfferEvent: TypeAlias = (
    HandOffFollowed | HandOffOverdue | HandOffLapsed | ActingOwnerNamed | CaseEscalated | EscalationTaken | ClockEvent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedOffer:
    """An offer from one service to people of another."""

    offer: UUID
    giver: ServiceName
    receiver: ServiceName
    acting_owner: str | None = None


def follow(command: FollowHandOff, watched: tuple[WatchedOffer, ...], clocks: CaseClocks) -> tuple[OfferEvent, ...]:
    """The offer is followed; one too many also climbs. Nothing for an offer that is followed already."""
    if any(each.offer == command.offer_id for each in watched):
        return ()
    move = 1 + sum(each.giver == command.giver for each in watched)
    followed = HandOffFollowed(
        offer_id=command.offer_id,
        giver=command.giver,
        receiver=command.receiver,
        move=move,
        acting_owner=command.acting_owner,
    )
    ladder = command.rulebook.ladder_of_purpose("hand-off-acceptance")
    if move <= command.most_moves or ladder is None:
        return (followed,)
    climbed = case_clocks.climb(
        command.offer_id, ladder.ref, "passed-on-too-often", command.at, command.rulebook, clocks
    )
    return (followed, *climbed)


def overdue(
    command: FireClocks,
    fired: Iterable[case_clocks.CaseClockEvent],
    watched: tuple[WatchedOffer, ...],
    clocks: CaseClocks,
    *,
    may_lapse: Iterable[UUID],
) -> Iterator[OfferEvent]:
    """What follows from acceptance clocks that expired among `fired`. `clocks` are those after them; `may_lapse` the
    offers before followup itself that nobody has answered."""
    ours = set(may_lapse)
    by_id = {each.offer: each for each in watched}
    for event in fired:
        if not isinstance(event, ClockExpired) or event.purpose != "hand-off-acceptance" or event.about is None:
            continue
        offer = by_id.pop(event.about, None)
        if offer is None:
            continue
        if offer.acting_owner is not None and command.rulebook.pinned(event.policy).due_given:
            yield ActingOwnerNamed(offer_id=offer.offer, acting_owner=offer.acting_owner)
        if offer.receiver != "followup":
            yield HandOffOverdue(offer_id=offer.offer, giver=offer.giver, receiver=offer.receiver)
        elif offer.offer in ours:
            yield HandOffLapsed(offer_id=offer.offer)
            yield from case_clocks.tell(_lapsed(command, offer.offer, event.clock), clocks)


def _lapsed(command: FireClocks, offer: UUID, clock: UUID) -> TellMoment:
    return TellMoment(
        moment="hand-off-lapsed",
        by=clock,
        occurred_at=command.at,
        at=command.at,
        rulebook=command.rulebook,
        about=offer,
    )
