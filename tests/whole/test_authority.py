"""Who may give how much: inside one's limit at once, beyond it the lowest rung that suffices, never oneself."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.whole.remedy_office import cny, counter, refund

PACK: dict[str, Any] = {
    "facts": ["3,300.00 was paid on 2026-01-12."],
    "scenarios": ["They go to the regulator.", "They take the middle."],
    "options": [
        {"what": "All of it.", "cost": cny("3300.00"), "days": 3, "payer": "organisation", "risk": "Others ask too."},
        {"what": "Two thirds.", "cost": cny("2000.00"), "days": 3, "payer": "organisation", "risk": "It goes on."},
    ],
}


@pytest.mark.practice("P072")
async def test_inside_the_limit_nothing_is_asked_and_beyond_it_who_suffices_is(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "remedies", **refund("150.00")) == (200, ["remedy-proposed"])
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "remedies", **refund("3300.00")) == (200, ["approval-asked"])
        (asked,) = (await at.file("approvals"))["asked"]
        assert (asked["role"], asked["ground"], asked["status"]) == ("manager", "over-limit", "open")
        # Blocked: there is no remedy, so no decision can go out with it.
        assert (await at.file("remedies"))["ledger"] == []
        assert await at.asked(
            at.agent, "decision", outcome="upheld", answer="We refund 3,300.00.", channel="phone"
        ) == (
            409,
            "no-remedy",
        )
        assert await at.asked(at.agent, "approvals", granted=True) == (409, "own-approval")
        assert await at.asked(at.lead, "approvals", granted=True) == (409, "not-high-enough")
        assert await at.asked(at.agent, "approval-packs", **PACK) == (200, ["approval-pack-brought"])
        assert await at.asked(at.manager, "approvals", granted=True) == (200, ["approval-given", "remedy-proposed"])
        (line,) = (await at.file("remedies"))["ledger"]
        assert (line["amount"], line["approval"]) == (cny("3300.00"), 1)


async def test_nobody_approves_what_they_asked_for_whatever_their_rank(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.lead, "remedies", **refund("2000.01")) == (200, ["approval-asked"])
        promoted = await office.stack.key(actor="lead-7", role="manager", rank=3)
        async with office.stack.client(promoted) as http:
            at.lead.http = http
            assert await at.asked(at.lead, "approvals", granted=True) == (409, "own-approval")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (refund("10000.01"), "beyond-every-limit"),
        (refund("0.00"), "amount-not-positive"),
        (refund("-5.00"), "amount-not-positive"),
        (refund("5.00") | {"amount": {"amount": "5", "currency": "XAF"}}, "currency-without-limit"),
    ],
)
async def test_what_nobody_may_give_is_refused_by_name(open_office: Open, body: dict[str, object], code: str) -> None:
    async with open_office() as office, counter(office) as at:
        assert await at.asked(at.agent, "remedies", **body) == (409, code)


async def test_a_promise_of_money_is_checked_before_it_is_made(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        promise = {"kind": "other", "words": "The money comes by Friday.", "due_at": "2026-03-06T16:00:00Z"}
        assert await at.asked(at.agent, "promises", **promise, amount=cny("200.00")) == (200, ["promise-made"])
        assert await at.asked(at.agent, "promises", **promise, amount=cny("200.01")) == (409, "beyond-authority")


async def test_who_has_a_stake_in_the_case_does_not_approve(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        stake = {"persons": ["lead-7"], "reason": "Sold the course."}
        await office.desk.do(at.case_id, "investigation/stakes", stake)
        await at.asked(at.agent, "remedies", **refund("201.00"))
        assert await at.asked(at.lead, "approvals", granted=True) == (409, "conflict-of-interest")
        assert await at.asked(at.manager, "approvals", granted=True) == (200, ["approval-given", "remedy-proposed"])


async def test_a_history_that_is_imported_asks_nobody(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        step = "resolution/remedies?occurred_at=2026-03-01T10:00:00Z"
        answer = await at.agent.ask(at.case_id, step, refund("3300.00"))
        assert answer.json()["events"] == ["casework.resolution.remedy-proposed.v1"]


async def test_an_approval_that_nobody_answers_climbs(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00") as office, counter(office) as at:
        await at.asked(at.agent, "remedies", **refund("201.00"))
        assert (await office.clock(at.case_id, "internal.approval"))["phase"] == "running"
        await office.wait_until("2026-03-02T16:00")
        assert (await office.clock(at.case_id, "internal.approval"))["phase"] == "expired"
        assert len(await office.events(at.case_id, "case-escalated")) == 1
        await at.asked(at.lead, "approvals", granted=True)
        met_late = await office.events(at.case_id, "clock-met-late")
        assert len(met_late) == 1


async def test_a_no_needs_a_reason_and_ends_the_question(open_office: Open) -> None:
    async with open_office() as office, counter(office) as at:
        await at.asked(at.agent, "remedies", **refund("201.00"))
        assert await at.asked(at.lead, "approvals", granted=False) == (409, "no-reason-given")
        refused = await at.asked(at.lead, "approvals", granted=False, reason="The rule gives 199.33.")
        assert refused == (200, ["approval-refused"])
        assert await at.asked(at.lead, "approvals", granted=True, number=1) == (409, "approval-already-decided")
        assert await at.asked(at.lead, "approvals", granted=True, number=2) == (409, "not-on-this-case")
