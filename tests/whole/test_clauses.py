"""The nine clauses as the names of states, the six procedures as what happens, and a reason for what is skipped."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.contracts.clauses import PROCEDURES
from casework.shared.testing.desk import STEPS

STANDING = """
[[solution]]
name = "opening-hours"
version = 3
categories = ["Opening hours"]
severity = "low"
complexity = "simple"
finding = "The door said another hour than the site."
outcome = "upheld"
remedy = "correction"
answer = "The site now says nine to five. 网站现已更正。"
reply = "accepted"
"""
NO_SANCTION = {"procedure": "sanction", "reason": "无人有过错。 Nobody was at fault."}


async def state(office: Office, case_id: str, language: str | None) -> tuple[str, str]:
    """The name of the state of a case for a reader of that language, and the language that the answer is in."""
    headers = {} if language is None else {"accept-language": language}
    answer = await office.desk.http.get(f"/v1/cases/{case_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["vary"] == "Accept-Language"
    return answer.json()["state"], answer.headers["content-language"]


async def steps(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/clauses")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def named(found: dict[str, Any], code: str) -> dict[str, Any]:
    """One of the nine by its number, or of the six by its code."""
    (one,) = (
        each for each in (*found["clauses"], *found["procedures"]) if code in (each.get("number"), each.get("code"))
    )
    return dict(one)


@pytest.mark.practice("P008")
async def test_a_case_under_assessment_is_named_in_the_language_of_the_reader(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "assessment")
        assert await state(office, case_id, "zh") == ("初步评审", "zh")
        assert await state(office, case_id, "en") == ("initial assessment", "en")
        assert await state(office, case_id, "zh-Hans-CN,zh;q=0.9,en;q=0.8") == ("初步评审", "zh")
        assert await state(office, case_id, None) == ("initial assessment", "en")
        clause = (await office.desk.show(case_id))["clause"]
        assert clause == {"number": "7.5", "en": "initial assessment", "zh": "初步评审"}


@pytest.mark.practice("P008")
async def test_every_state_is_named_by_a_clause(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        found = {}
        for step in ("", *STEPS):
            if step:
                await office.desk.do(case_id, step)
            found[step] = await state(office, case_id, "zh")
        # What waits to be accepted is in the clause of its giver, who still has the work.
        assert [found[step][0] for step in ("", "acknowledgement", "assessment", "investigation-offer")] == [
            "受理",
            "告知",
            "初步评审",
            "初步评审",
        ]
        wanted = {"acceptance": "调查", "findings": "调查", "conclusion": "调查", "resolution-offer": "调查"}
        assert {step: found[f"investigation/{step}"][0] for step in wanted} == wanted
        wanted = {"acceptance": "响应", "remedies": "响应", "decision": "沟通决定", "follow-up-offer": "沟通决定"}
        assert {step: found[f"resolution/{step}"][0] for step in wanted} == wanted
        assert (found["follow-up/acceptance"][0], found["closure"][0]) == ("跟踪", "终止")


@pytest.mark.practice("P008")
async def test_each_of_the_six_is_found_in_what_happened(open_office: Open) -> None:
    async with open_office(zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        ladder = {"party": "shop-1", "ladder": "platform.general", "on": "2026-03-02", "serious": False}
        await office.desk.do(case_id, "resolution/infringements", ladder | {"ground": "Upheld in this case."})
        await office.desk.do(case_id, "investigation/report", {"title": "Fees are taken twice."})
        changed = {"step": "prevention", "changes": [{"kind": "procedure", "reference": "P-12 v3"}]}
        await office.desk.do(case_id, "investigation/report/steps", changed | {"none_alike_because": "One job."})
        after = list(STEPS)[list(STEPS).index("resolution/acceptance") + 1 : -1]
        for step in after:
            await office.desk.do(case_id, step)
        # All six were gone through: nothing was skipped, and no reason is asked for.
        closure = {name: value for name, value in STEPS["closure"].items() if name != "skipped"}
        await office.desk.do(case_id, "closure", closure)
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        happened = {each["event"]["type"] for each in answer.json()}
        for procedure in PROCEDURES:
            assert happened.intersection(procedure.shown_by), procedure.code
        found = await steps(office, case_id)
        assert [each["code"] for each in found["procedures"]] == [each.code for each in PROCEDURES]
        assert all("done_at" in each for each in found["procedures"])
        assert [each["number"] for each in found["clauses"] if "done_at" not in each] == ["7.1"]
        assert named(found, "sanction")["by"] == "casework.resolution.infringement-upheld.v1"


@pytest.mark.practice("P008")
async def test_a_skipped_step_needs_a_reason_that_can_be_read(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "follow-up/acceptance")
        closure = {name: value for name, value in STEPS["closure"].items() if name != "skipped"}
        refused = await office.desk.ask(case_id, "closure", closure)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/reason-for-skipping-missing")
        assert "sanction (sanction, 处罚)" in refused.json()["detail"]
        unknown = await office.desk.ask(case_id, "closure", closure | {"skipped": [NO_SANCTION | {"procedure": "tea"}]})
        assert unknown.status_code == 422
        await office.desk.do(case_id, "closure", closure | {"skipped": [NO_SANCTION]})
        found = await steps(office, case_id)
        assert named(found, "sanction")["skipped_because"] == "无人有过错。 Nobody was at fault."
        # What the four Rs say of reform is the reason why nothing was changed.
        assert named(found, "improve-and-file")["skipped_because"] == "One fee, booked by hand; nothing to change."
        file = (await office.desk.http.get(f"/v1/cases/{case_id}/files/followup")).json()["file"]
        assert file["closing"]["endings"][-1]["ending"]["skipped"] == [NO_SANCTION]


@pytest.mark.practice("P008")
async def test_a_case_closed_without_investigation_says_why(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "acknowledgement")
        withdrawal = {"reason": "The bank has called and explained it.", "channel": "phone"}
        await office.desk.do(case_id, "withdrawal", withdrawal)
        assert named(await steps(office, case_id), "7.6")["skipped_because"]
        await office.desk.do(case_id, "reopening", {"reason": "The fee was taken a third time."})
        assert "skipped_because" not in named(await steps(office, case_id), "7.6"), "it may still come"
        for step in ("remedies", "decision", "follow-up-offer"):
            await office.desk.do(case_id, f"resolution/{step}")
        await office.desk.do(case_id, "follow-up/acceptance")
        closure = dict(STEPS["closure"]) | {"skipped": [NO_SANCTION]}
        refused = await office.desk.ask(case_id, "closure", closure)
        assert refused.json()["type"] == "/problems/reason-for-skipping-missing"
        assert "cause-and-responsibility (cause and responsibility, 查明原因与责任)" in refused.json()["detail"]
        why = [
            {"procedure": "judge", "reason": "It was withdrawn before."},
            {"procedure": "cause-and-responsibility", "reason": "已有两次相同案件的调查结论。"},
            NO_SANCTION,
        ]
        await office.desk.do(case_id, "closure", dict(STEPS["closure"]) | {"skipped": why})
        found = await steps(office, case_id)
        assert named(found, "7.6")["skipped_because"] == "已有两次相同案件的调查结论。"
        assert named(found, "judge")["skipped_because"] == "It was withdrawn before."
        assert "done_at" in named(found, "solution")


async def test_what_ran_straight_through_names_its_standing_solution(open_office: Open) -> None:
    async with open_office(standing=STANDING) as office:
        case_id = await office.desk.receive(category="Opening hours")
        await office.stack.settle()
        assert (await office.desk.show(case_id))["stage"] == "closed"
        found = await steps(office, case_id)
        assert found["standing"] == {"name": "opening-hours", "version": 3}
        assert "done_at" in named(found, "solution")


async def test_a_case_that_was_not_upheld_owes_no_sanction(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/findings")
        refuted = {"outcome": "not-upheld", "summary": "One fee was taken.", "cause": "It was read twice."}
        await office.desk.do(case_id, "investigation/conclusion", refuted)
        for step in ("investigation/resolution-offer", "resolution/acceptance"):
            await office.desk.do(case_id, step)
        await office.desk.do(case_id, "resolution/remedies", {"kind": "explanation", "description": "By letter."})
        decision = dict(STEPS["resolution/decision"]) | {"outcome": "not-upheld"}
        await office.desk.do(case_id, "resolution/decision", decision)
        for step in ("resolution/follow-up-offer", "follow-up/acceptance"):
            await office.desk.do(case_id, step)
        await office.desk.do(case_id, "closure", {"reason": "All is said.", "thanked": True})
        assert named(await steps(office, case_id), "sanction")["not_due"] == "not-upheld"


async def test_an_unknown_case_has_no_clauses(open_office: Open) -> None:
    async with open_office() as office:
        answer = await office.desk.http.get("/v1/cases/01a2006a-ced3-77df-aba8-1565c483213b/clauses")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-case")
