"""The quality report in eight disciplines, over one case and over many, on the four services."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_inquiry import recorded

STEPS = "investigation/report/steps"
LEADER = {"name": "Mei Lin", "role": "leader", "skills": ["packing"], "hours_a_week": 6}
SPONSOR = {"name": "Ann Wu", "role": "sponsor", "hours_a_week": 1, "authority": "Stop the line."}
PROBLEM = {
    "what": "A desk came without boards. 书桌缺板。",
    "where": "Packing line 2",
    "since": "2026-02-20",
    "how_often": "1 box in 400",
    "extent": [
        {"what": "drawer boards missing", "number": 2},
        {"what": "door boards missing", "number": 1},
        {"what": "holes misplaced", "number": 1},
    ],
    "seen_before": True,
    "pattern": "batch",
    "inspected": True,
    "how_inspected": "By weight.",
    "why_missed": "Two boards weigh less than the tolerance.",
}


async def led(office: Office, **fields: object) -> str:
    """A case that leads a report."""
    case_id = await case(office, **fields)
    await office.desk.do(case_id, "investigation/report", {"title": "Desks lack boards."})
    return case_id


async def case(office: Office, **fields: object) -> str:
    """A case that investigation has taken."""
    case_id = await office.desk.receive(**({"category": "Furniture"} | fields))
    await office.desk.walk(case_id, "investigation/acceptance")
    return case_id


async def step(office: Office, case_id: str, name: str, **body: object) -> None:
    await office.desk.do(case_id, STEPS, {"step": name, **body})


async def refused(office: Office, case_id: str, name: str, **body: object) -> Mapping[str, Any]:
    answer = await office.desk.ask(case_id, STEPS, {"step": name, **body})
    assert answer.status_code == 409, answer.text
    return dict(answer.json()) | {"code": answer.json()["type"].removeprefix("/problems/")}


async def report(office: Office, number: str = "8D-0001") -> Mapping[str, Any]:
    answer = await office.desk.http.get(f"/v1/reports/{number}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.practice("P060")
async def test_a_team_without_a_sponsor_does_not_close_the_first(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await led(office)
        await step(office, case_id, "team", members=[LEADER])
        assert (await refused(office, case_id, "close", discipline=1))["code"] == "no-sponsor"
        await step(office, case_id, "team", members=[LEADER, SPONSOR])
        await step(office, case_id, "close", discipline=1)
        shown = (await report(office))["d1"]
        assert shown["closed"] is True
        assert [(each["role"], each["hours_a_week"]) for each in shown["members"]] == [("leader", 6), ("sponsor", 1)]
        assert shown["members"][1]["authority"] == "Stop the line."


@pytest.mark.practice("P061")
async def test_like_cases_are_counted_in_the_case_base(open_office: Open) -> None:
    async with open_office(now="2025-11-20") as office:
        await case(office)  # 102 days before
        await office.wait_until("2025-12-20")
        for _ in range(4):
            await case(office)
        await case(office, category="Tuition")
        await office.wait_until("2026-03-02")
        case_id = await led(office)
        await office.desk.do(case_id, "investigation/report/problem", {"problem": PROBLEM})
        shown = (await report(office))["d2"]
        assert shown["like_cases"] == {"category": "Furniture", "days": 90, "number": 4}
        assert [each["number"] for each in shown["problem"]["extent"]] == [2, 1, 1]
        told = {"problem": PROBLEM, "like_cases": {"category": "Furniture", "days": 90, "number": 40}}
        assert (await office.desk.ask(case_id, "investigation/report/problem", told)).status_code == 422


@pytest.mark.practice("P062")
async def test_an_unverified_containment_is_shown_and_the_fourth_may_start(open_office: Open) -> None:
    async with open_office() as office:
        case_id, other = await led(office), await case(office)
        await step(office, case_id, "containment", action="Boards sent today.", cases=[case_id, other])
        await step(office, case_id, "why", because="The box was packed without boards.")
        shown = await report(office)
        (taken,) = shown["d3"]["containments"]
        assert (taken["verified"], taken["cases"]) == (False, [case_id, other])
        assert len(shown["d4"]["whys"]) == 1
        assert (await refused(office, case_id, "close", discipline=3))["code"] == "discipline-not-done"
        await step(office, case_id, "containment-verified", number=1, how="Both customers have them.")
        await step(office, case_id, "close", discipline=3)
        (taken,) = (await report(office))["d3"]["containments"]
        assert (taken["verified"], taken["how"]) == (True, "Both customers have them.")
        (verified,) = await recorded(office, case_id, "investigation.containment-verified")
        assert verified["number"] == 1


async def five_whys(office: Office, case_id: str, *, unproven: int) -> None:
    for at in range(1, 6):
        link: dict[str, object] = {"because": f"Reason {at}.", "documents": [] if at == unproven else [f"paper {at}"]}
        await step(office, case_id, "why", **(link if at == 1 else link | {"why_of": at - 1}))


@pytest.mark.practice("P063")
async def test_the_unproven_fourth_link_is_named(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await led(office)
        await five_whys(office, case_id, unproven=4)
        test = "With the old list the fault comes, with the new one it does not."
        answer = await refused(office, case_id, "root-cause", number=5, test=test)
        assert answer["code"] == "link-unproven"
        assert "Link 4 " in answer["detail"]
        await step(office, case_id, "why-proven", number=4, documents=["audit of 2026-02-27"])
        await step(office, case_id, "root-cause", number=5, test=test)
        cause = (await report(office))["d4"]["root_cause"]
        assert (cause["cause"], cause["links"], cause["test"]) == ("Reason 5.", [1, 2, 3, 4, 5], test)


@pytest.mark.practice("P067")
async def test_what_is_verified_stands_in_every_linked_case(open_office: Open) -> None:
    async with open_office() as office:
        lead = await led(office)
        linked, stranger = [await case(office) for _ in range(4)], await case(office)
        for each in linked:
            await office.desk.do(lead, "investigation/report/cases", {"case": each})
        again = await office.desk.ask(lead, "investigation/report/cases", {"case": linked[0]})
        assert again.json()["type"] == "/problems/already-in-report"
        await office.desk.do(lead, "investigation/report/cases", {"case": stranger})
        left = {"case": stranger, "reason": "Another desk."}
        await office.desk.do(lead, "investigation/report/cases-left", left)
        await five_whys(office, lead, unproven=0)
        await step(office, lead, "root-cause", number=5, test="Old list: fault. New list: none.")
        for each in (lead, *linked):
            (verified,) = await recorded(office, each, "investigation.root-cause-verified")
            assert (verified["report"], verified["cause"]) == ("8D-0001", "Reason 5.")
        assert not await recorded(office, stranger, "investigation.root-cause-verified")
        file = (await office.desk.http.get(f"/v1/cases/{linked[2]}/files/investigation")).json()["file"]
        assert file["quality-report"]["in"]["8D-0001"]["root_cause"]["cause"] == "Reason 5."
        # The effect as well.
        await measure(office, lead)
        for each in (lead, *linked):
            (effect,) = await recorded(office, each, "investigation.effect-shown")
            assert (effect["report"], effect["fell"]) == ("8D-0001", True)
        assert not await recorded(office, stranger, "investigation.effect-shown")


async def measure(office: Office, case_id: str) -> None:
    early = await refused(office, case_id, "in-place", day="2026-03-20", how="List v4 on both lines.")
    assert early["code"] == "no-trial"
    await step(office, case_id, "measure", options=["A new list of parts.", "A finer scale."], chosen=1)
    await step(office, case_id, "trial", result="100 boxes, none lacks a board.", worked=True)
    await step(office, case_id, "in-place", day="2026-03-20", how="List v4 on both lines.")
    before = {"cases": 12, "orders": 10_000, "days": 90}
    await step(office, case_id, "effect", before=before, after=before | {"cases": 3})


async def test_what_cannot_be_linked_is_refused_and_leaves_nothing(open_office: Open) -> None:
    async with open_office() as office:
        lead = await led(office)
        for nobody in (str(uuid4()), lead):
            answer = await office.desk.ask(lead, "investigation/report/cases", {"case": nobody})
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-case")
        assert (await report(office))["cases"] == [lead]
        assert (await office.desk.http.get("/v1/reports/8D-9999")).status_code == 404
        without = await case(office)
        answer = await office.desk.ask(without, "investigation/report/cases", {"case": lead})
        assert answer.json()["type"] == "/problems/no-report"


async def test_reports_opened_at_once_have_numbers_of_their_own(open_office: Open) -> None:
    async with open_office() as office:
        cases = [await case(office) for _ in range(4)]
        title = {"title": "Desks lack boards."}
        answers = await asyncio.gather(*(office.desk.ask(each, "investigation/report", title) for each in cases))
        assert [each.status_code for each in answers] == [200] * 4
        await office.stack.settle()
        numbers = [(await recorded(office, each, "investigation.report-opened"))[0]["report"] for each in cases]
        assert sorted(numbers) == ["8D-0001", "8D-0002", "8D-0003", "8D-0004"]


async def test_two_reports_that_take_each_others_case_in_at_once_both_get_it(open_office: Open) -> None:
    async with open_office() as office:
        one, other = await led(office), await led(office)
        for _ in range(5):
            taken = await asyncio.gather(
                office.desk.ask(one, "investigation/report/cases", {"case": other}),
                office.desk.ask(other, "investigation/report/cases", {"case": one}),
            )
            assert [each.status_code for each in taken] == [200, 200]
            reason = "It was a trial."
            left = await asyncio.gather(
                office.desk.ask(one, "investigation/report/cases-left", {"case": other, "reason": reason}),
                office.desk.ask(other, "investigation/report/cases-left", {"case": one, "reason": reason}),
            )
            assert [each.status_code for each in left] == [200, 200]


@pytest.mark.practice("P065")
async def test_the_seventh_waits_for_the_read_across(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await led(office)
        changes = [{"kind": "procedure", "reference": "P-12 v3"}]
        await step(office, case_id, "prevention", changes=changes)
        answer = await refused(office, case_id, "close", discipline=7)
        assert (answer["code"], "none alike, because" in answer["detail"]) == ("no-read-across", True)
        reason = "No other desk has drawers."
        await step(office, case_id, "prevention", changes=changes, none_alike_because=reason)
        await step(office, case_id, "close", discipline=7)
        shown = (await report(office))["d7"]
        assert (shown["changes"], shown["none_alike_because"]) == (changes, reason)


async def whole(office: Office, article: str = "lesson-0044") -> tuple[str, str]:
    """A report whose eight are closed. Returns the case that leads it, and the other that it is about."""
    lead, other = await led(office), await case(office)
    await office.desk.do(lead, "investigation/report/cases", {"case": other})
    await step(office, lead, "team", members=[LEADER, SPONSOR])
    await office.desk.do(lead, "investigation/report/problem", {"problem": PROBLEM})
    await step(office, lead, "containment", action="Boards sent today.", cases=[lead, other])
    await step(office, lead, "containment-verified", number=1, how="Both customers have them.")
    await five_whys(office, lead, unproven=0)
    await step(office, lead, "root-cause", number=5, test="Old list: fault. New list: none.")
    await measure(office, lead)
    changes = [{"kind": "procedure", "reference": "P-12 v3"}]
    await step(office, lead, "prevention", changes=changes, read_across=["Shelf S-2"])
    await step(office, lead, "thanks", thanks="Thank you all. 谢谢大家。", article=article)
    assert "D1, D2" in (await refused(office, lead, "close", discipline=8))["detail"]
    for discipline in range(1, 9):
        await step(office, lead, "close", discipline=discipline)
    return lead, other


@pytest.mark.practice("P066")
async def test_the_whole_report_holds_all_eight_and_the_cases(open_office: Open) -> None:
    async with open_office() as office:
        lead, other = await whole(office)
        shown = await report(office)
        assert [shown[f"d{each}"]["closed"] for each in range(1, 9)] == [True] * 8
        assert shown["cases"] == [lead, other]
        assert shown["d8"]["article"] == "lesson-0044"
        assert shown["d8"]["thanks"].endswith("谢谢大家。")
        assert shown["d8"]["team"] == [each["name"] for each in shown["d1"]["members"]] == ["Mei Lin", "Ann Wu"]
