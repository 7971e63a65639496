"""The same complaint again, and new facts: what moves a deadline and what does not (K10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.clocks.rules import rules

from casework.shared.testing.desk import complaint

WORDS = "年费被重复扣取，无人回复。"


@pytest.mark.practice("P036")
async def test_a_repeat_joins_and_new_facts_restart_the_clock(open_office: Open) -> None:
    async with open_office(rules=rules("cn.bank.15", calendar="CN"), now="2026-03-02", zone="Asia/Shanghai") as office:
        fact = {"name": "account_type", "value": "gold"}
        said = dict(complaint(words=WORDS, facts=[fact]))
        case_id = await office.desk.receive(**said)
        assert await office.due(case_id, "cn.bank.15") == "2026-03-18T00:00"

        await office.wait_until("2026-03-12")
        for again in (said, said | {"words": "Once more: nobody answers me!"}, said | {"channel": "phone"}):
            answer = await office.desk.post("/v1/complaints", again)
            assert (answer.status_code, answer.json()["case_id"]) == (200, case_id)
            await office.stack.settle()
        assert await office.due(case_id, "cn.bank.15") == "2026-03-18T00:00"
        assert not await office.events(case_id, "clock-restarted")

        receipts = [fact, {"name": "receipt", "value": "no. 7 of 2026-02-27"}]
        answer = await office.desk.post("/v1/complaints", said | {"facts": receipts})
        assert (answer.status_code, answer.json()["case_id"]) == (200, case_id)
        await office.stack.settle()
        assert await office.due(case_id, "cn.bank.15") == "2026-03-28T00:00"
        phases = [each["phase"] for each in await office.clocks(case_id, policy="cn.bank.15")]
        assert sorted(phases) == ["restarted", "running"]
        assert [each["data"]["facts"] for each in await _facts_added(office, case_id)][-1] == receipts[1:]


async def _facts_added(office: Office, case_id: str) -> list[Mapping[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    return [each["event"] for each in answer.json() if each["event"]["type"] == "casework.intake.facts-added.v1"]
