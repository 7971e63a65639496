"""A talk is written down and sent, and an agreement binds nobody before both have accepted it in its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

CHINA = """
calendar = "CN"
policies = ["internal.answer", "internal.finish", "internal.agreement"]
"""
RESULT = "两块桌板我们会更换，并补偿80.00元。 We will replace two boards and pay CNY 80.00."
ITEMS = [
    {"what": "Desk boards, replaced. 更换桌板。", "quantity": 2},
    {"what": "Compensation. 补偿。", "amount": {"amount": "80.00", "currency": "CNY"}},
]


async def agreements(office: Office, case_id: str) -> list[Mapping[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["file"]["agreements"])


async def talked(office: Office) -> str:
    """A case that is ready to be closed, with a talk of 11:00 and what was agreed in it."""
    case_id = await office.desk.receive(words="桌板两块有裂纹。")
    await office.desk.walk(case_id, "follow-up/acceptance")
    await office.desk.do(case_id, "resolution/calls", {"at": "2026-03-02T11:00:00+08:00"})
    await office.go_to("2026-03-02T11:00")
    result = {"held_at": "2026-03-02T11:00:00+08:00", "result": RESULT, "sent_by": "chat"}
    await office.desk.do(case_id, "resolution/call-results", result)
    await office.desk.do(case_id, "resolution/agreements", {"items": ITEMS})
    return case_id


def accepts(side: str) -> Mapping[str, Any]:
    return {"side": side, "channel": "chat", "proof": "Chat of 11:20."}


@pytest.mark.practice("P089")
async def test_what_only_one_side_accepted_is_overdue_at_days_end_and_binds_nobody(open_office: Open) -> None:
    async with open_office(institution=CHINA, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await talked(office)
        asked = {"part": "calls", "purpose": "The complainant asks what was said."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/resolution/openings", asked)
        (call,) = opened.json()["file"].values()
        assert (call["result"], call["held_at"]) == (RESULT, "2026-03-02T03:00:00.000000Z")
        await office.desk.do(case_id, "resolution/agreement-acceptances", accepts("complainant"))
        clock = await office.clock(case_id, "internal.agreement")
        assert (clock["phase"], office.local(clock["due_at"])) == ("running", "2026-03-03T00:00")
        await office.wait_until("2026-03-02T23:59")
        (agreement,) = await agreements(office, case_id)
        assert (agreement["binds"], agreement["overdue"]) == (False, False)
        await office.wait_until("2026-03-03T00:00")
        assert (await office.clock(case_id, "internal.agreement"))["phase"] == "expired"
        (agreement,) = await agreements(office, case_id)
        assert (agreement["binds"], agreement["overdue"]) == (False, True)
        assert [each["side"] for each in agreement["accepted"]] == ["complainant"]
        assert "agreement-bound.v1" not in await office.desk.types(case_id, "resolution")
        refused = await office.desk.ask(case_id, "closure")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/agreement-open")
        assert agreement["id"] in refused.json()["detail"]
        await office.desk.do(case_id, "resolution/agreement-acceptances", accepts("organisation"))
        (agreement,) = await agreements(office, case_id)
        assert agreement["binds"] is True
        await office.desk.do(case_id, "closure")


@pytest.mark.practice("P089")
async def test_accepted_by_both_in_time_it_binds_and_the_task_is_done(open_office: Open) -> None:
    async with open_office(institution=CHINA, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await talked(office)
        for side in ("organisation", "complainant"):
            await office.desk.do(case_id, "resolution/agreement-acceptances", accepts(side))
        assert (await office.clock(case_id, "internal.agreement"))["phase"] == "met"
        again = await office.desk.ask(case_id, "resolution/agreement-acceptances", accepts("complainant"))
        assert again.json()["type"] == "/problems/nothing-open"
        (agreement,) = await agreements(office, case_id)
        assert agreement["items"] == [ITEMS[0], ITEMS[1]]
        assert agreement["binds"] is True
        await office.desk.do(case_id, "closure")


async def test_an_agreement_that_came_to_nothing_stands_in_nobodys_way(open_office: Open) -> None:
    async with open_office(institution=CHINA, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await talked(office)
        await office.desk.do(case_id, "resolution/agreement-acceptances", accepts("complainant"))
        twice = await office.desk.ask(case_id, "resolution/agreement-acceptances", accepts("complainant"))
        assert twice.json()["type"] == "/problems/already-accepted-by-side"
        await office.desk.do(case_id, "resolution/abandoned-agreements", {"reason": "The boards are no longer made."})
        assert (await office.clock(case_id, "internal.agreement"))["phase"] == "withdrawn"
        await office.desk.do(case_id, "closure")


async def test_a_call_is_sent_in_good_words_and_not_before_it_was_held(open_office: Open) -> None:
    async with open_office(institution=CHINA, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        result = {"held_at": "2026-03-02T09:00:00+08:00", "result": RESULT, "sent_by": "chat"}
        nothing = await office.desk.ask(case_id, "resolution/call-results", result)
        assert nothing.json()["type"] == "/problems/nothing-open"
        await office.desk.do(case_id, "resolution/calls", {})
        later = await office.desk.ask(
            case_id, "resolution/call-results", {**result, "held_at": "2026-03-02T11:00:00+08:00"}
        )
        assert later.json()["type"] == "/problems/call-in-the-future"
        rude = await office.desk.ask(case_id, "resolution/call-results", {**result, "result": "闭嘴"})
        assert rude.json()["type"] == "/problems/wording-blocked"
        free = {"items": [{"what": "Nothing.", "amount": {"amount": "0.00", "currency": "CNY"}}]}
        assert (await office.desk.ask(case_id, "resolution/agreements", free)).json()["type"] == (
            "/problems/amount-not-positive"
        )
