"""A withdrawal ends the process on its day: every clock, and whatever would have been sent after it."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.items import items

from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS, complaint

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


ITEM = {
    "kind": "document",
    "given_by": "organisation",
    "what": "The terms.",
    "sha256": "0" * 64,
    "reference": "s3://evidence/one",
}
DEMAND = {"kind": "refund", "how": "explicit", "asked_directly": True}
REFUSED = {"number": 1, "answer": "refused", "reason": "The terms name the fee.", "evidence": [1]}


@pytest.mark.parametrize("until", [None, "assessment", "investigation/findings", "resolution/acceptance"])
async def test_a_withdrawn_complaint_that_is_reopened_goes_on(open_office: Open, until: str | None) -> None:
    async with open_office(now="2026-03-09T16:00") as office:
        desk = office.desk
        post = {"source": "crm", "source_reference": "W-17"}
        case_id = await desk.receive(**post)
        await desk.do(case_id, "intake/demands", DEMAND)
        if until is not None:
            await desk.walk(case_id, until)
        await desk.do(case_id, "withdrawal", WITHDRAWAL)
        refused = await desk.ask(case_id, "intake/demand-changes", DEMAND | {"number": 1})
        assert "reopen" in refused.json()["detail"]
        await desk.do(case_id, "reopening", {"reason": "It was not settled after all."})
        updated = await desk.post("/v1/complaints", complaint(**post, facts=[{"name": "entry", "value": "4711"}]))
        assert updated.status_code == 200, updated.text
        await office.stack.settle()
        # Resolution has the case: nobody assesses or investigates it beside it.
        assert (await desk.show(case_id))["stage"] == "in-resolution"
        for step in ("investigation-offer", "investigation/acceptance", "investigation/resolution-offer"):
            beside = await desk.ask(case_id, step)
            assert beside.status_code == 409, (step, beside.text)
        await items(office, case_id, "organisation")
        await desk.do(case_id, "resolution/demand-answers", REFUSED)
        steps = list(STEPS)
        for step in steps[steps.index("resolution/remedies") :]:
            await desk.do(case_id, step)
        assert (await desk.show(case_id))["outcome"] == "decided"


async def test_a_reopened_complaint_can_be_withdrawn_once_more(open_office: Open) -> None:
    async with open_office(now="2026-03-09T16:00") as office:
        desk = office.desk
        case_id = await desk.receive()
        for _ in range(3):
            await desk.do(case_id, "withdrawal", WITHDRAWAL)
            shown = await desk.show(case_id)
            assert (shown["open"], shown["outcome"]) == (False, "withdrawn")
            item = await desk.ask(case_id, "investigation/evidence-items", ITEM)
            assert item.json()["type"] == "/problems/investigation-is-discontinued"
            await desk.do(case_id, "reopening", {"reason": "It was not settled after all."})
            assert (await desk.show(case_id))["stage"] == "in-resolution"
        honoured = [name for name in await desk.types(case_id, "resolution") if name == "withdrawal-honoured.v1"]
        assert len(honoured) == 3
