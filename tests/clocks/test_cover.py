"""Work of somebody who is away or gone: who covers has it, by itself, and gives it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.clocks.conftest import Open

from casework.followup.cover import CoverWatch
from casework.shared.runtime.people import People

PEOPLE = """
duty = "duty-member"

[[member]]
id = "duty-member"
email = "duty@example.org"

[[member]]
id = "handler-1"
email = "one@example.org"
[[member.absence]]
first = 2026-10-01
last = 2026-10-07
cover = "handler-2"

[[member]]
id = "handler-2"
email = "two@example.org"
"""


@pytest.mark.practice("P107")
async def test_the_cover_has_it_while_the_holder_is_away(open_office: Open, tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text(PEOPLE)
    async with open_office(now="2026-09-30", zone="Europe/London") as office:
        watch = CoverWatch(office.stack.runtimes["followup"], People(people))
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until="investigation/acceptance")
        assert (await office.desk.show(case_id))["holder"] == "handler-1"
        await watch.look()
        assert (await office.desk.show(case_id))["holder"] == "handler-1"
        await office.go_to("2026-10-03")
        await office.desk.do(case_id, "investigation/findings")
        assert await watch.look() == 1
        assert (await office.desk.show(case_id))["holder"] == "handler-2"
        assert await watch.look() == 0
        listed = (await office.desk.http.get("/v1/worklist", params={"holder": "handler-2"})).json()["items"]
        assert [item["case_id"] for item in listed] == [case_id]
        await office.go_to("2026-10-08")
        assert await watch.look() == 1
        assert (await office.desk.show(case_id))["holder"] == "handler-1"
        covered, ended = await office.events(case_id, "work-covered", "cover-ended")
        assert covered["data"] == {"holder": "handler-1", "cover": "handler-2", "reason": "absent"}
        assert ended["data"] == {"holder": "handler-1", "cover": "handler-2"}


@pytest.mark.practice("P184")
async def test_the_duty_member_has_the_work_of_somebody_deleted(open_office: Open, tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text(PEOPLE)
    async with open_office(now="2026-09-30", zone="Europe/London") as office:
        watch = CoverWatch(office.stack.runtimes["followup"], People(people, look_s=0.0))
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until="investigation/acceptance")
        await watch.look()
        assert (await office.desk.show(case_id))["holder"] == "handler-1"
        people.write_text(PEOPLE.replace('"handler-1"', '"handler-9"'))
        assert await watch.look() == 1
        status = await office.desk.show(case_id)
        assert status["holder"] == "duty-member"
        (covered,) = await office.events(case_id, "work-covered")
        assert covered["data"]["reason"] == "unknown"
        assert covered["actorkind"] == "clock"
        assert not (await office.desk.http.get("/v1/cases", params={"orphaned": True})).json()["items"]
