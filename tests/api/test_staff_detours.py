"""Declined, withdrawn, contested, reopened: what the steps off the usual way come to, once everybody knows."""

from __future__ import annotations

from uuid import UUID

from casework.shared.contracts.ids import SERVICES
from casework.shared.testing.delivery import deliver
from casework.shared.testing.desk import Body, Desk
from casework.shared.testing.stack import Stack

REASON: Body = {"reason": "There is a reason."}
WITHDRAWAL: Body = {**REASON, "channel": "phone"}
OWNER = "complaints-desk"


async def test_a_declined_hand_off_is_the_givers_again_and_can_be_offered_anew(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    await desk.do(case_id, "investigation/declination", REASON)
    assert await _where(desk, case_id) == ("assessed", OWNER, "offer-to-investigation")
    await desk.do(case_id, "investigation-offer")
    await desk.do(case_id, "investigation/acceptance", {"holder": "Mei"})
    await desk.do(case_id, "investigation/findings")
    await desk.do(case_id, "investigation/conclusion")
    await desk.do(case_id, "investigation/resolution-offer")
    await desk.do(case_id, "resolution/declination", REASON)
    assert await _where(desk, case_id) == ("in-investigation", "Mei", "investigate")
    await desk.do(case_id, "investigation/resolution-offer")
    for step in ("acceptance", "remedies", "decision", "follow-up-offer"):
        await desk.do(case_id, f"resolution/{step}")
    await desk.do(case_id, "follow-up/declination", REASON)
    assert await _where(desk, case_id) == ("decided", "handler-1", "hear-reply")
    await desk.do(case_id, "resolution/follow-up-offer")
    await desk.do(case_id, "follow-up/acceptance")
    await desk.do(case_id, "closure")
    assert await _where(desk, case_id) == ("closed", "", "none")


async def test_an_offer_can_be_answered_by_its_id(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="resolution/follow-up-offer")
    events = (await desk.http.get(f"/v1/cases/{case_id}/events")).json()
    offer = next(e["event"]["id"] for e in events if e["event"]["type"] == "casework.resolution.hand-off-offered.v1")
    await desk.do(case_id, "follow-up/acceptance", {"offer_id": offer, "holder": "Wei"})
    assert await _where(desk, case_id) == ("in-follow-up", "Wei", "close")


async def test_a_withdrawal_before_the_decision_closes_the_case(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation/findings")
    await desk.do(case_id, "withdrawal", WITHDRAWAL)
    assert (await desk.show(case_id))["outcome"] == "withdrawn"
    assert await _where(desk, case_id) == ("closed", "", "none")


async def test_a_withdrawal_after_the_decision_leaves_it_standing(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="resolution/decision")
    await desk.do(case_id, "withdrawal", WITHDRAWAL)
    assert await _where(desk, case_id) == ("decided", "handler-1", "hear-reply")
    assert "withdrawal-came-after-decision.v1" in await desk.types(case_id, "resolution")


async def test_a_contested_decision_is_decided_again(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="follow-up/acceptance")
    await desk.do(case_id, "resolution/reply", {**REASON, "reply": "contested", "channel": "phone"})
    assert await _where(desk, case_id) == ("in-resolution", "handler-1", "decide")
    assert (await desk.show(case_id))["reply"] == "contested"
    assert (await desk.types(case_id, "followup"))[-1] == "hand-off-returned.v1"
    await _decided_and_closed_again(desk, case_id)


async def test_a_contestation_reopens_what_was_closed(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="closure")
    await desk.do(case_id, "resolution/reply", {**REASON, "reply": "contested", "channel": "phone"})
    assert await _where(desk, case_id) == ("in-resolution", "handler-1", "decide")
    await _decided_and_closed_again(desk, case_id)


async def test_staff_reopen_what_was_closed(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="closure")
    await desk.do(case_id, "reopening", REASON)
    assert await _where(desk, case_id) == ("in-resolution", "handler-1", "decide")
    await _decided_and_closed_again(desk, case_id)


async def test_staff_reopen_what_was_withdrawn(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.do(case_id, "withdrawal", WITHDRAWAL)
    await desk.do(case_id, "reopening", REASON)
    assert await _where(desk, case_id) == ("in-resolution", OWNER, "decide")
    await _decided_and_closed_again(desk, case_id)


async def test_an_offer_that_resolution_ended_cannot_be_accepted(desk: Desk, stack: Stack) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="resolution/follow-up-offer")
    await desk.ask(case_id, "resolution/reply", {**REASON, "reply": "contested", "channel": "phone"})
    await deliver(stack.runtimes["resolution"], stack.runtimes["followup"])
    refused = await desk.ask(case_id, "follow-up/acceptance")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-offered")


async def test_an_effect_waits_for_nothing_but_brings_its_causes(desk: Desk, stack: Stack) -> None:
    case_id = await desk.receive()
    for step in ("acknowledgement", "assessment", "investigation-offer"):
        await desk.ask(case_id, step)
    intake, investigation, followup = (stack.runtimes[name] for name in ("intake", "investigation", "followup"))
    assert await deliver(intake, investigation, page_size=1) == 3
    # What intake did has not been brought to follow-up: it reads that from intake's feed before the effect of it.
    assert await deliver(investigation, followup) == 1
    assert _versions(await desk.show(case_id)) == (4, 1, 1, 6)
    assert await deliver(investigation, followup) == 0
    await stack.settle()
    assert _versions(await desk.show(case_id)) == (4, 1, 2, 6)
    assert UUID(case_id).version == 7


async def _decided_and_closed_again(desk: Desk, case_id: str) -> None:
    for step in ("remedies", "decision", "follow-up-offer"):
        await desk.do(case_id, f"resolution/{step}")
    await desk.do(case_id, "follow-up/acceptance")
    await desk.do(case_id, "closure")
    assert await _where(desk, case_id) == ("closed", "", "none")


async def _where(desk: Desk, case_id: str) -> tuple[str, str, str]:
    """Stage, holder and what is next; and no case anywhere is without a holder."""
    orphans = await desk.http.get("/v1/cases?orphaned=true")
    assert orphans.json()["items"] == []
    status = await desk.show(case_id)
    return status["stage"], status["holder"], status["next_action"]["code"]


def _versions(status: dict[str, dict[str, int]]) -> tuple[int, ...]:
    return tuple(status["versions"][name] for name in SERVICES)
