"""What people get wrong, refused by name: money that nobody can ask for, what is over already, two at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.remedy_office import counter, refund

from casework.shared.testing.desk import STEPS, Desk

OVER = {
    "acknowledgement": "complaint-already-acknowledged",
    "assessment": "complaint-already-assessed",
    "investigation-offer": "hand-off-already-offered",
    "investigation/acceptance": "hand-off-already-accepted",
    "investigation/findings": "investigation-already-concluded",
    "investigation/conclusion": "investigation-already-concluded",
    "investigation/resolution-offer": "hand-off-already-offered",
    "resolution/acceptance": "resolution-has-the-work",
    "resolution/remedies": "decision-already-communicated",
    "resolution/decision": "decision-already-communicated",
    "resolution/reply": "decision-already-accepted",
    "resolution/follow-up-offer": "hand-off-already-offered",
    "follow-up/acceptance": "case-is-closed",
    "closure": "case-is-closed",
}
"""What each step of the usual way is refused with once the case is closed."""


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def told(desk: Desk, case_id: str, step: str, body: dict[str, Any] | None = None) -> str:
    answer = await desk.ask(case_id, step, body)
    assert answer.status_code in (409, 422), (step, answer.text)
    return str(answer.json()["type"].rpartition("/")[2])


async def recorded(office: Office, case_id: str) -> int:
    return len((await office.desk.http.get(f"/v1/cases/{case_id}/events")).json())


MONEY = [
    ([money("0.00")], "amount-not-positive"),
    ([money("-3300.00")], "amount-not-positive"),
    ([money("3300.00", "XXA")], "unknown-currency"),
    ([money("3300.00"), money("10.00")], "currency-twice"),
]
NO_NUMBERS: list[object] = ["12.5.0", "1e3", "NaN", "", "12,50", 12.5]


async def test_money_that_nobody_can_ask_for_is_refused_by_name(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        before = await recorded(office, at.case_id)
        for amounts, code in MONEY:
            demand = {"kind": "compensation", "how": "explicit", "asked_directly": True, "amounts": amounts}
            assert await told(office.desk, at.case_id, "intake/demands", demand) == code, amounts
            if len(amounts) == 1:
                price = {"goods": {"what": "书柜", "price": amounts[0]}}
                assert await told(office.desk, at.case_id, "intake/card", price) == code, amounts
        for amount in NO_NUMBERS:
            body = {"kind": "refund", "description": "We refund.", "amount": {"amount": amount, "currency": "CNY"}}
            answer = await at.agent.ask(at.case_id, "resolution/remedies", body)
            assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-message"), amount
            assert answer.json()["errors"][0]["pointer"].startswith("/amount")
        assert await recorded(office, at.case_id) == before


async def test_every_step_on_a_closed_case_is_refused_and_records_nothing(open_office: Open) -> None:
    assert list(OVER) == list(STEPS)
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "closure")
        before = await recorded(office, case_id)
        assert {step: await told(office.desk, case_id, step) for step in STEPS} == OVER
        assert await recorded(office, case_id) == before


@pytest.mark.parametrize("until", ["acknowledgement", "resolution/remedies"])
async def test_every_step_on_a_withdrawn_case_is_refused_and_records_nothing(open_office: Open, until: str) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, until)
        await office.desk.do(case_id, "withdrawal", {"reason": "Settled at the shop.", "channel": "phone"})
        before = await recorded(office, case_id)
        for step in STEPS:
            answer = await office.desk.ask(case_id, step)
            if answer.status_code == 404:
                assert until == "acknowledgement", step
                continue
            code = answer.json()["type"].rpartition("/")[2]
            assert (answer.status_code, code) in {
                (409, "complaint-is-withdrawn"),
                (409, "investigation-is-discontinued"),
                (409, "withdrawal-was-honoured"),
                (409, "case-is-closed"),
                (409, "hand-off-not-offered"),
            }, (step, answer.text)
        assert await recorded(office, case_id) == before


async def test_of_two_who_decide_at_once_one_is_told_the_version_that_there_is_now(open_office: Open) -> None:
    async with open_office() as office, counter(office, until="resolution/remedies") as at:
        answer = await at.agent.http.get(f"/v1/cases/{at.case_id}/events")
        version = sum(each["service"] == "resolution" for each in answer.json())
        decision = dict(STEPS["resolution/decision"])
        refuses = decision | {"outcome": "not-upheld", "answer": "The fee stands."}
        both = await asyncio.gather(
            at.lead.ask(at.case_id, "resolution/decision", decision, if_match=f'"resolution:{version}"'),
            at.manager.ask(at.case_id, "resolution/decision", refuses, if_match=f'"resolution:{version}"'),
        )
        done, late = sorted(both, key=lambda each: each.status_code)
        assert (done.status_code, late.status_code) == (200, 412)
        assert late.json()["type"] == "/problems/version-changed"
        assert f"version {done.json()['version']} in resolution, not {version}" in late.json()["detail"]
        given = [each for each in await office.desk.types(at.case_id, "resolution") if each.startswith("decision-")]
        assert given == ["decision-communicated.v1"]
        # Read again, it is refused for what it is.
        again = await at.manager.ask(
            at.case_id, "resolution/decision", refuses, if_match=f'"resolution:{done.json()["version"]}"'
        )
        assert again.json()["type"] == "/problems/decision-already-communicated"


async def test_of_two_who_approve_at_once_one_is_told_that_it_is_decided(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "remedies", **refund("1500.00")) == (200, ["approval-asked"])
        both = await asyncio.gather(
            at.lead.ask(at.case_id, "resolution/approvals", {"granted": True}),
            at.manager.ask(at.case_id, "resolution/approvals", {"granted": False, "reason": "Too much."}),
        )
        done, late = sorted(both, key=lambda each: each.status_code)
        assert (done.status_code, late.status_code) == (200, 409)
        assert late.json()["type"] in ("/problems/approval-already-decided", "/problems/nothing-open")
