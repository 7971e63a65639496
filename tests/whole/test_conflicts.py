"""Nobody whom the complaint names, and nobody with a stake in it, investigates, decides, approves or reviews."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.evidence_desk import RULINGS, item
from tests.whole.remedy_office import Counter, cny, counter, refund

from casework.shared.testing.desk import STEPS, Desk

CLERK = {"clerk": {"said": "柜员，工号0417", "staff": ["clerk-0417"]}}
DECISION = {"outcome": "upheld", "answer": "You were right.", "channel": "letter", "reasons": "The log says so."}
BARRED = (409, "conflict-of-interest")


@asynccontextmanager
async def as_clerk(office: Office) -> AsyncIterator[Desk]:
    """The desk as clerk 0417 uses it, with every right and the highest rank that a key can have."""
    stack = office.stack
    async with stack.client(await stack.key(actor="clerk-0417", role="manager", rank=3)) as http:
        yield Desk(http, stack.settle)


async def carded(office: Office, until: str) -> str:
    """A case walked until there, on whose card the clerk stands."""
    case_id = await office.desk.receive()
    await office.desk.do(case_id, "intake/card", CLERK)
    await office.desk.walk(case_id, until)
    return case_id


async def refuse(desk: Desk, case_id: str, step: str, body: Mapping[str, Any] | None = None) -> None:
    answer = await desk.ask(case_id, step, body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict-of-interest"), (step, answer.text)
    assert "clerk-0417" in answer.json()["detail"].casefold()


@pytest.mark.practice("P054")
async def test_the_clerk_on_the_card_is_not_made_the_investigator(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await carded(office, "investigation-offer")
        await refuse(office.desk, case_id, "investigation/acceptance", {"holder": "clerk-0417"})
        await office.desk.do(case_id, "investigation/acceptance", {"holder": "Mei Lin"})
        await refuse(office.desk, case_id, "investigation/assignment", {"holder": "CLERK-0417 ", "reason": "Free."})
        evidence = item("statement", "complainant")
        await office.desk.do(case_id, "investigation/evidence-items", evidence)
        async with as_clerk(office) as clerk:
            for step in ("findings", "conclusion"):
                await refuse(clerk, case_id, f"investigation/{step}", STEPS[f"investigation/{step}"])
            await refuse(clerk, case_id, RULINGS, {"number": 1, "ruling": "invalid", "reason": "Not ours."})
            shares = {"damage": cny("100.00"), "shares": [{"bearer": "us", "percent": 100}]}
            await refuse(clerk, case_id, "investigation/shares", shares)
        await office.desk.do(case_id, "investigation/findings")


@pytest.mark.practice("P054")
async def test_the_clerk_on_the_card_neither_approves_the_remedy_nor_decides(open_office: Open) -> None:
    async with open_office() as office, waiting(office) as at, as_clerk(office) as clerk:
        # An agent asks for more than an agent may give, so that it waits for somebody else's yes.
        assert await at.asked(at.agent, "remedies", **refund("1500.00")) == (200, ["approval-asked"])
        assert await at.asked(clerk, "approvals", granted=True) == BARRED
        assert await at.asked(clerk, "approvals", granted=False, reason="No.") == BARRED
        assert await at.asked(at.manager, "approvals", granted=True) == (200, ["approval-given", "remedy-proposed"])
        # What is within one's own limits is approved by proposing it.
        assert await at.asked(clerk, "remedies", kind="apology", description="A letter.") == BARRED
        assert await at.asked(clerk, "decision", **DECISION) == BARRED
        await at.asked(at.agent, "statements", statement="S-1", topics=["fee"], text="The fee was taken twice.")
        assert await at.asked(clerk, "statement-approvals", statement="S-1", version=1) == BARRED
        permission = {"action": "police", "reason": "He shouted."}
        assert await at.asked(clerk, "outside-permissions", **permission) == BARRED


@pytest.mark.practice("P054")
async def test_the_clerk_on_the_card_reviews_neither_an_appeal_nor_a_sanction(open_office: Open) -> None:
    async with open_office() as office, waiting(office) as at, as_clerk(office) as clerk:
        assert await at.asked(at.agent, "remedies", kind="apology", description="A letter.") == (
            200,
            ["remedy-proposed"],
        )
        assert (await at.asked(at.agent, "decision", **DECISION))[0] == 200
        assert (await at.asked(at.agent, "decision-appeals", grounds="Look again."))[0] == 200
        outcome = {"succeeded": False, "reason": "All was looked at."}
        assert await at.asked(clerk, "decision-appeal-outcome", **outcome) == BARRED
        assert (await at.asked(at.manager, "decision-appeal-outcome", **outcome))[0] == 200

        sanction = {"party": "shop-1", "kind": "shop-down", "ground": "Not sent.", "starts_on": "2026-03-02"}
        assert await at.asked(clerk, "sanctions", **sanction) == BARRED
        assert (await at.asked(at.lead, "sanctions", **sanction))[0] == 200
        assert (await at.asked(at.agent, "sanction-appeals", grounds="They were sent."))[0] == 200
        for end in ("sanction-confirmations", "sanction-reversals"):
            assert await at.asked(clerk, end, reason="Looked at.") == BARRED
        assert (await at.asked(at.manager, "sanction-confirmations", reason="Looked at."))[0] == 200

        measure = {"party": "shop-1", "what": "Limited.", "reason": "Proof.", "sanction": "Closed."}
        assert await at.asked(clerk, "measures", notified_by="email", **measure) == BARRED
        assert (await at.asked(at.agent, "measures", notified_by="email", **measure))[0] == 200
        assert (await at.asked(at.agent, "appeals", grounds="A licence."))[0] == 200
        assert await at.asked(clerk, "appeal-decisions", succeeded=True, reason="A licence.") == BARRED
        assert (await at.asked(at.lead, "appeal-decisions", succeeded=True, reason="A licence."))[0] == 200


async def test_who_is_no_longer_on_the_card_may_approve(open_office: Open) -> None:
    async with open_office() as office, waiting(office) as at, as_clerk(office) as clerk:
        await office.desk.do(at.case_id, "intake/card", {"clerk": {"said": "柜员，工号0517", "staff": ["clerk-0517"]}})
        assert await at.asked(clerk, "remedies", **refund("100.00")) == (200, ["remedy-proposed"])


@asynccontextmanager
async def waiting(office: Office) -> AsyncIterator[Counter]:
    """A case before resolution, on whose card the clerk stands."""
    async with counter(office) as at:
        await office.desk.do(at.case_id, "intake/card", CLERK)
        yield at
