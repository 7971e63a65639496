"""Demands one by one: stated, owned, answered each on its own day; items of a claim; the problem as it was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office


async def file_of(office: Office, case_id: str, service: str, part: str) -> Any:
    """One part of a service's file of the case."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/{service}")
    assert answer.status_code == 200, answer.text
    return answer.json()["file"][part]


async def opened(office: Office, case_id: str, part: str) -> Any:
    """A restricted part of intake's file, opened."""
    asked = {"part": part, "purpose": "Prepare the answer."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["file"]


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, Any]) -> str:
    """The code of the refusal of a step."""
    answer = await office.desk.ask(case_id, step, body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"].rpartition("/")[2])


def demand(kind: str, **fields: object) -> dict[str, object]:
    return {"kind": kind, "how": "explicit", "asked_directly": False} | fields


def owner(number: int, urgency: str, due_at: str, name: str) -> dict[str, object]:
    return {"number": number, "urgency": urgency, "due_at": due_at, "owner": name}


@pytest.mark.practice("P027")
async def test_each_demand_has_its_owner_its_clock_and_its_own_day(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="多扣通行费，要求道歉并赔偿一万元以上。")
        money = demand("compensation", amounts=[{"amount": "10001.00", "currency": "CNY"}])
        for wanted in (money, demand("apology"), demand("correction")):
            await office.desk.do(case_id, "intake/demands", wanted)
        for held in (
            owner(1, "can-wait", "2026-03-11T18:00:00+08:00", "legal"),
            owner(2, "soon", "2026-03-05T18:00:00+08:00", "branch-manager"),
            owner(3, "at-once", "2026-03-03T18:00:00+08:00", "accounts"),
        ):
            await office.desk.do(case_id, "intake/demand-owners", held)
        listed = await file_of(office, case_id, "intake", "demands")
        assert [(each["number"], each["urgency"], each["owner"]) for each in listed["demands"]] == [
            (3, "at-once", "accounts"),
            (2, "soon", "branch-manager"),
            (1, "can-wait", "legal"),
        ]
        assert {office.local(clock["due_at"]) for clock in await office.clocks(case_id, policy="internal.demand")} == {
            "2026-03-03T18:00",
            "2026-03-05T18:00",
            "2026-03-11T18:00",
        }

        async def answer_on(day: str, **answer: object) -> None:
            await office.wait_until(day)
            await office.desk.do(case_id, "resolution/demand-answers", answer)

        await answer_on("2026-03-03", number=3, answer="met")
        first = await file_of(office, case_id, "resolution", "demands")
        assert (first["summary"]["en"], first["state"]) == ("1 of 3 met, 0 refused, 2 open", "open")
        await answer_on("2026-03-05", number=2, answer="met")
        assert await refused(office, case_id, "resolution/demand-answers", {"number": 1, "answer": "refused"}) == (
            "refusal-without-reason"
        )
        reason = "The charge was CNY 12.00 and was given back; no further loss is shown."
        await answer_on("2026-03-11", number=1, answer="refused", reason=reason, evidence=[4, 7])
        assert await refused(office, case_id, "resolution/demand-answers", {"number": 1, "answer": "met"}) == (
            "demand-already-answered"
        )
        assert await refused(office, case_id, "resolution/demand-answers", {"number": 4, "answer": "met"}) == (
            "demand-unknown"
        )
        done = await file_of(office, case_id, "resolution", "demands")
        assert done["summary"] == {"en": "2 of 3 met, 1 refused", "zh": "3项诉求:2项满足,1项拒绝"}
        assert done["state"] == "partly-upheld"
        assert [(each["number"], each["answer"]["answer"], each["answer"]["at"][:10]) for each in done["demands"]] == [
            (1, "refused", "2026-03-11"),
            (2, "met", "2026-03-05"),
            (3, "met", "2026-03-03"),
        ]
        assert done["demands"][0]["answer"]["reason"] == reason
        assert done["demands"][0]["answer"]["evidence"] == [4, 7]
        assert {clock["phase"] for clock in await office.clocks(case_id, policy="internal.demand")} == {"met"}


async def test_a_demand_that_nobody_answers_in_time_climbs_and_the_others_do_not(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        for kind in ("apology", "correction"):
            await office.desk.do(case_id, "intake/demands", demand(kind))
        await office.desk.do(case_id, "intake/demand-owners", owner(1, "soon", "2026-03-03T10:00:00+08:00", "mei"))
        await office.desk.do(case_id, "intake/demand-owners", owner(2, "soon", "2026-03-03T10:00:00+08:00", "mei"))
        await office.desk.do(case_id, "resolution/demand-answers", {"number": 2, "answer": "met"})
        await office.wait_until("2026-03-03T10:30")
        assert sorted(each["phase"] for each in await office.clocks(case_id, policy="internal.demand")) == [
            "expired",
            "met",
        ]
        # It is passed on with its time, and that time is not moved by hand.
        passed = owner(1, "at-once", "2026-03-04T10:00:00+08:00", "li")
        assert await refused(office, case_id, "intake/demand-owners", passed) == "demand-time-stands"
        del passed["due_at"]
        await office.desk.do(case_id, "intake/demand-owners", passed)
        (first, _) = (await file_of(office, case_id, "resolution", "demands"))["demands"]
        assert first["owner"] == "li"
        assert len(await office.clocks(case_id, policy="internal.demand")) == 2


async def test_a_changed_demand_is_answered_anew_in_a_time_of_its_own(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/demands", demand("refund"))
        await office.desk.do(case_id, "intake/demand-owners", owner(1, "soon", "2026-03-03T10:00:00+08:00", "mei"))
        await office.desk.do(case_id, "resolution/demand-answers", {"number": 1, "answer": "refused", "reason": "No."})
        await office.desk.do(case_id, "intake/demand-changes", demand("repair", number=1))
        bare = {"number": 1, "urgency": "soon"}
        assert await refused(office, case_id, "intake/demand-owners", bare) == "demand-needs-time"
        await office.desk.do(case_id, "intake/demand-owners", owner(1, "soon", "2026-03-06T10:00:00+08:00", "mei"))
        await office.wait_until("2026-03-04T10:00")
        waiting = await file_of(office, case_id, "resolution", "demands")
        assert (waiting["state"], waiting["demands"][0]["answers_before"][0]["answer"]) == ("open", "refused")
        await office.desk.do(case_id, "resolution/demand-answers", {"number": 1, "answer": "met"})
        assert (await file_of(office, case_id, "resolution", "demands"))["state"] == "upheld"
        clocks = await office.clocks(case_id, policy="internal.demand")
        assert [each["phase"] for each in clocks] == ["met", "met"]


@pytest.mark.practice("P028")
async def test_who_states_no_wish_is_asked_and_what_is_heard_is_explicit(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(words="老师迟到了一个小时。", wish=None)
        assert (await file_of(office, case_id, "intake", "demands")) == {"demands": []}
        heard = {"kind": "put-right", "how": "explicit", "asked_directly": True, "words": "teach the hour again"}
        await office.desk.do(case_id, "intake/demands", heard)
        (stated,) = (await file_of(office, case_id, "intake", "demands"))["demands"]
        assert (stated["how"], stated["asked_directly"], stated["kind"]) == ("explicit", True, "put-right")
        (full,) = (await opened(office, case_id, "demands-in-full"))["demands"]
        assert full["words"] == "teach the hour again"
        # What nobody said is told apart from it, and the kinds are a closed list.
        await office.desk.do(
            case_id, "intake/demands", {"kind": "being-valued", "how": "inferred", "asked_directly": False}
        )
        await office.desk.do(case_id, "intake/demands", demand("compensation"))
        kinds = {each["kind"]: each["how"] for each in (await file_of(office, case_id, "intake", "demands"))["demands"]}
        assert kinds == {"put-right": "explicit", "being-valued": "inferred", "compensation": "explicit"}
        unknown = await office.desk.ask(case_id, "intake/demands", demand("revenge"))
        assert unknown.status_code == 422


@pytest.mark.practice("P030")
async def test_the_scope_is_the_version_that_the_complainant_said_yes_to(open_office: Open) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="热线查不到我的贷款。")
        first = {"statement": "loan not found", "next_step": "We look.", "next_by": "2026-03-03T12:00:00+08:00"}
        second = {
            "statement": "is my identity data safe?",
            "next_step": "We tell what the data check found.",
            "next_by": "2026-03-06T17:00:00+08:00",
        }
        await office.desk.do(case_id, "intake/problem-statements", first)
        await office.desk.do(case_id, "intake/problem-statements", second)
        assert "scope" not in await file_of(office, case_id, "intake", "problem")
        assert "next_step" not in await office.desk.show(case_id)
        older = {"version": 1, "channel": "phone"}
        assert await refused(office, case_id, "intake/problem-agreements", older) == "problem-restated"
        await office.desk.do(case_id, "intake/problem-agreements", {"version": 2, "channel": "phone"})
        problem = await file_of(office, case_id, "intake", "problem")
        assert problem["scope"] == 2
        assert [(each["version"], each["agreed"]) for each in problem["versions"]] == [(1, False), (2, True)]
        full = await opened(office, case_id, "problem-in-full")
        assert [each["statement"] for each in full["versions"]] == ["loan not found", "is my identity data safe?"]
        status = await office.desk.show(case_id)
        assert status["next_step"] == {
            "words": "We tell what the data check found.",
            "by": "2026-03-06T09:00:00.000000Z",
        }
        # Restating it moves nothing until there is a yes; a step without a time, or in the past, is refused.
        await office.desk.do(case_id, "intake/problem-statements", first)
        assert (await file_of(office, case_id, "intake", "problem"))["scope"] == 2
        assert (await office.desk.show(case_id))["next_step"] == status["next_step"]
        untimed = await office.desk.ask(case_id, "intake/problem-statements", {"statement": "x", "next_step": "y"})
        assert untimed.status_code == 422
        past = first | {"next_by": "2026-03-01T12:00:00+08:00"}
        assert await refused(office, case_id, "intake/problem-statements", past) == "next-step-in-the-past"


@pytest.mark.practice("P012")
async def test_one_item_is_settled_and_the_other_stays_open(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(words="6 of 50 cartons missing, parts crushed.")
        for kind in ("refund", "replacement"):
            await office.desk.do(case_id, "intake/demands", demand(kind))
        cartons = {"goods": "carton", "quantity": 6, "delivered": 50, "condition": "missing", "demand": 1}
        parts = {"goods": "part 零件", "quantity": 12, "delivered": 400, "condition": "damaged", "demand": 2}
        await office.desk.do(case_id, "intake/items", cartons)
        await office.desk.do(case_id, "intake/items", parts)
        sent = {"number": 2, "result": "replaced", "note": "New parts were sent by air."}
        await office.desk.do(case_id, "intake/item-results", sent)
        one, other = await file_of(office, case_id, "intake", "items")
        assert (one["goods"], one["quantity"], one["delivered"], one["state"]) == ("carton", 6, 50, "open")
        assert (one["condition"], one["demand"]) == ("missing", 1)
        assert (other["state"], other["result"], other["condition"], other["demand"]) == (
            "settled",
            "replaced",
            "damaged",
            2,
        )
        assert await refused(office, case_id, "intake/item-results", sent) == "item-already-settled"
        assert await refused(office, case_id, "intake/item-results", sent | {"number": 3}) == "not-numbered"
        assert await refused(office, case_id, "intake/items", cartons | {"quantity": 51}) == "more-than-delivered"
        assert await refused(office, case_id, "intake/items", cartons | {"demand": 3}) == "not-numbered"
