"""The four services' rules together, with every delay: whatever the order, they end up agreeing."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.races import AT, DECIDERS, STRAIGHT_ON, WALKS, reached, walk
from tests.races_checks import disagreements

from casework.followup.domain import commands as followup
from casework.intake.domain import commands as intake
from casework.investigation.domain import commands as investigation
from casework.resolution.domain import commands as resolution
from casework.resolution.domain.appeals import DecideDecisionAppeal, LodgeDecisionAppeal
from casework.shared.contracts import followup as followed
from casework.shared.contracts import handoff
from casework.shared.contracts.ids import ServiceName


@pytest.mark.parametrize("seed", range(10))
def test_whatever_the_order_the_services_end_up_agreeing(seed: int) -> None:
    for number in range(seed * WALKS, (seed + 1) * WALKS):
        assert disagreements(walk(number)) == [], f"walk({number})"


@pytest.mark.parametrize("service", ["investigation", "resolution"])
def test_the_walks_come_by_offers_that_lapse_and_offers_that_were_answered_first(service: ServiceName) -> None:
    lapsed, answered, worked_on = 0, 0, 0
    for number in range(WALKS):
        world = walk(number)
        gone = {r.event.offer_id for r in world.streams[service] if isinstance(r.event, handoff.Lapsed)}
        overdue = (r.event for r in world.streams["followup"] if isinstance(r.event, followed.HandOffOverdue))
        lapsed += len(gone)
        answered += sum(each.receiver == service and each.offer_id not in gone for each in overdue)
        worked_on += bool(gone) and world.states[service].status != "waiting"
    assert min(lapsed, answered, worked_on) > 0


def test_silence_is_never_acceptance() -> None:
    world = reached(STRAIGHT_ON.index(("investigation", investigation.AcceptHandOff)))
    world.expire(*next(world.unexpired()))
    world.settle()
    assert world.states["intake"].status == "assessed"
    assert world.states["investigation"].offers.standing == "lapsed"
    assert not any(isinstance(r.event, handoff.Accepted) for r in world.streams["investigation"])
    assert disagreements(world) == []


def test_straight_on_leads_to_closure() -> None:
    closed = reached(len(STRAIGHT_ON))
    assert closed.states["followup"].outcome == "decided"
    assert disagreements(closed) == []


def test_a_late_decline_of_the_first_offer_leaves_the_second_alone() -> None:
    world = reached(STRAIGHT_ON.index(("followup", followup.AcceptHandOff)))
    first = world.offered
    assert first is not None
    world.record("resolution", resolution.RecordReply(reply="contested", channel="web", reason="More."))
    world.record("resolution", resolution.ProposeRemedy(kind="refund", description="The fee and the interest."))
    world.record("resolution", resolution.CommunicateDecision(outcome="upheld", answer="Right.", channel="web"))
    world.record("resolution", resolution.OfferHandOff(reason="Decided again."))
    world.record("followup", followup.DeclineHandOff(offer_id=first, offered=first, reason="No approval."))
    world.settle()
    assert world.states["resolution"].status == "offered"
    assert world.offered not in (None, first)
    world.record("followup", followup.AcceptHandOff(offer_id=world.offered, offered=world.offered, holder="Tomasz"))
    world.settle()
    assert disagreements(world) == []


def test_an_appeal_that_fails_does_not_bring_back_a_decision_that_was_reopened() -> None:
    world = reached(len(STRAIGHT_ON))
    lodged = LodgeDecisionAppeal(appeal_id=UUID(int=999), grounds="The interest.", now=AT, route="Ask the ombudsman.")
    world.record("resolution", lodged)
    world.record("followup", followup.ReopenCase(reason="Not done."))
    world.settle()
    world.record("resolution", DecideDecisionAppeal(succeeded=False, reason="It was paid.", judge="Wei"))
    world.settle()
    assert world.states["resolution"].status == "deciding"
    assert disagreements(world) == []


def test_the_check_notices_a_disagreement() -> None:
    world = reached(9)
    world.states["followup"] = DECIDERS["followup"].evolve(
        world.states["followup"], followed.CaseClosed(outcome="decided", reason="Too early.")
    )
    assert disagreements(world) == ["closed as decided without a standing decision"]


@pytest.mark.parametrize("steps", range(STRAIGHT_ON.index(("resolution", resolution.CommunicateDecision)) + 1))
def test_a_complaint_withdrawn_at_any_stage_goes_on_when_it_is_reopened(steps: int) -> None:
    world = reached(steps)
    before = world.states["intake"].status
    for times in (1, 2):
        world.record("intake", intake.WithdrawComplaint(reason="Settled.", channel="web"))
        world.settle()
        assert world.states["followup"].outcome == "withdrawn"
        world.record("followup", followup.ReopenCase(reason="Not settled."))
        world.settle()
        assert (world.states["intake"].status, world.states["intake"].withdrawals) == (before, times)
        assert (world.states["investigation"].status, world.states["resolution"].status) == ("resumed", "deciding")
        assert disagreements(world) == []


@pytest.mark.parametrize("first", ["intake", "followup"], ids=["withdrawn first", "reopened first"])
def test_a_withdrawal_holds_where_resolution_heard_of_the_reopening_before_it(first: ServiceName) -> None:
    world = reached(len(STRAIGHT_ON))
    world.record("intake", intake.WithdrawComplaint(reason="Settled.", channel="web"))
    world.record("followup", followup.ReopenCase(reason="Not done."))
    world.deliver("resolution", first)
    world.settle()
    went_on = first == "intake"
    assert world.states["intake"].status == ("offered" if went_on else "withdrawn")
    assert world.states["followup"].outcome == (None if went_on else "withdrawn")
    assert disagreements(world) == []
