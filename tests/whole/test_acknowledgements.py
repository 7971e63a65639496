"""An acknowledgement says all that calms, and the copy that was sent is kept with its hash."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

SEALED_BANK = """
calendar = "CN"
policies = ["internal.acknowledge", "internal.answer", "internal.finish"]

[letterhead]
name = { en = "Harbour Savings Bank, Complaints Office", zh = "海港储蓄银行投诉办公室(盖章)" }
reach = { en = "+86 21 5000 1000, weekdays 9 to 17", zh = "021-5000 1000,工作日9时至17时" }
"""
SAID = {
    "channel": "letter",
    "next_step": "We look at the bookings and call you.",
    "next_step_by": "2026-03-06",
    "problem": "年费被重复扣取。 The annual fee was taken twice.",
    "demand": "退还其中一笔。 One of the two back.",
}


async def _sent(office: Office, case_id: str) -> dict[str, Any]:
    asked = {"part": "outgoing-details", "purpose": "Read what was sent."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
    return dict(answer.json()["file"]["acknowledgement"])


@pytest.mark.practice("P019")
@pytest.mark.parametrize(
    ("language", "name", "reach", "day"),
    [
        ("en", "Harbour Savings Bank, Complaints Office", "+86 21 5000 1000, weekdays 9 to 17", "2026-03-06"),
        ("zh", "海港储蓄银行投诉办公室(盖章)", "021-5000 1000,工作日9时至17时", "2026年3月6日"),
    ],
)
async def test_an_acknowledgement_holds_it_all_and_its_copy_is_kept_with_the_hash(
    open_office: Open, language: str, name: str, reach: str, day: str
) -> None:
    async with open_office(institution=SEALED_BANK, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(language=language)
        await office.desk.do(case_id, "acknowledgement", SAID)
        sent = await _sent(office, case_id)
        owner = (await office.desk.show(case_id))["owner"]
        for part in (name, case_id, SAID["problem"], SAID["demand"], SAID["next_step"], day, owner, reach):
            assert part in sent["text"]
        assert sent["sha256"] == sha256(sent["text"].encode()).hexdigest()
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        free = answer.json()["file"]["outgoing"]["acknowledgement"]
        assert (free["sha256"], free["text"]) == (sent["sha256"], {"sealed": True})
        assert (free["owner"], free["next_step_by"], free["sent_by"]) == (owner, "2026-03-06", "handler-1")
        assert SAID["problem"] not in answer.text
        # It is the acknowledgement, so its own clock is met by it.
        assert (await office.clock(case_id, "internal.acknowledge"))["phase"] == "met"


@pytest.mark.practice("P019")
@pytest.mark.parametrize("missing", ["problem", "demand", "next_step_by"])
async def test_what_is_left_out_is_refused_by_name(open_office: Open, missing: str) -> None:
    async with open_office(institution=SEALED_BANK, now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        body = {name: value for name, value in SAID.items() if name != missing}
        refused = await office.desk.ask(case_id, "acknowledgement", body)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/acknowledgement-incomplete")
        assert {"problem": "the problem", "demand": "the demand", "next_step_by": "the day"}[missing] in (
            refused.json()["detail"]
        )
        assert await office.desk.types(case_id, "intake") == ["complaint-received.v1"]


async def test_a_next_step_lies_ahead_and_the_owner_can_be_reached(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        unreachable = await office.desk.ask(case_id, "acknowledgement", SAID)
        assert "how to reach the owner" in unreachable.json()["detail"]
        late = {**STEPS["acknowledgement"]} | {"next_step_by": "2026-03-01"}
        refused = await office.desk.ask(case_id, "acknowledgement", late)
        assert refused.json()["type"] == "/problems/next-step-in-the-past"
        await office.desk.do(case_id, "acknowledgement", late | {"next_step_by": "2026-03-02"})


async def test_a_history_is_not_asked_for_the_text_of_its_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive(received_at="2026-01-05T09:00:00Z")
        body = {"channel": "letter", "next_step": "We called."}
        answer = await office.desk.ask(case_id, "acknowledgement?occurred_at=2026-01-06T09:00:00Z", body)
        assert answer.status_code == 200, answer.text
        assert await office.desk.types(case_id, "intake") == ["complaint-received.v1", "complaint-acknowledged.v1"]
