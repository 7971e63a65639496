"""A withdrawal ends the process on its day: every clock, and whatever would have been sent after it."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.runtime.database import begin

CN_BANK = """
calendar = "CN"
policies = [
  "cn.bank.15", "internal.acknowledge", "internal.answer", "internal.finish", "internal.first-contact",
  "internal.hand-off", "internal.evidence", "internal.promise", "internal.update",
]
"""
WITHDRAWAL = {"reason": "The bank has called and explained it.", "channel": "phone", "person": "李女士"}


async def _notices(office: Office, case_id: str) -> int:
    async with begin(office.stack.runtimes["followup"].engine) as work:
        found: int = await work.fetch_value("SELECT count(*) FROM notice WHERE case_id = $1", UUID(case_id))
    return found


@pytest.mark.practice("P015")
@pytest.mark.parametrize("until", ["acknowledgement", "investigation-offer", "investigation/acceptance"])
async def test_a_withdrawal_ends_each_clock_that_day_and_no_reminder_follows(open_office: Open, until: str) -> None:
    async with open_office(institution=CN_BANK, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until)
        await office.wait_until("2026-03-09T16:00")
        running = {each["clock"] for each in await office.clocks(case_id, phase="running")}
        assert running
        before = await _notices(office, case_id)
        await office.desk.do(case_id, "withdrawal", WITHDRAWAL)
        ended = {each["clock"]: each for each in await office.clocks(case_id)}
        for clock in running:
            assert (ended[clock]["phase"], office.local(ended[clock]["ended_at"])) == ("withdrawn", "2026-03-09T16:00")
        # What the withdrawal itself began, the time to close the case, is met by the closing that it brings.
        assert not [each for each in ended.values() if each["phase"] in ("running", "paused")]
        await office.wait_until("2026-06-30")
        assert await _notices(office, case_id) == before
        assert (await office.desk.show(case_id))["stage"] == "closed"


async def test_the_file_says_why_how_and_by_whom_it_was_withdrawn(open_office: Open) -> None:
    async with open_office(now="2026-03-09T16:00") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "withdrawal", WITHDRAWAL)
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        withdrawn = answer.json()["file"]["receipt"]["withdrawn"]
        assert withdrawn == {
            "reason": WITHDRAWAL["reason"],
            "channel": "phone",
            "by": "complainant",
            "person": {"sealed": True},
            "at": "2026-03-09T16:00:00.000000Z",
        }
        opened = await office.desk.post(
            f"/v1/cases/{case_id}/files/intake/openings", {"part": "words", "purpose": "Answer a question."}
        )
        assert opened.json()["file"]["withdrawn_by"] == "李女士"


async def test_nobody_withdraws_for_another_without_papers(open_office: Open) -> None:
    async with open_office(now="2026-03-09T16:00") as office:
        case_id = await office.desk.receive(representative={"role": "heir", "name": "A. Example junior"})
        refused = await office.desk.ask(case_id, "withdrawal", WITHDRAWAL | {"representative": 1})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/authority-missing")
        stranger = await office.desk.ask(case_id, "withdrawal", WITHDRAWAL | {"representative": 2})
        assert stranger.json()["type"] == "/problems/no-such-representative"
        proof = {"representative": 1, "proof": "Certificate of inheritance 0417.", "valid_from": "2026-03-01"}
        await office.desk.do(case_id, "authorities", proof)
        await office.desk.do(case_id, "withdrawal", WITHDRAWAL | {"representative": 1})
