"""Checks on leaving a stage: answered by a person, and the rung that was offered to the complainant is kept."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.whole.test_inquiry import recorded

INSTITUTION = """
calendar = "CN"
policies = ["internal.answer", "internal.finish"]
checklists = ["internal.five-mores"]
"""
FIVE = "internal.five-mores"
IN_WORDS = [{"question": name, "answer": "Yes. 是。"} for name in ("patience", "attitude", "speed", "compensation")]
REPLY = "行长亲自来电，我接受。"


@pytest.mark.practice("P058")
async def test_the_list_is_shown_until_the_level_is_answered_and_the_rung_is_kept(open_office: Open) -> None:
    async with open_office(institution=INSTITUTION, now="2026-03-05", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/reply")
        await office.desk.do(case_id, "resolution/checks", {"checklist": FIVE, "answers": IN_WORDS})
        refused = await office.desk.ask(case_id, "resolution/follow-up-offer")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/checks-unanswered")
        assert "level: Who of which level was offered" in refused.json()["detail"]
        assert "patience" not in refused.json()["detail"]
        unknown = {"checklist": FIVE, "level": {"level": "the boss", "day": "2026-03-05"}}
        answer = await office.desk.ask(case_id, "resolution/checks", unknown)
        assert answer.json()["type"] == "/problems/no-such-level"
        head = {"level": "branch head", "day": "2026-03-05", "reply": REPLY}
        await office.desk.do(case_id, "resolution/checks", {"checklist": FIVE, "level": head})
        await office.desk.do(case_id, "resolution/follow-up-offer")
        *_, checked = await recorded(office, case_id, "resolution.response-checked")
        assert (checked["version"], checked["offered"]["rung"], checked["offered"]["day"]) == (1, 3, "2026-03-05")
        assert checked["offered"]["reply"].keys() == {"person", "nonce", "box"}
        file = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
        shown = file.json()["file"]["checks"][FIVE]
        assert [(each["level"], each["rung"]) for each in shown["offered"]] == [("branch head", 3)]
        assert REPLY not in file.text
        opening = {"part": "level-replies", "purpose": "Answer the complainant's letter."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/resolution/openings", opening)
        assert [each["reply"] for each in opened.json()["file"]["replies"]] == [REPLY]


async def test_nothing_is_checked_where_the_institution_asks_for_nothing(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/follow-up-offer")
        answer = await office.desk.ask(case_id, "resolution/checks", {"checklist": FIVE, "answers": IN_WORDS})
        assert answer.json()["type"] == "/problems/no-such-checklist"
