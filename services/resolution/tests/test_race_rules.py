"""What resolution decides where another service could record the contrary: each pair in both orders.

The races of the hand-offs, of the withdrawal with the decision and of the contestation are in
`test_resolution_domain.py`. All of them stand in `docs/races.md`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from services.resolution.tests.answer_cases import CONCLUSION, DECIDE, FINDING, ITEM, RECEIPT
from services.resolution.tests.conflict_cases import NAMED, STAKE
from services.resolution.tests.containment_cases import CONTAINED, EXPLAIN, EXPLAINED, SEEN, WANTED, WANTING
from services.resolution.tests.recording_cases import LINKED, LISTEN_FIRST, NOTED
from services.resolution.tests.remedy_cases import APPROVE, MANAGER, SEND_REMEDY, TOO_MUCH, UNANSWERED, cny
from services.resolution.tests.test_resolution_domain import (
    ACCEPTED,
    COMMUNICATE,
    COMMUNICATED,
    CONTESTED,
    DECIDED,
    HONOURED,
    OFFER_IT,
    OFFERED,
    OPENED,
    PROPOSE,
    PROPOSED,
    REOPEN,
    REOPENED,
    TAKE_BACK,
    TAKEN_BACK,
    TOO_LATE,
    WITHDRAW,
)
from services.resolution.tests.timed_cases import BREAK, BROKEN, KEEP, KEPT, MADE, MAKE

from casework.resolution.domain import errors
from casework.resolution.domain.appeals import DecideDecisionAppeal, LodgeDecisionAppeal
from casework.resolution.domain.commands import Command
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.containment import NotContained, NothingToContain
from casework.resolution.domain.demand_answers import AnswerDemand, NoteDemand
from casework.resolution.domain.events import (
    BarredFromDeciding,
    DecisionCommunicated,
    DemandAnswered,
    DemandsNoted,
    EvidenceNoted,
    RemedyProposed,
    ResolutionEvent,
    WithdrawalHonoured,
)
from casework.resolution.domain.refused_demands import DemandUnanswered
from casework.resolution.domain.resolution import DECIDER, Resolution
from casework.shared.conflicts import ConflictOfInterest
from casework.shared.contracts.appeals import AppealTerms, DecisionAppealDecided, DecisionAppealed
from casework.shared.contracts.authority import ApprovalGiven
from casework.shared.contracts.demand_answers import NotedDemand
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.remedies import RemedyOffered, RemedyOfferUnanswered, RemedySent
from casework.shared.evidence.recordings import RecordingUnheard
from casework.shared.testing.given import Given, given

NOW, UNTIL = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 4, 2, 10, tzinfo=UTC)
KNOWN = (RECEIPT, FINDING, CONCLUSION)
DECIDING: tuple[ResolutionEvent, ...] = (OPENED, ACCEPTED)
APPEALABLE = replace(COMMUNICATED, by="Aoife Byrne", appeal=AppealTerms(policy="cn.appeal", version=1, until=UNTIL))
IN_FORCE = (OPENED, ACCEPTED, PROPOSED, APPEALABLE)
LODGE = LodgeDecisionAppeal(appeal_id=UUID(int=61), grounds="The interest.", now=NOW, route="Ask the ombudsman.")
LODGED = DecisionAppealed(appeal_id=UUID(int=61), grounds="The interest.")
DISMISS = DecideDecisionAppeal(succeeded=False, reason="It was paid.", judge="Wei")
DISMISSED = DecisionAppealDecided(appeal_id=UUID(int=61), succeeded=False, reason="It was paid.", judge="Wei")
GRANTED = replace(DISMISSED, succeeded=True)
REPAIR = NoteDemand(number=1, version=2, kind="repair")
REFUND_NOTED = DemandsNoted(demands=(NotedDemand(number=1, version=1, kind="refund"),))
REFUND_PASSED_ON = DemandsNoted(demands=(NotedDemand(number=1, version=1, kind="refund", owner="li"),))
REPAIR_NOTED = DemandsNoted(demands=(NotedDemand(number=1, version=2, kind="repair"),))
REFUND_MET = DemandAnswered(number=1, version=1, answer="met")
ITEM_NOTED = EvidenceNoted(number=4)
STANDINGS: EvidenceStandings = ()
REMEDY_OFFERED = RemedyOffered(offer_id=UNANSWERED.offer_id, remedy=1, until=UNTIL, channel="phone")


def held_back() -> Given[Command, Resolution, ResolutionEvent]:
    """A case in which a remedy waits for its approval."""
    asked = DECIDER.decide(replace(TOO_MUCH, amount=cny("800.00")), DECIDER.fold(DECIDING))
    return given(DECIDER, *DECIDING, *asked)


def kinds(case: Given[Command, Resolution, ResolutionEvent], *commands: Command) -> list[type]:
    """What kinds of events the commands bring about, one after the other."""
    happened, _ = DECIDER.run(commands, DECIDER.fold(case.events))
    return [type(event) for event in happened]


def test_race_withdrawal_then_approval() -> None:
    held_back().when(WITHDRAW, APPROVE).refused(errors.WithdrawalWasHonoured)


def test_race_approval_then_withdrawal() -> None:
    assert kinds(held_back(), APPROVE, WITHDRAW) == [ApprovalGiven, RemedyProposed, WithdrawalHonoured]


def test_race_withdrawal_then_promise() -> None:
    given(DECIDER, *DECIDING, HONOURED).when(MAKE).refused(errors.WithdrawalWasHonoured)


def test_race_promise_then_withdrawal() -> None:
    """Nobody is held to it any more: the clock may have been read before followup heard of the withdrawal."""
    withdrawn = given(DECIDER, *DECIDING, MADE).when(WITHDRAW).then(HONOURED)
    withdrawn.when(KEEP).refused(errors.WithdrawalWasHonoured)
    withdrawn.when(BREAK).then()


def test_race_breach_then_withdrawal() -> None:
    given(DECIDER, *DECIDING, MADE).when(BREAK, WITHDRAW).then(BROKEN, HONOURED)


def test_race_withdrawal_then_remedy_sent() -> None:
    given(DECIDER, *DECIDING, PROPOSED, HONOURED).when(SEND_REMEDY).refused(errors.WithdrawalWasHonoured)


def test_race_remedy_sent_then_withdrawal() -> None:
    assert kinds(given(DECIDER, *DECIDING, PROPOSED), SEND_REMEDY, WITHDRAW) == [RemedySent, WithdrawalHonoured]


def test_race_withdrawal_then_end_of_a_remedy_offer() -> None:
    given(DECIDER, *DECIDING, PROPOSED, REMEDY_OFFERED, HONOURED).when(UNANSWERED).then()


def test_race_end_of_a_remedy_offer_then_withdrawal() -> None:
    offered = given(DECIDER, *DECIDING, PROPOSED, REMEDY_OFFERED)
    assert kinds(offered, UNANSWERED, WITHDRAW) == [RemedyOfferUnanswered, WithdrawalHonoured]


@pytest.mark.parametrize("noted", [NAMED, STAKE], ids=["named", "stake"])
def test_race_conflict_then_approval_and_appeal(noted: NotePersons | NoteStake) -> None:
    (who,) = noted.persons
    held_back().when(noted, replace(APPROVE, acting=replace(MANAGER, id=who))).refused(ConflictOfInterest, saying=who)
    given(DECIDER, *IN_FORCE, LODGED).when(noted, replace(DISMISS, judge=who)).refused(ConflictOfInterest, saying=who)


@pytest.mark.parametrize("noted", [NAMED, STAKE], ids=["named", "stake"])
def test_race_approval_and_appeal_then_conflict(noted: NotePersons | NoteStake) -> None:
    (who,) = noted.persons
    approved = kinds(held_back(), replace(APPROVE, acting=replace(MANAGER, id=who)), noted)
    assert approved == [ApprovalGiven, RemedyProposed, BarredFromDeciding]
    judged = kinds(given(DECIDER, *IN_FORCE, LODGED), replace(DISMISS, judge=who), noted)
    assert judged == [DecisionAppealDecided, BarredFromDeciding]


@pytest.mark.parametrize("noted", [NAMED, STAKE], ids=["named", "stake"])
def test_race_conflict_then_decision(noted: NotePersons | NoteStake) -> None:
    (who,) = noted.persons
    ready = given(DECIDER, *DECIDING, PROPOSED)
    ready.when(*KNOWN, noted, replace(DECIDE, by=who)).refused(ConflictOfInterest, saying=who)
    # A history tells who decided then.
    assert kinds(ready, noted, replace(COMMUNICATE, by=who)) == [BarredFromDeciding, DecisionCommunicated]


@pytest.mark.parametrize("noted", [NAMED, STAKE], ids=["named", "stake"])
def test_race_decision_then_conflict(noted: NotePersons | NoteStake) -> None:
    (who,) = noted.persons
    decided = kinds(given(DECIDER, *DECIDING, PROPOSED), *KNOWN, replace(DECIDE, by=who), noted)
    assert decided[-2:] == [DecisionCommunicated, BarredFromDeciding]


def test_race_change_of_a_demand_then_decision() -> None:
    changed = given(DECIDER, *DECIDING, PROPOSED, REFUND_NOTED, REFUND_MET).when(*KNOWN, REPAIR, DECIDE)
    changed.refused(DemandUnanswered, saying="number 1")


def test_race_decision_then_change_of_a_demand() -> None:
    """The decision stands, and so does its answer to the version before; who decides anew answers the new one."""
    decided = given(DECIDER, *DECIDING, REFUND_NOTED, REFUND_MET, PROPOSED, COMMUNICATED)
    changed = decided.when(REPAIR).then(REPAIR_NOTED)
    changed.when(replace(COMMUNICATE)).refused(errors.DecisionAlreadyCommunicated)
    again = given(DECIDER, *changed.events, CONTESTED, PROPOSED)
    again.when(*KNOWN, DECIDE).refused(DemandUnanswered, saying="number 1")


def test_race_demand_passed_on_then_answer() -> None:
    passed = given(DECIDER, REFUND_NOTED).when(NoteDemand(number=1, owner="li")).then(REFUND_PASSED_ON)
    passed.when(AnswerDemand(number=1, version=1, answer="met", evidence=(), is_history=True)).then(REFUND_MET)


def test_race_answer_then_demand_passed_on() -> None:
    passed = given(DECIDER, REFUND_NOTED, REFUND_MET).when(NoteDemand(number=1, owner="li")).then(REFUND_PASSED_ON)
    (demand,) = DECIDER.fold(passed.events).demands
    assert (demand.owner, demand.answer) == ("li", "met")


def test_race_immediate_action_then_decision() -> None:
    given(DECIDER, *DECIDING, PROPOSED).when(WANTED, COMMUNICATE).refused(NotContained)


def test_race_decision_then_immediate_action() -> None:
    given(DECIDER, *DECIDING, PROPOSED).when(COMMUNICATE, WANTED).then(COMMUNICATED, WANTING)


def test_race_containment_then_explanation() -> None:
    given(DECIDER, WANTING, *DECIDING).when(SEEN, EXPLAIN).refused(NothingToContain)


def test_race_explanation_then_containment() -> None:
    given(DECIDER, WANTING, *DECIDING).when(EXPLAIN, SEEN).then(EXPLAINED, CONTAINED)


def test_race_evidence_then_decision() -> None:
    """What is cited has come; what the decision rests on is what came with the offer."""
    resting = replace(COMMUNICATED, evidence=STANDINGS)
    opened = replace(OPENED, evidence=STANDINGS)
    given(DECIDER, opened, ACCEPTED, PROPOSED).when(ITEM, COMMUNICATE).then(ITEM_NOTED, resting)


def test_race_decision_then_evidence() -> None:
    decided = given(DECIDER, *DECIDED).when(ITEM).then(ITEM_NOTED)
    decided.when(COMMUNICATE).refused(errors.DecisionAlreadyCommunicated)
    decided.when(REOPEN).then(REOPENED)


def test_race_recording_then_call_back() -> None:
    given(DECIDER, MADE).when(LINKED, LISTEN_FIRST).refused(RecordingUnheard)


def test_race_call_back_then_recording() -> None:
    given(DECIDER, MADE).when(LISTEN_FIRST, KEEP, LINKED).then(KEPT, NOTED)


def test_race_appeal_then_reopening_by_staff() -> None:
    """Both want it decided anew. The appeal may still be answered, and moves the case no more."""
    reopened = given(DECIDER, *IN_FORCE, OFFERED).when(LODGE, REOPEN).then(LODGED, REOPENED)
    for verdict, judged in ((DISMISS, DISMISSED), (replace(DISMISS, succeeded=True), GRANTED)):
        after = reopened.when(PROPOSE, verdict).then(PROPOSED, judged)
        after.when(OFFER_IT).refused(errors.NoDecision)
        after.when(COMMUNICATE).then(COMMUNICATED)


def test_race_reopening_by_staff_then_appeal() -> None:
    given(DECIDER, *IN_FORCE, OFFERED, REOPENED).when(LODGE).refused(errors.NoDecision)


def test_race_appeal_then_decline_by_follow_up() -> None:
    given(DECIDER, *IN_FORCE, OFFERED).when(LODGE, TAKE_BACK).then(LODGED)


def test_race_decline_by_follow_up_then_appeal() -> None:
    given(DECIDER, *IN_FORCE, OFFERED).when(TAKE_BACK, LODGE).then(TAKEN_BACK, LODGED)


def test_race_appeal_then_withdrawal() -> None:
    given(DECIDER, *IN_FORCE).when(LODGE, WITHDRAW, DISMISS).then(LODGED, TOO_LATE, DISMISSED)


def test_race_withdrawal_then_appeal() -> None:
    given(DECIDER, *DECIDING, HONOURED).when(LODGE).refused(errors.WithdrawalWasHonoured)
