"""The register of promises: days, holding back, and what was promised every time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.runtime.database import begin


async def promises(office: Office, case_id: str) -> list[dict[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["file"]["promises"])


async def at_resolution(office: Office) -> str:
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, "resolution/acceptance")
    return case_id


TODAY = {"kind": "other", "words": "We call you today.", "due_on": "2026-03-02", "owner": "Mei Chen"}


@pytest.mark.practice("P091")
async def test_what_is_promised_for_today_is_broken_at_midnight(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await at_resolution(office)
        await office.desk.do(case_id, "resolution/promises", TODAY)
        (promise,) = await promises(office, case_id)
        assert (promise["due"], promise["owner"], promise["state"]) == ("2026-03-02T23:59", "Mei Chen", "open")
        await office.wait_until("2026-03-02T23:59")
        assert (await promises(office, case_id))[0]["state"] == "open"
        await office.wait_until("2026-03-03T00:00")
        assert (await promises(office, case_id))[0]["state"] == "broken"


async def test_a_kept_promise_shows_its_proof(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await at_resolution(office)
        await office.desk.do(case_id, "resolution/promises", TODAY)
        await office.desk.do(case_id, "resolution/kept-promises", {"proof": "Recording 0117."})
        await office.wait_until("2026-03-04")
        (promise,) = await promises(office, case_id)
        assert (promise["state"], promise["proof"], promise["late"]) == ("kept", "Recording 0117.", False)


@pytest.mark.practice("P092")
async def test_holding_an_answer_back_is_stored_and_moves_nothing(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await at_resolution(office)
        await office.desk.do(case_id, "resolution/promises", TODAY)
        before = (await office.clock(case_id, "internal.promise"))["due_at"]
        held = {"waits_for": "teacher-12", "reason": "Held for the teacher's own call."}
        await office.desk.do(case_id, "resolution/promise-delays", held)
        (promise,) = await promises(office, case_id)
        (delay,) = promise["held_back"]
        assert (delay["waits_for"], delay["reason"]) == ("teacher-12", "Held for the teacher's own call.")
        assert promise["due"] == "2026-03-02T23:59"
        assert (await office.clock(case_id, "internal.promise"))["due_at"] == before
        nameless = await office.desk.ask(case_id, "resolution/promise-delays", {"reason": "Later."})
        assert nameless.status_code == 422


@pytest.mark.practice("P093")
async def test_the_fifth_of_eight_is_missed_and_a_closed_case_reopens(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/decision")
        # Half an hour before each of eight lessons at ten.
        days = ("04", "05", "06", "09", "10", "11", "12", "13")
        series = {
            "kind": "other",
            "words": "The room is checked before each lesson.",
            "occurrences": [f"2026-03-{day}T09:30:00+00:00" for day in days],
            "owner": "campus-head",
        }
        await office.desk.do(case_id, "resolution/promises", series)
        for step in ("resolution/reply", "resolution/follow-up-offer", "follow-up/acceptance", "closure"):
            await office.desk.do(case_id, step)
        made = await promises(office, case_id)
        assert [each["occurrence"] for each in made] == list(range(1, 9))
        for number, day in enumerate(days[:4]):
            await office.wait_until(f"2026-03-{day}T09:15")
            proof = {"promise_id": made[number]["promise_id"], "proof": f"Photograph of the room, 03-{day}."}
            await office.desk.do(case_id, "resolution/kept-promises", proof)
        assert (await office.desk.show(case_id))["open"] is False
        await office.wait_until("2026-03-10T09:31")
        states = [each["state"] for each in await promises(office, case_id)]
        assert states == ["kept"] * 4 + ["broken"] + ["open"] * 3
        assert (await office.desk.show(case_id))["open"] is True
        assert "case-reopened.v1" in await office.desk.types(case_id, "followup")
        assert "case-escalated.v1" in await office.desk.types(case_id, "followup")
        async with begin(office.stack.runtimes["followup"].engine) as work:
            told = await work.fetch("SELECT recipient FROM notice WHERE case_id = $1", UUID(case_id))
        recipients = {row["recipient"] for row in told}
        assert "holder:complaints-desk" in recipients
        assert "holder:" not in recipients


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "other", "words": "Soon."}, "one-time-wanted"),
        (TODAY | {"due_at": "2026-03-02T12:00:00Z"}, "one-time-wanted"),
        (TODAY | {"due_on": "2026-03-01"}, "promise-due-in-the-past"),
    ],
)
async def test_a_promise_has_one_time_that_lies_ahead(open_office: Open, body: dict[str, Any], code: str) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await at_resolution(office)
        answer = await office.desk.ask(case_id, "resolution/promises", body)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, code)
