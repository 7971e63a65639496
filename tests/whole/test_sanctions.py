"""Sanctions on parties over all cases: ladders, reversals, and the ledger of single sanctions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

OWN = """
calendar = "CN"
policies = ["internal.answer", "internal.finish"]
folders = ["own"]
"""
SECOND_VERSION = """
[[ladder]]
id = "platform.general"
version = 2
from = 2026-04-01
title = { en = "General infringement", zh = "一般违规" }
counts_for_days = 365
free_within_days = 5
steps = [{ kind = "points", points = 6 }, { kind = "points", points = 9 }]
"""


async def case_at(office: Office, day: str) -> str:
    await office.go_to(day)
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, "resolution/acceptance")
    return case_id


async def uphold(office: Office, day: str, party: str, ladder: str, *, serious: bool = False) -> tuple[str, str]:
    """An infringement of that day, in a case of its own. Returns the case and the infringement."""
    case_id = await case_at(office, day)
    body = {"party": party, "ladder": ladder, "on": day, "serious": serious, "ground": "Upheld in this case."}
    await office.desk.do(case_id, "resolution/infringements", body)
    (known,) = (each for each in (await standing(office, party))["ladders"] if each["ladder"] == ladder)
    return case_id, known["infringements"][-1]["infringement_id"]


async def standing(office: Office, party: str, on: str | None = None) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/parties/{party}/sanctions", params={} if on is None else {"on": on})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def steps(office: Office, party: str) -> list[Any]:
    (found,) = (await standing(office, party))["ladders"]
    return [
        each["points"] if each["step"] == "points" else (each["step"], each["days"]) for each in found["infringements"]
    ]


@pytest.mark.practice("P097")
async def test_a_general_infringement_within_five_days_of_another_is_free(open_office: Open) -> None:
    async with open_office(
        now="2026-03-02", zone="Asia/Shanghai", institution=OWN, files={"sanctions/none.toml": "ladder = []"}
    ) as office:
        await uphold(office, "2026-03-02", "shop-1", "platform.general")
        await uphold(office, "2026-03-07", "shop-1", "platform.general")
        assert await steps(office, "shop-1") == [4, 0]
        await uphold(office, "2026-03-02", "shop-2", "platform.general")
        await uphold(office, "2026-03-08", "shop-2", "platform.general")
        assert await steps(office, "shop-2") == [4, 8]


@pytest.mark.practice("P098")
async def test_other_infringements_grow_and_serious_ones_bring_the_most_each_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        for serious, expected in ((False, [4, 8, 8]), (True, [24, 24, 24])):
            party = f"shop-{serious}"
            for day in ("2026-03-02", "2026-03-03", "2026-03-04"):
                await uphold(office, day, party, "platform.other", serious=serious)
            assert await steps(office, party) == expected


@pytest.mark.practice("P099")
async def test_severe_infringements_end_with_the_account(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        for day in ("2026-03-02", "2026-03-03", "2026-03-20"):
            await uphold(office, day, "shop-1", "platform.severe")
        assert await steps(office, "shop-1") == [("warning", None), ("limits", 7), ("limits", 15)]
        # Limits end by themselves: fifteen days from the 20th.
        for day, until in (("2026-04-03", "2026-04-04"), ("2026-04-04", None)):
            (ladder,) = (await standing(office, "shop-1", day))["ladders"]
            assert (ladder["limited_until"], ladder["closed"]) == (until, False)
        await uphold(office, "2026-04-10", "shop-1", "platform.severe")
        (ladder,) = (await standing(office, "shop-1"))["ladders"]
        assert ladder["closed"] is True
        fifth = await case_at(office, "2026-04-11")
        body = {"party": "shop-1", "ladder": "platform.severe", "on": "2026-04-11", "ground": "Once more."}
        answer = await office.desk.ask(fifth, "resolution/infringements", body)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "account-is-closed")


@pytest.mark.practice("P100")
async def test_what_is_left_is_judged_anew_and_by_the_version_of_its_day(open_office: Open) -> None:
    files = {"sanctions/general.toml": SECOND_VERSION}
    async with open_office(now="2026-03-02", zone="Asia/Shanghai", institution=OWN, files=files) as office:
        first, id_ = await uphold(office, "2026-03-02", "shop-1", "platform.general")
        await uphold(office, "2026-03-10", "shop-1", "platform.general")
        (ladder,) = (await standing(office, "shop-1"))["ladders"]
        assert ladder["points"] == 12
        reversal = {"infringement_id": id_, "reason": "The appeal showed that the description was right."}
        await office.desk.do(first, "resolution/infringement-reversals", reversal)
        (ladder,) = (await standing(office, "shop-1"))["ladders"]
        assert (ladder["points"], len(ladder["infringements"])) == (4, 1)
        await office.go_to("2026-04-01")
        await uphold(office, "2026-04-01", "shop-2", "platform.general")
        # Recorded after the new version, of a day before it.
        late = await case_at(office, "2026-04-02")
        body = {"party": "shop-3", "ladder": "platform.general", "on": "2026-03-31", "ground": "Found late."}
        await office.desk.do(late, "resolution/infringements", body)
        found = [(await standing(office, shop))["ladders"][0]["infringements"][0] for shop in ("shop-2", "shop-3")]
        assert [(each["version"], each["points"]) for each in found] == [(2, 6), (1, 4)]


@pytest.mark.practice("P101")
async def test_both_entries_of_a_reversed_sanction_stand_and_the_balance_is_nil(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await case_at(office, "2026-03-02")
        cut = {
            "party": "shop-1",
            "kind": "deposit-cut",
            "ground": "Parcels not sent for ten days.",
            "starts_on": "2026-03-02",
            "amount": {"amount": "1000.00", "currency": "CNY"},
        }
        await office.desk.do(case_id, "resolution/sanctions", cut)
        assert (await standing(office, "shop-1"))["balance"] == {"CNY": "1000.00"}
        await office.go_to("2026-03-05")
        await office.desk.do(case_id, "resolution/sanction-appeals", {"grounds": "The carrier was on strike."})
        await office.go_to("2026-03-09")
        await office.desk.do(case_id, "resolution/sanction-reversals", {"reason": "The strike is proved."})
        found = await standing(office, "shop-1")
        assert [(each["what"], each["on"]) for each in found["sanctions"]] == [
            ("imposed", "2026-03-02"),
            ("appealed", "2026-03-05"),
            ("reversed", "2026-03-09"),
        ]
        assert [each["amount"]["amount"] for each in found["sanctions"] if "amount" in each] == ["1000.00", "1000.00"]
        assert found["balance"] == {"CNY": "0.00"}


async def test_two_cases_at_once_are_not_both_the_first(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        cases = [await case_at(office, "2026-03-02") for _ in range(4)]
        body = {"party": "shop-1", "ladder": "platform.other", "on": "2026-03-02", "ground": "Upheld in this case."}
        answers = await asyncio.gather(*(office.desk.ask(each, "resolution/infringements", body) for each in cases))
        assert {answer.status_code for answer in answers} == {200}
        events = [each for case_id in cases for each in await recorded_counts(office, case_id)]
        assert sorted(events) == [1, 2, 3, 4]


async def recorded_counts(office: Office, case_id: str) -> list[int]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    wanted = "casework.resolution.infringement-upheld.v1"
    return [each["event"]["data"]["count"] for each in answer.json() if each["event"]["type"] == wanted]
