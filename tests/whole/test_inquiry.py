"""The inquiry on the four services: both sides heard, several hands with a time each, and the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.items import items

from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS, Desk

PEOPLE = (("agent-7", "agent", 1), ("clerk-0417", "lead", 2), ("lead-7", "lead", 2))


async def recorded(office: Office, case_id: str, name: str) -> list[Mapping[str, Any]]:
    """The data of a case's events of this type (with its service, without its version), in order."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    assert answer.status_code == 200, answer.text
    wanted = f"casework.{name}.v1"
    return [each["event"]["data"] for each in answer.json() if each["event"]["type"] == wanted]


@pytest.mark.practice("P055")
async def test_a_finding_waits_until_the_teacher_is_heard_or_the_reason_is_stated(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(category="Tuition", words="老师当众批评孩子。")
        await office.desk.walk(case_id, "investigation/acceptance")
        finding = {
            "finding": "The child was told off before the class.",
            "side": "complainant",
            "sides_heard": ["complainant"],
        }
        refused = await office.desk.ask(case_id, "investigation/findings", finding)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/side-unheard")
        assert "organisation" in refused.json()["detail"]
        stated = finding | {"unheard": [{"side": "organisation", "reason": "unreachable since 08:00"}]}
        await office.desk.do(case_id, "investigation/findings", stated)
        heard = finding | {"sides_heard": ["complainant", "organisation"]}
        await office.desk.do(case_id, "investigation/findings", heard)
        first, second = await recorded(office, case_id, "investigation.finding-recorded")
        assert first["unheard"] == [{"side": "organisation", "reason": "unreachable since 08:00"}]
        assert second["sides_heard"] == ["complainant", "organisation"]


@pytest.mark.practice("P056")
async def test_legal_is_late_and_the_others_go_on_under_the_same_deadline(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        deadline = await office.due(case_id, "internal.answer")
        for holder, what in (("wardens", "Search the dormitory."), ("Ms Wu", "Call the parents.")):
            task = {"what": what, "holder": holder, "due_at": "2026-03-09T17:00:00+00:00"}
            await office.desk.do(case_id, "investigation/tasks", task)
        view = {"kind": "contribution", "what": "Legal's view.", "holder": "legal", "working_days": 3}
        await office.desk.do(case_id, "investigation/tasks", view)
        search, call, legal = await recorded(office, case_id, "investigation.task-given")
        assert [each["number"] for each in (search, call, legal)] == [1, 2, 3]
        # Asked for on Monday, so three working days end with Thursday.
        assert office.local(legal["due_at"]) == "2026-03-06T00:00"
        await office.wait_until("2026-03-05T23:59")
        assert not await office.events(case_id, "case-escalated")
        await office.wait_until("2026-03-06T00:01")
        clocks = {each["about"]: each for each in await office.clocks(case_id, policy="internal.task")}
        assert clocks[legal["task_id"]]["phase"] == "expired"
        assert {clocks[each["task_id"]]["phase"] for each in (search, call)} == {"running"}
        (escalated,) = await office.events(case_id, "case-escalated")
        assert escalated["data"]["about"] == clocks[legal["task_id"]]["clock"]
        assert (escalated["data"]["rung"], escalated["data"]["ladder"]["id"]) == (1, "internal.task")
        async with begin(office.stack.runtimes["followup"].engine) as work:
            told = await work.fetch(
                "SELECT recipient FROM notice WHERE case_id = $1 AND convert_from(notice, 'UTF8') LIKE '%passed%'",
                UUID(case_id),
            )
        # Legal, who is late, and the case owner; who has the case is not troubled.
        assert {row["recipient"] for row in told} == {"holder:legal", "holder:complaints-desk"}
        result = {"task_id": search["task_id"], "result": "Nothing was found."}
        await office.desk.do(case_id, "investigation/task-results", result)
        late = {"task_id": legal["task_id"], "result": "The rules of the house allow it."}
        await office.desk.do(case_id, "investigation/task-results", late)
        done = await recorded(office, case_id, "investigation.task-done")
        assert [each["late"] for each in done] == [False, True]
        assert (await office.due(case_id, "internal.answer")) == deadline
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"
        clocks = {each["about"]: each for each in await office.clocks(case_id, policy="internal.task")}
        assert [clocks[each["task_id"]]["phase"] for each in (search, call, legal)] == ["met", "running", "expired"]
        await office.desk.do(
            case_id, "investigation/tasks-taken-back", {"task_id": call["task_id"], "reason": "They came by."}
        )
        clocks = {each["about"]: each for each in await office.clocks(case_id, policy="internal.task")}
        assert clocks[call["task_id"]]["phase"] == "withdrawn"


async def test_a_task_has_one_time_and_it_lies_ahead(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        task = {"what": "Legal's view.", "holder": "legal"}
        both = await office.desk.ask(
            case_id, "investigation/tasks", task | {"working_days": 3, "due_at": "2026-03-09T17:00:00Z"}
        )
        assert both.status_code == 422
        assert (await office.desk.ask(case_id, "investigation/tasks", task)).status_code == 422
        past = await office.desk.ask(case_id, "investigation/tasks", task | {"due_at": "2026-03-01T17:00:00Z"})
        assert past.json()["type"] == "/problems/task-due-in-the-past"


async def test_the_cause_is_recorded_by_itself_or_with_the_conclusion(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/findings")
        steps = ["Read the log of the job.", "Asked the supplier."]
        await office.desk.do(case_id, "investigation/cause", {"not_found_after": steps})
        neither = await office.desk.ask(case_id, "investigation/cause", {})
        assert neither.json()["type"] == "/problems/cause-or-steps"
        assert await recorded(office, case_id, "investigation.cause-recorded") == [{"not_found_after": steps}]
        await office.desk.do(case_id, "investigation/conclusion")
        (concluded,) = await recorded(office, case_id, "investigation.investigation-concluded")
        assert concluded["cause"] == "The job that books the fee ran twice."


async def test_what_rests_on_evidence_rests_on_items_that_there_are(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        finding = STEPS["investigation/findings"]
        cited = {**finding, "evidence": [1, 2]}
        await office.desk.do(case_id, "investigation/report", {"title": "Fees are taken twice."})
        steps = "investigation/report/steps"
        why = {"step": "why", "because": "The job ran twice.", "evidence": [2]}
        await items(office, case_id, "complainant")
        damage = {"amount": "12.50", "currency": "GBP"}
        supplier = {"bearer": "supplier", "name": "S", "percent": 50, "evidence": [2]}
        parts = [{"bearer": "us", "percent": 50}, supplier]
        shares = {"damage": damage, "shares": parts}
        asked = (("investigation/findings", cited), (steps, why), ("investigation/shares", shares))
        for step, body in asked:
            refused = await office.desk.ask(case_id, step, body)
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unknown-evidence"), refused.text
            assert "no item of evidence 2; it has those from 1 to 1" in refused.json()["detail"]
        await items(office, case_id, "organisation")
        for step, body in asked:
            await office.desk.do(case_id, step, body)


async def test_somebody_with_a_stake_neither_investigates_nor_decides(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        stake = {"persons": ["clerk-0417"], "reason": "Sold the policy."}
        await office.desk.do(case_id, "investigation/stakes", stake)
        asked = {"holder": "clerk-0417", "reason": "Knows the case."}
        refused = await office.desk.ask(case_id, "investigation/assignment", asked)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
        await office.desk.do(case_id, "investigation/assignment", asked | {"holder": "Mei Lin"})
        assert (await office.desk.show(case_id))["holder"] == "Mei Lin"
        for step in ("findings", "conclusion", "resolution-offer"):
            await office.desk.do(case_id, f"investigation/{step}")
        refused = await office.desk.ask(case_id, "resolution/acceptance", {"holder": "clerk-0417"})
        assert refused.json()["type"] == "/problems/conflict-of-interest"
        await office.desk.do(case_id, "resolution/acceptance", {"holder": "Wei"})


async def test_the_clerk_on_the_card_neither_investigates_nor_takes_the_deciding(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        clerk = {"clerk": {"said": "柜员，工号0417", "staff": ["clerk-0417"]}}
        await office.desk.do(case_id, "intake/card", clerk)
        await office.desk.walk(case_id, "investigation-offer")
        refused = await office.desk.ask(case_id, "investigation/acceptance", {"holder": "clerk-0417"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
        for step in ("acceptance", "findings", "conclusion", "resolution-offer"):
            await office.desk.do(case_id, f"investigation/{step}")
        refused = await office.desk.ask(case_id, "resolution/acceptance", {"holder": "clerk-0417"})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
        await office.desk.do(case_id, "resolution/acceptance")


@pytest.mark.practice("P054")
async def test_the_clerk_on_the_card_is_neither_assigned_nor_approves_nor_decides(open_office: Open) -> None:
    async with open_office() as office:
        case_id, stack = await office.desk.receive(), office.stack
        await office.desk.do(case_id, "intake/card", {"clerk": {"said": "柜员，工号0417", "staff": ["clerk-0417"]}})
        await office.desk.walk(case_id, "investigation/acceptance")
        asked = {"holder": "clerk-0417", "reason": "Knows the case."}
        refused = await office.desk.ask(case_id, "investigation/assignment", asked)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
        for step in ("investigation/findings", "investigation/conclusion", "investigation/resolution-offer"):
            await office.desk.do(case_id, step)
        await office.desk.do(case_id, "resolution/acceptance")
        high = {"kind": "refund", "description": "The fee.", "amount": {"amount": "800.00", "currency": "CNY"}}
        keys = [await stack.key(actor=who, role=role, rank=rank) for who, role, rank in PEOPLE]
        async with stack.client(keys[0]) as agent, stack.client(keys[1]) as clerk, stack.client(keys[2]) as lead:
            names = [Desk(each, stack.settle) for each in (agent, clerk, lead)]
            await names[0].do(case_id, "resolution/remedies", high)
            assert (await office.desk.types(case_id, "resolution"))[-1] == "approval-asked.v1"
            refused = await names[1].ask(case_id, "resolution/approvals", {"granted": True})
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
            assert "clerk-0417" in refused.json()["detail"]
            await names[2].do(case_id, "resolution/approvals", {"granted": True})
            refused = await names[1].ask(case_id, "resolution/decision")
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict-of-interest")
            await names[0].do(case_id, "resolution/decision")
