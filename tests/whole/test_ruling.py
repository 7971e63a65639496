"""Deciding about demands and between parties: on evidence, version by version, and only after an invitation to talk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.items import items

from casework.shared.testing.desk import STEPS

HELD = {"amount": "3300.00", "currency": "CNY"}
RULING: Mapping[str, Any] = {
    "outcome": "not-upheld",
    "answer": "卖家的发货凭证有效，货款3300.00元划给卖家。 The money goes to the seller.",
    "reasons": "The photographs show another article; the shipping papers are in order.",
    "held": HELD,
    "money": [{"to": "respondent", "amount": HELD}],
    "complainant_by": "web",
    "respondent_by": "email",
}


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, Any]) -> tuple[str, str]:
    answer = await office.desk.ask(case_id, step, body)
    assert answer.status_code == 409, answer.text
    return answer.json()["type"].removeprefix("/problems/"), answer.json()["detail"]


async def part(office: Office, case_id: str, name: str) -> Any:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
    assert answer.status_code == 200, answer.text
    return answer.json()["file"][name]


async def walk_on(office: Office, case_id: str, until: str, after: str) -> None:
    steps = list(STEPS)
    for step in steps[steps.index(after) + 1 : steps.index(until) + 1]:
        await office.desk.do(case_id, step)


def demand(kind: str, number: int | None = None) -> Mapping[str, Any]:
    stated = {"kind": kind, "how": "explicit", "asked_directly": True}
    return stated if number is None else {**stated, "number": number}


@pytest.mark.practice("P080")
async def test_three_applications_are_answered_in_one_case_and_a_bare_refusal_is_none(open_office: Open) -> None:
    async with open_office(zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="颜色不对，要求退款。")
        await office.desk.walk(case_id, "investigation/acceptance")
        await office.desk.do(case_id, "intake/demands", demand("refund"))
        await items(office, case_id, *["respondent"] * 7)
        answers = "resolution/demand-answers"
        by = {"number": 1, "by": "respondent"}
        assert (await refused(office, case_id, answers, {**by, "answer": "refused"}))[0] == "refusal-without-reason"
        reason = "The colour is the one that was ordered."
        bare = {**by, "answer": "refused", "reason": reason}
        assert (await refused(office, case_id, answers, bare))[0] == "refusal-without-evidence"
        code, detail = await refused(office, case_id, answers, {**bare, "evidence": [4, 8, 9]})
        assert (code, "numbers 8, 9;" in detail) == ("unknown-evidence", True)
        await office.desk.do(case_id, answers, {**bare, "evidence": [4, 7]})
        await office.desk.do(case_id, "intake/demand-changes", demand("replacement", 1))
        await office.desk.do(case_id, answers, {**bare, "evidence": [4]})
        await office.desk.do(case_id, "intake/demand-changes", demand("refund", 1))
        await office.desk.do(case_id, answers, {"number": 1, "answer": "met", "by": "adjudicator", "evidence": [7]})
        (one,) = (await part(office, case_id, "demands"))["demands"]
        before = [(each["version"], each["answer"], each["by"]) for each in one["answers_before"]]
        assert before == [(1, "refused", "respondent"), (2, "refused", "respondent")]
        assert (one["answer"]["version"], one["answer"]["answer"], one["answer"]["by"]) == (3, "met", "adjudicator")
        assert one["answers_before"][0]["evidence"] == [4, 7]


@pytest.mark.practice("P082")
async def test_a_final_answer_without_the_third_demand_is_not_sent(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        for kind in ("refund", "apology", "correction"):
            await office.desk.do(case_id, "intake/demands", demand(kind))
        await office.desk.walk(case_id, "resolution/remedies")
        for number in (1, 2):
            await office.desk.do(case_id, "resolution/demand-answers", {"number": number, "answer": "met"})
        code, detail = await refused(office, case_id, "resolution/decision", STEPS["resolution/decision"])
        assert code == "demand-unanswered"
        assert "number 3 has no answer" in detail
        await office.desk.do(case_id, "resolution/demand-answers", {"number": 3, "answer": "met"})
        await office.desk.do(case_id, "resolution/decision")


async def to_the_ruling(office: Office, rulings: Sequence[str]) -> str:
    """A case with the buyer's photographs and the seller's papers before resolution, as they were ruled on."""
    case_id = await office.desk.receive(words="收到的货与订单不符。")
    await office.desk.walk(case_id, "investigation/findings")
    await items(office, case_id, "complainant", "respondent")
    for number, ruling in enumerate(rulings, start=1):
        ruled = {"number": number, "ruling": ruling, "reason": "It shows another article." if number == 1 else "Good."}
        await office.desk.do(case_id, "investigation/evidence-rulings", ruled)
    await walk_on(office, case_id, "resolution/remedies", "investigation/findings")
    return case_id


@pytest.mark.practice("P081")
async def test_one_ruling_says_everything_after_the_talk_was_declined(open_office: Open) -> None:
    async with open_office(now="2026-03-02T18:00", zone="Asia/Shanghai") as office:
        case_id = await to_the_ruling(office, ["invalid", "valid"])
        assert (await refused(office, case_id, "resolution/ruling", RULING))[0] == "negotiation-missing"
        invited = {"answer_by": "2026-03-03T18:00:00+08:00"}
        await office.desk.do(case_id, "resolution/negotiation-invitations", invited)
        assert (await refused(office, case_id, "resolution/ruling", RULING))[0] == "negotiation-open"
        assert (await refused(office, case_id, "resolution/decision", STEPS["resolution/decision"]))[0] == (
            "negotiation-open"
        )
        await office.go_to("2026-03-02T18:20")
        declined = {"result": "declined", "party": "respondent"}
        await office.desk.do(case_id, "resolution/negotiation-results", declined)
        await office.go_to("2026-03-02T19:00")
        done = await office.desk.do(case_id, "resolution/ruling", RULING)
        assert done.json()["events"] == [
            "casework.resolution.parties-ruled.v1",
            "casework.resolution.decision-communicated.v1",
        ]
        shown = await part(office, case_id, "ruling")
        assert shown["talks"][0]["ended_at"] == "2026-03-02T10:20:00.000000Z"
        ruled = shown["ruling"]["ruled"]
        assert (ruled["outcome"], ruled["after"]) == ("not-upheld", "declined")
        assert [(each["given_by"], each["ruling"]) for each in ruled["items"]] == [
            ("complainant", "invalid"),
            ("respondent", "valid"),
        ]
        assert ruled["money"] == [{"to": "respondent", "amount": HELD}]
        assert ruled["notices"] == [
            {"to": "complainant", "channel": "web"},
            {"to": "respondent", "channel": "email"},
        ]
        assert (await office.desk.show(case_id))["decision"] == "not-upheld"


@pytest.mark.practice("P081")
async def test_an_invitation_that_nobody_answers_is_over_by_its_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02T18:00", zone="Asia/Shanghai") as office:
        case_id = await to_the_ruling(office, ["invalid", "valid"])
        invited = {"answer_by": "2026-03-03T18:00:00+08:00"}
        await office.desk.do(case_id, "resolution/negotiation-invitations", invited)
        await office.go_to("2026-03-03T17:59")
        assert (await refused(office, case_id, "resolution/ruling", RULING))[0] == "negotiation-open"
        await office.go_to("2026-03-03T18:00")
        await office.desk.do(case_id, "resolution/ruling", RULING)
        assert (await part(office, case_id, "ruling"))["ruling"]["ruled"]["after"] == "expired"


@pytest.mark.parametrize(
    ("money", "said"),
    [
        ([{"to": "respondent", "amount": {"amount": "3300.01", "currency": "CNY"}}], "3300.01"),
        ([{"to": "respondent", "amount": {"amount": "3300.00", "currency": "USD"}}], "not USD"),
        ([{"to": "respondent", "amount": {"amount": "-3300.00", "currency": "CNY"}}], "more than zero"),
        ([{"to": "respondent", "amount": {"amount": "3000.00", "currency": "CNY"}}], "3000.00 would be moved"),
        ([], "would be moved"),
    ],
)
async def test_a_ruling_moves_what_is_held_and_rests_on_evidence_that_was_ruled_on(
    open_office: Open, money: list[Mapping[str, Any]], said: str
) -> None:
    async with open_office(now="2026-03-02T18:00", zone="Asia/Shanghai") as office:
        case_id = await to_the_ruling(office, ["invalid"])
        invited = {"answer_by": "2026-03-03T18:00:00+08:00"}
        await office.desk.do(case_id, "resolution/negotiation-invitations", invited)
        await office.desk.do(case_id, "resolution/negotiation-results", {"result": "tried"})
        code, detail = await refused(office, case_id, "resolution/ruling", {**RULING, "money": money})
        assert (code, said in detail) == ("money-not-moved", True)
        code, detail = await refused(office, case_id, "resolution/ruling", RULING)
        assert (code, "items 2 are worth" in detail) == ("evidence-not-ruled", True)
