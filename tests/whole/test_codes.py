"""Causes and types by versioned lists: an old code stays and is reported by a table; a demand moves no cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office, office_on

from casework.shared.policies import shipped_codes
from casework.shared.testing.parts import PostgresServer

V1 = (Path(shipped_codes.__file__).parent / "codes" / "internal.toml").read_text(encoding="utf-8")
V2 = """
[[list]]
name = "cause"
version = 2
[list.before]
product-quality = "product"
repair-quality = "product"
staff-slip = "our-people"
other-staff = "our-people"
way-of-trading = "our-rules"
above-standard = "our-rules"
different-yardstick = "our-rules"
nothing-could-meet = "our-rules"
[[list.code]]
code = "product"
title = { en = "Product", zh = "商品" }
[[list.code]]
code = "our-people"
title = { en = "Our people", zh = "我们的人员" }
[[list.code]]
code = "our-rules"
title = { en = "Our rules", zh = "我们的规则" }
"""


async def report(office: Office, of: str, **query: object) -> list[dict[str, Any]]:
    """The rows of the report on a list."""
    asked = "&".join(f"{name}={value}" for name, value in {"list": of, **query}.items())
    answer = await office.desk.http.get(f"/v1/code-report?{asked}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rows"])


async def codes_of(office: Office, case_id: str) -> Any:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    return answer.json()["file"]["card-state"]["codes"]


@pytest.mark.practice("P034")
async def test_an_old_case_is_reported_again_by_the_table_and_keeps_its_code(
    postgres_server: PostgresServer, installed_database: str, tmp_path: Path
) -> None:
    own = tmp_path / "codes.toml"
    async with postgres_server.database("codes", installed_database) as url:
        async with office_on(url, tmp_path, now="2026-03-02", zone="Asia/Shanghai") as office:
            old = await office.desk.receive()
            await office.desk.do(old, "intake/codes", {"cause": "other-staff", "type": "reception"})
            (row,) = await report(office, "cause")
            assert (row["recorded"], row["cases"]) == ({"version": 1, "code": "other-staff"}, 1)
            assert row["title"] == {"en": "Service of other staff", "zh": "其他人员的服务"}
        own.write_text(V1 + V2, encoding="utf-8")
        async with office_on(url, tmp_path, codes=own, now="2026-04-02", zone="Asia/Shanghai") as office:
            refused = await office.desk.ask(old, "intake/codes", {"cause": "other-staff"})
            assert refused.json()["type"] == "/problems/code-unknown"
            new = await office.desk.receive()
            await office.desk.do(new, "intake/codes", {"cause": "our-people"})
            rows = await report(office, "cause")
            assert [(each["recorded"], each["reported"]) for each in rows] == [
                ({"version": 1, "code": "other-staff"}, {"version": 2, "code": "our-people"}),
                ({"version": 2, "code": "our-people"}, {"version": 2, "code": "our-people"}),
            ]
            assert {each["title"]["zh"] for each in rows} == {"我们的人员"}
            # In the words of version 1 the new case has none: tables lead forwards only.
            first = await report(office, "cause", version=1)
            assert [each.get("reported") for each in first] == [{"version": 1, "code": "other-staff"}, None]
            assert await codes_of(office, old) == {
                "cause": {"version": 1, "code": "other-staff"}, "type": {"version": 1, "code": "reception"},
            }  # fmt: skip
            assert await report(office, "type") == [
                {
                    "recorded": {"version": 1, "code": "reception"},
                    "reported": {"version": 1, "code": "reception"},
                    "title": {"en": "Reception", "zh": "接待"},
                    "cases": 1,
                }
            ]
            unknown = await office.desk.http.get("/v1/code-report?list=cause&version=3")
            assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/no-such-list")


@pytest.mark.practice("P006")
async def test_a_demand_that_changes_is_an_event_and_moves_no_cause(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="退款！售后没人回复。", wish=None)
        refund = {
            "kind": "refund",
            "how": "explicit",
            "asked_directly": False,
            "amounts": [{"amount": "299.00", "currency": "CNY"}],
        }
        await office.desk.do(case_id, "intake/demands", refund)
        await office.desk.do(case_id, "intake/card", {"real_cause": "no answer after sale"})
        await office.desk.do(case_id, "intake/codes", {"cause": "other-staff"})
        figures = await report(office, "cause")
        assert [(each["recorded"]["code"], each["cases"]) for each in figures] == [("other-staff", 1)]
        await office.wait_until("2026-03-03")
        await office.desk.do(
            case_id, "intake/demand-changes", {"number": 1, "kind": "repair", "how": "explicit", "asked_directly": True}
        )
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        (changed,) = [
            each["event"] for each in answer.json() if each["event"]["type"] == "casework.intake.demand-changed.v1"
        ]
        assert office.local(changed["time"]) == "2026-03-03T10:00"
        data = changed["data"]
        assert (data["number"], data["version"], data["kind"], data["amounts"]) == (1, 2, "repair", [])
        assert data["before"] == {
            "version": 1, "kind": "refund", "amounts": [{"amount": "299.00", "currency": "CNY"}],
        }  # fmt: skip
        assert await report(office, "cause") == figures
        asked = {"part": "card", "purpose": "Prepare the answer."}
        card = (await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)).json()["file"]
        assert card["real_cause"]["answer"] == "no answer after sale"
        assert office.local(card["real_cause"]["at"]) == "2026-03-02T10:00"
