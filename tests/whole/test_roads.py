"""One complaint by two roads: one case, known by both references, counted once in all and once in the bulletin."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

WEB = {"source": "web-form", "source_reference": "W-77"}
FORWARD = {"source": "regulator-sh", "source_reference": "2020-1105-9", "origin": "regulator-forwarded"}


async def _counts(office: Office, **of: str) -> dict[str, Any]:
    answer = await office.desk.http.get("/v1/complaint-counts", params=of)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.practice("P010")
@pytest.mark.parametrize("how", ["posted", "by staff"])
async def test_two_roads_are_one_case_counted_once_in_all_and_once_in_the_bulletin(open_office: Open, how: str) -> None:
    async with open_office(now="2020-11-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(**WEB)
        await office.go_to("2020-11-05")
        if how == "posted":
            posted = await office.desk.receive_again(**FORWARD, same_as=WEB, channel="referral", words="年费，转办。")
            assert posted == case_id
        else:
            await office.desk.do(case_id, "roads", FORWARD)
        assert await _counts(office) == {
            "total": 1,
            "bulletin": 1,
            "by_origin": {"direct": 1, "regulator-forwarded": 1},
        }
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        roads = answer.json()["file"]["receipt"]["roads"]
        assert [(each["origin"], office.local(each["received_at"])[:10]) for each in roads] == [
            ("direct", "2020-11-02"),
            ("regulator-forwarded", "2020-11-05"),
        ]
        # The regulator's own reference is known from now on, and asking again changes nothing.
        again = await office.desk.receive_again(**FORWARD, same_as=WEB, channel="referral", words="年费，转办。")
        assert again == case_id
        assert (await _counts(office))["total"] == 1


async def test_the_bulletin_counts_what_was_forwarded_in_its_period(open_office: Open) -> None:
    async with open_office(now="2020-11-02", zone="Asia/Shanghai") as office:
        direct = await office.desk.receive(**WEB)
        await office.desk.receive(**FORWARD)
        await office.desk.receive(origin="media")
        await office.go_to("2021-01-05")
        later = {"source": "regulator-bj", "source_reference": "1", "origin": "regulator-forwarded"}
        await office.desk.do(direct, "roads", later)
        year = "2021-01-01T00:00:00+08:00"
        assert await _counts(office, received_before=year) == {
            "total": 3,
            "bulletin": 1,
            "by_origin": {"direct": 1, "media": 1, "regulator-forwarded": 1},
        }
        assert (await _counts(office, received_from=year))["bulletin"] == 1


async def test_a_reference_stands_for_one_case(open_office: Open) -> None:
    async with open_office(now="2020-11-02") as office:
        one, other = await office.desk.receive(**WEB), await office.desk.receive()
        refused = await office.desk.ask(other, "roads", WEB | {"origin": "partner"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/reference-of-another-case")
        assert one in refused.json()["detail"]
        unknown = {"source": "nobody", "source_reference": "0"}
        assert await office.desk.receive(**FORWARD, same_as=unknown) not in (one, other)
