"""Goodwill: without any fault, from a purse of its own for each quarter, over all cases."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.remedy_office import cny, counter
from tests.whole.test_authority import PACK

from casework.resolution import goodwill as purses
from casework.shared.runtime.database import begin


def goodwill(amount: str) -> dict[str, Any]:
    return {
        "kind": "correction",
        "description": "轮胎鼓包,原因不明,善意补偿。",
        "amount": cny(amount),
        "remedy_class": "goodwill",
    }


async def _given(office: Office) -> list[dict[str, Any]]:
    answer = await office.desk.http.get("/v1/resolution/goodwill")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def _use(office: Office, amounts: list[str]) -> None:
    """Give so much for goodwill, in a case each, by a manager."""
    for amount in amounts:
        async with counter(office) as at:
            assert await at.asked(at.manager, "remedies", **goodwill(amount)) == (200, ["remedy-proposed"])


@pytest.mark.practice("P075")
async def test_what_the_purse_does_not_have_goes_one_rung_up_and_no_fault_is_counted(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        await _use(office, ["10000.00", "10000.00", "10000.00", "10000.00", "9500.00"])
        purse = {"quarter": "2026-Q1", "currency": "CNY", "given": "49500.00", "purse": "50000.00", "remedies": 5}
        assert await _given(office) == [purse]
        async with counter(office, until="investigation/findings") as at:
            none = {"outcome": "not-upheld", "summary": "No fault was found; the bulge has no known cause."}
            await office.desk.do(at.case_id, "investigation/conclusion", none)
            await office.desk.do(at.case_id, "investigation/resolution-offer")
            await office.desk.do(at.case_id, "resolution/acceptance")
            # A lead may give 2,000.00, but the purse has only 500.00 left.
            assert await at.asked(at.lead, "remedies", **goodwill("800.00")) == (200, ["approval-asked"])
            (asked,) = (await at.file("approvals"))["asked"]
            assert (asked["role"], asked["ground"]) == ("manager", "over-budget")
            assert (await _given(office))[0]["given"] == "49500.00"
            await at.asked(at.lead, "approval-packs", **PACK)
            assert (await at.asked(at.manager, "approvals", granted=True))[0] == 200
            assert (await _given(office))[0]["given"] == "50300.00"
            (line,) = (await at.file("remedies"))["ledger"]
            assert line["remedy_class"] == "goodwill"
            # What was found stays as it was: giving says nothing of a fault.
            events = (await office.desk.http.get(f"/v1/cases/{at.case_id}/events")).json()
            outcomes = [each["event"]["data"]["outcome"] for each in events if "outcome" in each["event"]["data"]]
            assert set(outcomes) == {"not-upheld"}


async def test_two_cases_do_not_spend_the_same_money(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        await _use(office, ["10000.00"] * 4 + ["9500.00"])
        async with counter(office) as one, counter(office) as other:
            asked = (each.lead.ask(each.case_id, "resolution/remedies", goodwill("300.00")) for each in (one, other))
            found = await asyncio.gather(*asked)
        names = sorted(name.split(".")[2] for each in found for name in each.json()["events"])
        assert names == ["approval-asked", "remedy-proposed"]
        assert (await _given(office))[0]["given"] == "49800.00"


async def test_what_is_not_taken_is_in_the_purse_again(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office, counter(office) as at:
        await at.asked(at.lead, "remedies", **goodwill("800.00"))
        assert (await _given(office))[0]["given"] == "800.00"
        offer = {"until": "2026-03-20T16:00:00Z", "channel": "phone"}
        await at.asked(at.lead, "remedy-offers", **offer)
        await at.asked(at.lead, "remedy-offer-answers", answer="declined", channel="phone")
        assert await _given(office) == []
        await at.asked(at.lead, "remedy-offers", remedy=1, **offer)
        assert (await _given(office))[0]["given"] == "800.00"
        await office.wait_until("2026-03-21")
        assert await _given(office) == []


async def test_goodwill_in_a_currency_without_a_purse_is_refused(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        dirhams = goodwill("5.00") | {"amount": {"amount": "5.00", "currency": "AED"}}
        assert await at.asked(at.agent, "remedies", **dirhams) == (409, "no-goodwill-purse")


async def test_whoever_looks_at_the_purse_waits_until_another_has_spent_from_it(open_office: Open) -> None:
    async with open_office() as office:
        engine = office.stack.runtimes["resolution"].engine

        async def look() -> Decimal:
            async with begin(engine) as work:
                return await purses.given(work, "2026-Q1", "CNY")

        async with begin(engine) as first:
            assert await purses.given(first, "2026-Q1", "CNY") == 0
            async with begin(engine) as other:
                # Another quarter is another purse, for which nobody waits.
                assert await purses.given(other, "2026-Q2", "CNY") == 0
            second = asyncio.create_task(look())
            while not second.done() and not await _waits(engine):
                await asyncio.sleep(0.01)
            assert not second.done(), "it saw a purse from which another was about to spend"
            await first.execute(
                "INSERT INTO goodwill (case_id, remedy, quarter, currency, amount) VALUES ($1, 1, $2, $3, $4)",
                uuid4(),
                "2026-Q1",
                "CNY",
                Decimal("300.00"),
            )
        assert await second == Decimal("300.00")


async def _waits(engine: AsyncEngine) -> bool:
    """Whether somebody waits for a purse."""
    async with begin(engine) as work:
        found: bool = await work.fetch_value(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database())"
        )
    return found
