"""Two regimes on one case: both count, the earlier leads, and in a tie the regulator's (K11)."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.clocks.rules import of_length, rules

from casework.shared.contracts.lengths import Length


@pytest.mark.practice("P112")
async def test_theirs_and_ours_side_by_side(open_office: Open) -> None:
    own = of_length("internal.answer", Length(10, "working-day"))
    given = rules("cn.bank.15", calendar="CN", own=[own])
    async with open_office(rules=given, now="2026-02-10", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        shown = [(each["policy"], office.local(each["due_at"])) for each in await office.clocks(case_id)]
        assert shown == [("cn.bank.15", "2026-02-26T00:00"), ("internal.answer", "2026-03-03T00:00")]
        due = (await office.desk.show(case_id))["due"]
        assert (due["policy"], due["day"]) == ("cn.bank.15", "2026-02-25")
        (line,) = (await office.desk.http.get("/v1/worklist")).json()["items"]
        assert line["due"] == due


async def test_in_a_tie_the_regulators_is_named_first(open_office: Open) -> None:
    own = of_length("internal.answer", Length(20, "working-day"))
    given = rules("au.rg271.30", calendar="AU-NSW", own=[own])
    async with open_office(rules=given, now="2026-03-10", zone="Australia/Sydney") as office:
        case_id = await office.desk.receive()
        assert await office.due(case_id, "internal.answer") == "2026-04-10T00:00"
        due = (await office.desk.show(case_id))["due"]
        assert (due["policy"], due["day"]) == ("au.rg271.30", "2026-04-09")
