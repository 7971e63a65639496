"""Attempts that failed and messages left with others are listed, and keep no duty; the first talk does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

NUMBER = "+86 10 6655 4433 ext. 12"
POLICIES = """
calendar = "CN"
policies = ["internal.first-contact", "internal.answer", "internal.finish"]
"""
OWN_CONTACT = """
[[deadline]]
id = "internal.first-contact"
version = 2
kind = "internal"
regime = "internal"
purpose = "first-contact"
party = "organisation"
title = { en = "Own level: a message counts", zh = "内部标准:留言视为联系" }
starts = "receipt"
length = { number = 2, unit = "working-day" }
armed_by = ["complaint-received"]
met_by = ["first-contact-made", "message-left"]
withdrawn_by = ["complaint-withdrawn", "case-closed"]
duty = { en = "Speak with the complainant, or leave word.", zh = "联系投诉人或留言。" }
"""
LEFT = {"number": NUMBER, "caller": "Mei Chen", "call_back": "+86 21 5000 1000"}


async def _contacts(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    assert "6655" not in answer.text
    return dict(answer.json()["file"]["contacts"])


async def _details(office: Office, case_id: str) -> dict[str, Any]:
    asked = {"part": "contact-details", "purpose": "Call once more."}
    return dict((await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)).json()["file"])


@pytest.mark.practice("P021")
async def test_three_attempts_are_listed_and_the_clock_still_runs(open_office: Open) -> None:
    async with open_office(institution=POLICIES, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        for at in ("20:15", "20:30", "21:00"):
            await office.wait_until(f"2026-03-02T{at}")
            attempt = {"number": NUMBER, "result": "extension-unknown"}
            await office.desk.do(case_id, "contact-attempts", attempt)
        listed = (await _contacts(office, case_id))["attempts"]
        assert [office.local(each["at"])[-5:] for each in listed] == ["20:15", "20:30", "21:00"]
        assert {each["result"] for each in listed} == {"extension-unknown"}
        assert {each["number"] for each in (await _details(office, case_id))["attempts"]} == {NUMBER}
        await office.desk.do(case_id, "left-messages", LEFT)
        assert (await office.clock(case_id, "internal.first-contact"))["phase"] == "running"
        await office.desk.do(case_id, "contacts", {"channel": "phone", "said": "她明天下午在家。"})
        assert (await office.clock(case_id, "internal.first-contact"))["phase"] == "met"
        assert (await _details(office, case_id))["talks"][0]["said"] == "她明天下午在家。"


@pytest.mark.practice("P021")
@pytest.mark.parametrize(
    "more",
    [
        {"words": "Mei Chen, +86 21 5000 1000. Please call back about the annual fee."},
        {"words": "陈梅,请回电,关于年费的投诉。", "caller": "陈梅"},
        {"caller": "Mei Chen, Credit card complaints"},
        {"caller": "Mei Chen, order 7781-A"},
        {"caller": "Mei, case 0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01"},
    ],
    ids=["in words", "in Chinese", "category", "fact", "case number"],
)
async def test_a_left_message_with_any_fact_of_the_case_is_refused(open_office: Open, more: dict[str, str]) -> None:
    async with open_office(institution=POLICIES, now="2026-03-02") as office:
        case_id = await office.desk.receive(facts=[{"name": "order", "value": "7781-A"}])
        refused = await office.desk.ask(case_id, "left-messages", LEFT | more)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/message-holds-content")
        assert await _contacts(office, case_id) == {}


async def test_what_may_be_left_is_kept_as_it_was_said(open_office: Open) -> None:
    async with open_office(institution=POLICIES, now="2026-03-02") as office:
        case_id = await office.desk.receive()
        said = "Mei Chen, +86 21 5000 1000. Please call back."
        await office.desk.do(case_id, "left-messages", LEFT | {"words": said})
        await office.desk.do(case_id, "left-messages", LEFT | {"language": "zh", "caller": "陈梅"})
        english, chinese = (await _details(office, case_id))["left_messages"]
        assert (english["message"], chinese["message"]) == (said, "陈梅,+86 21 5000 1000,请回电。")
        early = {"number": NUMBER, "result": "engaged", "at": "2026-03-01T10:00:00+00:00"}
        refused = await office.desk.ask(case_id, "contact-attempts", early)
        assert refused.json()["type"] == "/problems/contact-outside-the-case"


@pytest.mark.practice("P021")
async def test_a_left_message_keeps_the_duty_where_the_institutions_own_policy_says_so(open_office: Open) -> None:
    files = {"deadlines/contact.toml": OWN_CONTACT}
    institution = POLICIES + 'folders = ["own"]\n'
    async with open_office(institution=institution, files=files, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "contact-attempts", {"number": NUMBER, "result": "engaged"})
        assert (await office.clock(case_id, "internal.first-contact"))["phase"] == "running"
        await office.desk.do(case_id, "left-messages", LEFT)
        assert (await office.clock(case_id, "internal.first-contact"))["phase"] == "met"
