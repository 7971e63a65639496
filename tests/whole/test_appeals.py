"""Appeals of complainants: in time or told the way outside, and judged by somebody else."""

from __future__ import annotations

import httpx2
import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.items import items

from casework.shared.testing.desk import STEPS

GROUNDS = {"grounds": "The second entry was not looked at."}


def code(answer: httpx2.Response) -> str:
    return str(answer.json()["type"].rpartition("/")[2])


async def decided(office: Office) -> str:
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, "resolution/decision")
    return case_id


async def ruled(office: Office) -> str:
    """A case between two parties that was ruled on, now."""
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, "investigation/findings")
    await items(office, case_id, "complainant")
    valid = {"number": 1, "ruling": "valid", "reason": "It shows both entries."}
    await office.desk.do(case_id, "investigation/evidence-rulings", valid)
    steps = list(STEPS)
    for step in steps[steps.index("investigation/conclusion") : steps.index("resolution/remedies") + 1]:
        await office.desk.do(case_id, step)
    invited = {"answer_by": "2026-03-03T18:00:00Z"}
    await office.desk.do(case_id, "resolution/negotiation-invitations", invited)
    await office.desk.do(case_id, "resolution/negotiation-results", {"result": "tried"})
    ruling = {
        "outcome": "not-upheld",
        "answer": "The fee stays with the shop.",
        "reasons": "The terms name both fees.",
        "complainant_by": "web",
        "respondent_by": "email",
    }
    await office.desk.do(case_id, "resolution/ruling", ruling)
    return case_id


@pytest.mark.practice("P095")
async def test_an_appeal_is_taken_on_the_last_day_and_judged_by_another(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id, late = await decided(office), await decided(office)
        await office.go_to("2026-04-01T23:59")
        await office.desk.do(case_id, "resolution/decision-appeals", GROUNDS)
        assert (await office.desk.show(case_id))["stage"] == "in-resolution"
        await office.go_to("2026-04-02T00:00")
        refused = await office.desk.ask(late, "resolution/decision-appeals", GROUNDS)
        assert (refused.status_code, code(refused)) == (409, "appeal-too-late")
        assert refused.json()["detail"].startswith("An appeal could be lodged up to and including 2026-04-01. ")
        assert "out of court" in refused.json()["detail"]
        assert "法院" in refused.json()["detail"]
        outcome = {"succeeded": False, "reason": "Both entries were looked at."}
        own = await office.desk.ask(case_id, "resolution/decision-appeal-outcome", outcome)
        assert (own.status_code, code(own)) == (409, "judge-was-involved")
        async with office.stack.client(await office.stack.key(actor="reviewer-2", rank=2)) as reviewer:
            office.desk.http, first = reviewer, office.desk.http
            await office.desk.do(case_id, "resolution/decision-appeal-outcome", outcome)
            office.desk.http = first
        assert (await office.desk.show(case_id))["stage"] == "decided"
        again = await office.desk.ask(case_id, "resolution/decision-appeals", GROUNDS)
        assert code(again) == "no-appeal-terms"


@pytest.mark.practice("P095")
async def test_a_ruling_between_parties_opens_an_appeal_as_a_decision_does(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id, late = await ruled(office), await ruled(office)
        await office.go_to("2026-04-01T23:59")
        await office.desk.do(case_id, "resolution/decision-appeals", GROUNDS)
        await office.go_to("2026-04-02T00:00")
        refused = await office.desk.ask(late, "resolution/decision-appeals", GROUNDS)
        assert (refused.status_code, code(refused)) == (409, "appeal-too-late")
        outcome = {"succeeded": False, "reason": "Both papers were looked at."}
        own = await office.desk.ask(case_id, "resolution/decision-appeal-outcome", outcome)
        assert code(own) == "judge-was-involved"


async def test_an_appeal_reopens_a_closed_case_and_its_success_brings_a_new_decision(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "closure")
        assert (await office.desk.show(case_id))["open"] is False
        await office.desk.do(case_id, "resolution/decision-appeals", GROUNDS)
        shown = await office.desk.show(case_id)
        assert (shown["open"], shown["stage"]) == (True, "in-resolution")
        waits = await office.desk.ask(case_id, "resolution/follow-up-offer")
        assert code(waits) == "appeal-waits"
        async with office.stack.client(await office.stack.key(actor="reviewer-2")) as reviewer:
            office.desk.http, first = reviewer, office.desk.http
            outcome = {"succeeded": True, "reason": "The second entry was overlooked."}
            await office.desk.do(case_id, "resolution/decision-appeal-outcome", outcome)
            office.desk.http = first
        await office.desk.do(case_id, "resolution/remedies")
        # Both refunds are on the ledger; the one of the decision that fell is not paid beside the new one.
        sent = {"proof": "Transfer 4711."}
        fallen = await office.desk.ask(case_id, "resolution/sent-remedies", sent | {"remedy": 1})
        assert (fallen.status_code, code(fallen)) == (409, "decision-has-fallen")
        await office.desk.do(case_id, "resolution/sent-remedies", sent | {"remedy": 2})
        received = {"remedy": 2, "kind": "payment-confirmation", "proof": "Bank advice 4711."}
        await office.desk.do(case_id, "resolution/received-remedies", received)
        for step in ("decision", "reply", "follow-up-offer"):
            await office.desk.do(case_id, f"resolution/{step}")
        await office.desk.do(case_id, "follow-up/acceptance")
        await office.desk.do(case_id, "closure")
        assert (await office.desk.show(case_id))["open"] is False


async def test_an_appeal_that_fails_does_not_bring_back_a_decision_that_was_contested(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await decided(office)
        await office.desk.do(case_id, "resolution/decision-appeals", GROUNDS)
        contested = {"reply": "contested", "channel": "phone", "reason": "The interest is missing."}
        await office.desk.do(case_id, "resolution/reply", contested)
        async with office.stack.client(await office.stack.key(actor="reviewer-2", rank=2)) as reviewer:
            office.desk.http, first = reviewer, office.desk.http
            outcome = {"succeeded": False, "reason": "Both entries were looked at."}
            await office.desk.do(case_id, "resolution/decision-appeal-outcome", outcome)
            office.desk.http = first
        assert (await office.desk.show(case_id))["stage"] == "in-resolution"
        too_soon = await office.desk.ask(case_id, "resolution/follow-up-offer")
        assert code(too_soon) == "no-decision"


async def test_an_appeal_needs_a_decision(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        early = await office.desk.ask(case_id, "resolution/decision-appeals", GROUNDS)
        assert code(early) == "no-decision"
        nothing = await office.desk.ask(
            case_id, "resolution/decision-appeal-outcome", {"succeeded": True, "reason": "None."}
        )
        assert code(nothing) == "no-decision-appeal"
