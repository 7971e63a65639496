"""FollowUp: the whole case as it is tracked, from receipt to closure. Its stream decides on resolution's offers
and on everything that can come before or after the closing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from casework.followup.domain import (
    agreements,
    capabilities,
    closing,
    empty_hands,
    errors,
    motives,
    open_remedies,
    skipping,
    stages,
)
from casework.followup.domain.case_clocks import CaseClocks
from casework.followup.domain.closing import Closing
from casework.followup.domain.commands import (
    AcceptHandOff,
    CloseCase,
    Command,
    DeclineHandOff,
    NoteContestation,
    NoteWithdrawalAnswer,
    OpenFollowUp,
    ReopenCase,
)
from casework.followup.domain.conduct import ConductFlags
from casework.followup.domain.events import (
    CaseClosed,
    CaseReopened,
    FollowUpEvent,
    FollowUpOpened,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffReturned,
    WorkCovered,
)
from casework.followup.domain.open_remedies import OpenRemedies
from casework.followup.domain.stages import Status
from casework.followup.domain.watched_offers import WatchedOffer
from casework.shared.contracts.followup import Closure
from casework.shared.decider import Decider
from casework.shared.handoffs.receiving import require_skills

STATE_VERSION = 4
NO_CLOCKS = CaseClocks()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What followup's decisions need to know. `owner` is the case owner; `answered` the offers of resolution that were
    accepted or declined here, `lapsed` those that nobody answered; `watched` every offer between services to people."""

    status: Status = "unopened"
    owner: str = ""
    category: str = ""
    holder: str = ""
    answered: tuple[UUID, ...] = ()
    lapsed: tuple[UUID, ...] = ()
    outcome: Closure | None = None
    watched: tuple[WatchedOffer, ...] = ()
    covered: WorkCovered | None = None
    is_compared: bool = False
    clocks: CaseClocks = NO_CLOCKS
    agreements: tuple[UUID, ...] = ()
    remedies: OpenRemedies = ()
    closing: Closing = closing.OPEN
    conduct: ConductFlags = ()


def decide(command: Command, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case OpenFollowUp():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, offered=offered, holder=holder):
            stages.answering(offer_id, offered, state)
            require_skills(command.routing, holder, command.skills)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, offered=offered, reason=reason):
            stages.answering(offer_id, offered, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case CloseCase():
            return _close(command, state)
        case ReopenCase(reason=reason, at=at, zone=zone):
            if state.status == "unopened":
                raise errors.CaseNotOpened
            if state.status != "closed":
                raise errors.CaseNotClosed
            if at is not None:
                closing.require_window(state.closing, at, zone)
            return (CaseReopened(reason=reason, category=state.category, owner=state.owner),)
        case NoteContestation():
            return _contested(command, state)
        case NoteWithdrawalAnswer(honoured=honoured, reason=reason):
            if honoured and state.status in ("open", "held"):
                return (CaseClosed(outcome="withdrawn", reason=reason),)
            return ()
        case _:
            return capabilities.decide(command, state)


def evolve(state: FollowUp, event: FollowUpEvent) -> FollowUp:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case FollowUpOpened():
            return FollowUp(
                status="open",
                owner=event.owner,
                category=event.category,
                clocks=CaseClocks(
                    received_at=event.received_at, imported=bool(event.imported), deadlines=event.deadlines or ()
                ),
            )
        case HandOffAccepted(offer_id=offer_id, holder=holder):
            return replace(state, status="held", holder=holder, answered=(*state.answered, offer_id))
        case HandOffDeclined(offer_id=offer_id):
            return replace(state, answered=(*state.answered, offer_id))
        case CaseClosed(outcome=outcome, terms=terms):
            ended = closing.closed(state.closing, terms)
            return replace(state, status="closed", outcome=outcome, holder="", closing=ended)
        case CaseReopened():
            return replace(state, status="open", outcome=None, is_compared=False, closing=closing.OPEN)
        case HandOffReturned():
            return replace(state, status="open", holder="", closing=closing.OPEN)
        case HandOffLapsed(offer_id=offer_id):
            return replace(state, lapsed=(*state.lapsed, offer_id))
        case _:
            return capabilities.evolve(state, event)


DECIDER: Decider[Command, FollowUp, FollowUpEvent] = Decider(FollowUp(), decide, evolve)


def _open(command: OpenFollowUp, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    if state.status != "unopened":
        return ()
    return (
        FollowUpOpened(
            owner=command.owner,
            source=command.source,
            category=command.category,
            received_at=command.received_at,
            imported=command.imported or None,
            deadlines=command.deadlines or None,
        ),
    )


def _close(command: CloseCase, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    if stages.going_on(state) != "held":
        raise errors.HandOffNotAccepted
    if command.outcome == "silent":
        closing.require_silence(state.closing)
    if command.outcome == "unresolved" and not command.offers:
        raise closing.OffersMissing
    if command.gated:
        agreements.require_settled(state.agreements)
        open_remedies.require_received(state.remedies)
        empty_hands.require_empty(command.hands)
        # Only where the institution has a time for it is anybody's opinion waited for.
        if state.clocks.has("opinion"):
            closing.require_asked(state.closing)
        if command.outcome == "decided" and command.decision == "upheld":
            closing.require_four_rs(command.four_rs)
    skipped = skipping.reasons(command) if command.gated else ()
    compared = motives.at_closure(command.given, is_compared=state.is_compared)
    unthanked = command.gated and command.decision == "not-upheld" and not command.thanked
    return (
        *compared,
        CaseClosed(
            outcome=command.outcome,
            reason=command.reason,
            terms=command.terms,
            offers=command.offers or None,
            route_en=command.route_en if command.outcome == "unresolved" else None,
            route_zh=command.route_zh if command.outcome == "unresolved" else None,
            four_rs=command.four_rs or None,
            flags=("not-thanked",) if unthanked else None,
            skipped=skipped or None,
        ),
    )


def _contested(command: NoteContestation, state: FollowUp) -> tuple[FollowUpEvent, ...]:
    match state.status:
        case "closed":
            return (
                CaseReopened(
                    reason=command.reason,
                    category=state.category,
                    owner=state.owner,
                    contestation=command.contestation,
                ),
            )
        case "held":
            return (HandOffReturned(reason=command.reason),)
        case _:
            return ()
