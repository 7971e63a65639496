"""Who bears the damage: shares that come to 100, recourse that follows, and the scorecard of a supplier."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open
from tests.whole.test_inquiry import recorded

MAKER = "孔位精密 Hole Makers Ltd"
SUPPLIER = {
    "bearer": "supplier",
    "name": MAKER,
    "percent": 60,
    "stance": "denies",
    "documents": ["measurement report MR-7: 4 mm off"],
}
US = {"bearer": "us", "percent": 40}
DAMAGE = {"amount": "3000.00", "currency": "USD"}


@pytest.mark.practice("P059")
async def test_the_suppliers_share_is_asked_back_and_stands_on_its_scorecard(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(category="Furniture")
        await office.desk.walk(case_id, "investigation/acceptance")
        ruling = {"damage": DAMAGE, "shares": [SUPPLIER, US]}
        short = {"damage": DAMAGE, "shares": [SUPPLIER, US | {"percent": 30}]}
        refused = await office.desk.ask(case_id, "investigation/shares", short)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/shares-not-whole")
        before = (await office.desk.http.get("/v1/suppliers/scorecard", params={"name": MAKER})).json()
        assert (before["cases"], before["denied_despite_proof"], before["recourse"]) == (0, 0, [])
        await office.desk.do(case_id, "investigation/shares", ruling)
        (recourse,) = await recorded(office, case_id, "investigation.recourse-opened")
        assert recourse["amount"] == {"amount": "1800.00", "currency": "USD"}
        (ruled,) = await recorded(office, case_id, "investigation.shares-ruled")
        assert [each["amount"]["amount"] for each in ruled["shares"]] == ["1800.00", "1200.00"]
        score = (await office.desk.http.get("/v1/suppliers/scorecard", params={"name": MAKER})).json()
        assert (score["cases"], score["denied_despite_proof"]) == (1, 1)
        assert score["recourse"] == [{"amount": "1800.00", "currency": "USD"}]
        shown = (await office.desk.http.get(f"/v1/cases/{case_id}/files/investigation")).json()["file"]["inquiry"]
        assert [each["name"] for each in shown["recourse"]] == [MAKER]


async def test_a_later_ruling_takes_the_place_of_the_earlier_one_on_the_scorecard(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(category="Furniture")
        await office.desk.walk(case_id, "investigation/acceptance")
        await office.desk.do(case_id, "investigation/shares", {"damage": DAMAGE, "shares": [SUPPLIER, US]})
        ours = {"damage": DAMAGE, "shares": [US | {"percent": 100}]}
        await office.desk.do(case_id, "investigation/shares", ours)
        score = (await office.desk.http.get("/v1/suppliers/scorecard", params={"name": MAKER})).json()
        assert (score["cases"], score["recourse"]) == (0, [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"damage": DAMAGE, "shares": [SUPPLIER | {"documents": []}, US]}, "share-unproven"),
        ({"damage": DAMAGE, "shares": [SUPPLIER | {"name": None}, US]}, "bearer-unnamed"),
        ({"damage": {"amount": "-5.00", "currency": "USD"}, "shares": [SUPPLIER, US]}, "damage-not-positive"),
        ({"damage": {"amount": "5.00", "currency": "XXA"}, "shares": [SUPPLIER, US]}, "unknown-currency"),
    ],
)
async def test_a_ruling_that_does_not_hold_is_refused(open_office: Open, body: dict[str, object], code: str) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        refused = await office.desk.ask(case_id, "investigation/shares", body)
        assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{code}")
