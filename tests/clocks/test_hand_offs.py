"""Hand-offs are followed until someone has the work: silence returns it and climbs."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

INSTITUTION = """
calendar = "UK-ENG+desk"
folders = ["own"]
policies = ["internal.answer", "internal.finish", "internal.hand-off", "internal.hand-off-moment"]
"""
HOURS = {
    "calendars/layers/desk.toml": """
layer = "desk"
version = "2026"
over = "UK-ENG"
source = "The desk's own hours."
[hours]
default = ["09:00-12:00", "13:00-17:30"]
"""
}
OFFER: dict[str, Any] = {"reason": "Assessed.", "ready": ["assessment"], "open": ["cause"]}


def _desk(open_office: Open) -> AbstractAsyncContextManager[Office]:
    return open_office(institution=INSTITUTION, files=HOURS, now="2026-03-02T08:30", zone="Europe/London")


async def _offered(office: Office, at: str) -> str:
    case_id = await _assessed(office)
    await office.wait_until(at)
    await office.desk.do(case_id, "investigation-offer")
    return case_id


@pytest.mark.practice("P103")
@pytest.mark.practice("P185")
async def test_an_offer_that_nobody_answers_returns_and_climbs(open_office: Open) -> None:
    async with _desk(open_office) as office:
        case_id = await _offered(office, "2026-03-02T09:00")
        assert (await office.clock(case_id, "internal.hand-off"))["due_at"] == "2026-03-02T14:00:00.000000Z"
        await office.wait_until("2026-03-02T13:59")
        assert not await office.events(case_id, "hand-off-overdue")
        await office.wait_until("2026-03-02T14:00")
        status = await office.desk.show(case_id)
        assert (status["stage"], status["holder"]) == ("assessed", status["owner"])
        (climbed,) = await office.events(case_id, "case-escalated")
        assert (climbed["data"]["rung"], climbed["data"]["role"]) == (1, "supervisor")
        assert await office.desk.types(case_id, "investigation") == ["investigation-opened.v1", "hand-off-lapsed.v1"]
        assert (await office.desk.types(case_id, "intake"))[-1] == "hand-off-taken-back.v1"
        refused = await office.desk.ask(case_id, "investigation/acceptance")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/hand-off-lapsed")
        everything = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
        assert not [each for each in everything if each["event"]["type"].endswith("hand-off-accepted.v1")]
        await office.desk.do(case_id, "investigation-offer")
        await office.desk.do(case_id, "investigation/acceptance")
        assert (await office.desk.show(case_id))["stage"] == "in-investigation"


async def test_an_answer_in_time_leaves_nothing_to_lapse(open_office: Open) -> None:
    async with _desk(open_office) as office:
        case_id = await _offered(office, "2026-03-02T09:00")
        await office.wait_until("2026-03-02T13:59")
        await office.desk.do(case_id, "investigation/acceptance")
        await office.wait_until("2026-03-03T14:00")
        assert (await office.clock(case_id, "internal.hand-off"))["phase"] == "met"
        assert not await office.events(case_id, "hand-off-overdue", "case-escalated")
        assert (await office.desk.show(case_id))["stage"] == "in-investigation"


async def test_an_acceptance_just_before_the_end_wins_over_the_lapse(open_office: Open) -> None:
    """The acceptance is recorded in investigation and has not reached followup when the time is over."""
    async with _desk(open_office) as office:
        case_id = await _offered(office, "2026-03-02T09:00")
        await office.go_to("2026-03-02T13:59")
        accepted = await office.desk.ask(case_id, "investigation/acceptance")
        assert accepted.status_code == 200
        await office.go_to("2026-03-02T14:00")
        # The heads tell that something is still to come in, so nothing expires.
        assert (await office.timer.fire_due()).waiting == 1
        await office.stack.settle()
        assert (await office.timer.fire_due()).waiting == 0
        assert (await office.clock(case_id, "internal.hand-off"))["phase"] == "met"
        assert "hand-off-lapsed.v1" not in await office.desk.types(case_id, "investigation")


@pytest.mark.practice("P106")
async def test_the_third_offer_of_the_same_work_climbs(open_office: Open) -> None:
    async with _desk(open_office) as office:
        case_id = await _offered(office, "2026-03-02T09:00")
        for _ in range(2):
            assert not await office.events(case_id, "case-escalated")
            await office.desk.do(case_id, "investigation/declination", {"reason": "Not ours."})
            await office.desk.do(case_id, "investigation-offer")
        moves = [each["data"]["move"] for each in await office.events(case_id, "hand-off-followed")]
        assert moves == [1, 2, 3]
        (climbed,) = await office.events(case_id, "case-escalated")
        assert (climbed["data"]["rung"], climbed["data"]["reason"]) == (1, "passed-on-too-often")


@pytest.mark.practice("P105")
async def test_an_offer_tied_to_a_moment_names_who_acts_when_it_comes(open_office: Open) -> None:
    async with _desk(open_office) as office:
        case_id = await _assessed(office, complainant={"name": "A. Parent", "phone": "+44 20 7946 0000"})
        lesson = OFFER | {"kind": "appointment", "moment": "2026-03-03T08:00:00Z", "acting_owner": "campus-head"}
        refused = await office.desk.ask(case_id, "investigation-offer", lesson)
        assert refused.status_code == 409
        assert "checklist: contact" in refused.json()["detail"]
        whole = lesson | {
            "checklist": [
                {"name": "contact", "value": "complainant"},
                {"name": "place-and-time", "value": "Room 4, 08:00"},
            ]
        }
        await office.wait_until("2026-03-02T17:00")
        await office.desk.do(case_id, "investigation-offer", whole)
        await office.wait_until("2026-03-03T07:59")
        assert (await office.desk.show(case_id))["holder"] != "campus-head"
        await office.wait_until("2026-03-03T08:00")
        assert (await office.desk.show(case_id))["holder"] == "campus-head"
        (named,) = await office.events(case_id, "acting-owner-named")
        assert named["time"] == "2026-03-03T08:00:00.000000Z"
        assert await office.events(case_id, "case-escalated")


async def test_our_own_offer_lapses_here(open_office: Open) -> None:
    async with _desk(open_office) as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until="resolution/follow-up-offer")
        await office.wait_until("2026-03-02T17:30")
        assert "hand-off-lapsed.v1" in await office.desk.types(case_id, "followup")
        assert (await office.desk.types(case_id, "resolution"))[-1] == "hand-off-taken-back.v1"
        refused = await office.desk.ask(case_id, "follow-up/acceptance")
        assert refused.status_code == 409
        await office.desk.do(case_id, "resolution/follow-up-offer")
        await office.desk.do(case_id, "follow-up/acceptance")
        await office.desk.do(case_id, "closure")
        assert not await office.clocks(case_id, phase="running")


async def _assessed(office: Office, **fields: object) -> str:
    case_id = await office.desk.receive(**fields)
    for step in ("acknowledgement", "assessment"):
        await office.desk.do(case_id, step)
    return case_id
