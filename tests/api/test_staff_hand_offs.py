"""An offer that nobody answers, and what has to travel with one, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from casework.shared.contracts.ids import ServiceName
from casework.shared.testing.desk import Body, Desk
from casework.shared.testing.overdue import say_overdue
from casework.shared.testing.stack import Stack

WAYS: list[tuple[str, ServiceName, ServiceName]] = [
    ("investigation-offer", "intake", "investigation"),
    ("investigation/resolution-offer", "investigation", "resolution"),
]
OFFER: Body = {"reason": "Assessed.", "ready": ["complaint"], "open": ["call"], "kind": "call-back"}
CONTACT: Body = {"checklist": [{"name": "contact", "value": "complainant"}]}
REACHABLE: Body = {"name": "A. Example", "phone": "+44 20 7946 0000"}


@pytest.mark.parametrize(("step", "giver", "receiver"), WAYS)
async def test_an_offer_that_nobody_answers_lapses_and_can_be_made_again(
    desk: Desk, stack: Stack, step: str, giver: ServiceName, receiver: ServiceName
) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until=step)
    await _overdue(desk, stack, case_id, giver, receiver)
    await stack.settle()
    there = await desk.types(case_id, receiver)
    assert there[-1] == "hand-off-lapsed.v1"
    assert "hand-off-accepted.v1" not in there
    assert (await desk.types(case_id, giver))[-1] == "hand-off-taken-back.v1"
    await desk.do(case_id, step)
    await desk.do(case_id, f"{receiver}/acceptance")
    assert (await desk.types(case_id, receiver))[-1] == "hand-off-accepted.v1"


@pytest.mark.parametrize(("step", "giver", "receiver"), WAYS)
async def test_an_offer_that_was_accepted_before_the_time_was_over_does_not_lapse(
    desk: Desk, stack: Stack, step: str, giver: ServiceName, receiver: ServiceName
) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until=step)
    await _overdue(desk, stack, case_id, giver, receiver)
    accepted = await desk.ask(case_id, f"{receiver}/acceptance")
    assert accepted.status_code == 200, accepted.text
    before = await desk.types(case_id, receiver)
    await stack.settle()
    assert await desk.types(case_id, receiver) == before
    assert (await desk.types(case_id, giver))[-1] == "hand-off-offered.v1"


async def test_the_word_is_for_one_receiver(desk: Desk, stack: Stack) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    offer_id = UUID((await _offer(desk, case_id, "intake"))["id"])
    await say_overdue(stack.runtimes["followup"], UUID(case_id), offer_id, "investigation", "resolution")
    before = await desk.types(case_id, "investigation")
    await stack.settle()
    assert await desk.types(case_id, "investigation") == before


async def test_no_contact_no_call_back(desk: Desk) -> None:
    """A name alone is no way to reach somebody, whatever the one who offers says."""
    case_id = await desk.receive(complainant={"name": "A. Example"})
    await desk.walk(case_id, until="assessment")
    for checklist in ({}, CONTACT):
        refused = await desk.ask(case_id, "investigation-offer", {**OFFER, **checklist})
        assert refused.status_code == 409
        assert refused.json()["detail"].startswith("checklist: contact missing")
    assert (await desk.types(case_id, "intake"))[-1] == "complaint-assessed.v1"


async def test_what_travels_is_on_the_event(desk: Desk) -> None:
    case_id = await desk.receive(complainant=REACHABLE)
    await desk.walk(case_id, until="assessment")
    moment = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    asked = {"team": "fees", "moment": moment.isoformat(), "acting_owner": "head of fees"}
    await desk.do(case_id, "investigation-offer", {**OFFER, **CONTACT, **asked})
    data = (await _offer(desk, case_id, "intake"))["data"]
    assert (data["kind"], data["team"], data["acting_owner"]) == ("call-back", "fees", "head of fees")
    assert data["checklist"] == [{"name": "contact", "value": "complainant"}]
    assert datetime.fromisoformat(data["moment"]) == moment
    assert "7946" not in str(await _events(desk, case_id))
    await desk.do(case_id, "investigation/acceptance")


async def test_an_offer_without_a_kind_says_nothing_more(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    data = (await _offer(desk, case_id, "intake"))["data"]
    assert set(data) == {"to", "reason", "ready", "open", "category", "owner"}


async def _overdue(desk: Desk, stack: Stack, case_id: str, giver: ServiceName, receiver: ServiceName) -> None:
    offer_id = UUID((await _offer(desk, case_id, giver))["id"])
    await say_overdue(stack.runtimes["followup"], UUID(case_id), offer_id, giver, receiver)


async def _offer(desk: Desk, case_id: str, giver: ServiceName) -> Any:
    """The newest offer of the giver, as the event it is."""
    name = f"casework.{giver}.hand-off-offered.v1"
    return [each["event"] for each in await _events(desk, case_id) if each["event"]["type"] == name][-1]


async def _events(desk: Desk, case_id: str) -> Any:
    return (await desk.http.get(f"/v1/cases/{case_id}/events")).json()
