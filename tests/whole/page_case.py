"""A rich case for the page of a case: a desk without boards, by people with names, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.clocks.office import Office
from tests.whole.evidence_desk import item
from tests.whole.test_eight_d import LEADER, PROBLEM, SPONSOR, five_whys, measure, step
from tests.whole.test_promises import promises

from casework.shared.testing.desk import STEPS

WORDS = "书桌缺三块板，客服让我等了两周。 Three boards of the desk are missing."
STATEMENT = "The desk came without three boards and cannot be used."
PEOPLE = {"li-na": ("agent", 1), "chen-bo": ("lead", 2), "ann-wu": ("manager", 3), "zhao-min": ("manager", 3)}


@asynccontextmanager
async def speaking(office: Office, actor: str) -> AsyncIterator[None]:
    """What is done meanwhile, this one does."""
    role, rank = PEOPLE[actor]
    async with office.stack.client(await office.stack.key(actor=actor, role=role, rank=rank)) as http:
        before, office.desk.http = office.desk.http, http
        try:
            yield
        finally:
            office.desk.http = before


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


async def _do(office: Office, case_id: str, name: str, **body: Any) -> None:
    await office.desk.do(case_id, name, body or STEPS.get(name, {}))


async def received(office: Office) -> str:
    """The complaint with what is around it, and its assessment. Begins on 2 March."""
    case_id = await office.desk.receive(category="Furniture", channel="phone", source_reference="CR-1041", words=WORDS)
    async with speaking(office, "li-na"):
        await _do(office, case_id, "acknowledgement")
        refund = {"kind": "refund", "how": "explicit", "asked_directly": True, "amounts": [cny("3300.00")]}
        await _do(office, case_id, "intake/demands", **refund)
        await _do(office, case_id, "intake/demands", kind="apology", how="inferred", asked_directly=True)
        mine = {"number": 1, "urgency": "soon", "due_at": "2026-03-09T18:00:00+08:00", "owner": "ann-wu"}
        await _do(office, case_id, "intake/demand-owners", **mine)
        problem = {"statement": STATEMENT, "next_step": "我们检查包装线。", "next_by": "2026-03-06T17:00:00+08:00"}
        await _do(office, case_id, "intake/problem-statements", **problem)
        await _do(office, case_id, "intake/problem-agreements", version=1, channel="phone")
        await _do(office, case_id, "assessment")
        boards = {"goods": "board 木板", "quantity": 3, "delivered": 24, "condition": "missing", "demand": 1}
        await _do(office, case_id, "intake/items", **boards)
        await _do(office, case_id, "investigation-offer")
    return case_id


async def investigated(office: Office, case_id: str) -> None:
    """Taken on, looked into from the next day on with a quality report over two cases, and concluded."""
    other = await office.desk.receive(category="Furniture")
    await office.desk.walk(other, "investigation/acceptance")
    async with speaking(office, "chen-bo"):
        await _do(office, case_id, "investigation/acceptance", holder="chen-bo")
    await office.wait_until("2026-03-03")
    async with speaking(office, "chen-bo"):
        photograph = item("photograph", "complainant", what="开箱照片，24块板缺3块。")
        await _do(office, case_id, "investigation/evidence-items", **photograph)
        await _do(
            office, case_id, "investigation/evidence-items", **item("document", "organisation", what="Pack list.")
        )
        ruled = {"number": 1, "ruling": "valid", "reason": "The box number is in the picture."}
        await _do(office, case_id, "investigation/evidence-rulings", **ruled)
        task = {"what": "Weigh ten boxes.", "holder": "packing", "due_at": "2026-03-04T17:00:00+08:00"}
        await _do(office, case_id, "investigation/tasks", **task)
        finding = {
            **STEPS["investigation/findings"],
            "finding": "The box left without three boards.",
            "demand": 1,
            "evidence": [1, 2],
        }
        await _do(office, case_id, "investigation/findings", **finding)
        await _do(office, case_id, "investigation/report", title="Desks lack boards.")
        await _do(office, case_id, "investigation/report/cases", case=other)
        await step(office, case_id, "team", members=[LEADER, SPONSOR])
        await _do(office, case_id, "investigation/report/problem", problem=PROBLEM)
        await step(office, case_id, "containment", action="Boards sent today.", cases=[case_id, other])
        await step(office, case_id, "containment-verified", number=1, how="Both customers have them.")
        await five_whys(office, case_id, unproven=0)
        await step(office, case_id, "root-cause", number=5, test="Old list: fault. New list: none.")
        await measure(office, case_id)
        changes = [{"kind": "procedure", "reference": "P-12 v3"}]
        await step(office, case_id, "prevention", changes=changes, read_across=["Shelf S-2"])
        await step(office, case_id, "thanks", thanks="Thank you all. 谢谢大家。", article="lesson-0044")
        for discipline in (1, 2, 3):
            await step(office, case_id, "close", discipline=discipline)
        await office.wait_until("2026-03-05")
        concluded = {"outcome": "upheld", "summary": "The list of parts was old.", "cause": "An old list of parts."}
        await _do(office, case_id, "investigation/conclusion", **concluded)
        await _do(office, case_id, "investigation/resolution-offer")


async def decided(office: Office, case_id: str) -> None:
    """A remedy that the manager approved, a promise every week, and the decision."""
    async with speaking(office, "li-na"):
        await _do(office, case_id, "resolution/acceptance", holder="li-na")
        refund = {"kind": "refund", "description": "The price of the desk back.", "amount": cny("3300.00")}
        await _do(office, case_id, "resolution/remedies", **refund)
        apology = {"kind": "apology", "description": "A letter of the workshop."}
        await _do(office, case_id, "resolution/remedies", **apology)
        pack = {
            "facts": ["3,300.00 was paid on 2026-02-10."],
            "scenarios": ["They wait for the boards.", "They go to the regulator."],
            "options": [
                {"what": each, "cost": cny("3300.00"), "days": 3, "payer": "organisation", "risk": "Others ask too."}
                for each in ("All of it.", "A new desk.")
            ],
        }
        await _do(office, case_id, "resolution/approval-packs", **pack)
    async with speaking(office, "ann-wu"):
        await _do(office, case_id, "resolution/approvals", granted=True)
    async with speaking(office, "li-na"):
        await _do(office, case_id, "resolution/demand-answers", number=1, answer="met", evidence=[1])
        await _do(office, case_id, "resolution/demand-answers", number=2, answer="met", evidence=[1])
        series = {
            "kind": "other",
            "words": "每周告知维修进度。",
            "occurrences": [f"2026-03-{day:02}T17:00:00+08:00" for day in (6, 13, 20)],
            "owner": "li-na",
        }
        await _do(office, case_id, "resolution/promises", **series)
        first = (await promises(office, case_id))[0]["promise_id"]
        await _do(office, case_id, "resolution/kept-promises", promise_id=first, proof="Mail of 5 March.")
        await _do(office, case_id, "resolution/decision")


async def ended(office: Office, case_id: str) -> None:
    """An appeal that failed, a broken promise made good, and the end."""
    await office.wait_until("2026-03-16")
    async with speaking(office, "li-na"):
        await _do(office, case_id, "resolution/decision-appeals", grounds="The second visit was not looked at.")
    async with speaking(office, "zhao-min"):
        outcome = {"succeeded": False, "reason": "There was no second visit."}
        await _do(office, case_id, "resolution/decision-appeal-outcome", **outcome)
    async with speaking(office, "li-na"):
        for name in ("resolution/reply", "resolution/follow-up-offer", "follow-up/acceptance"):
            await _do(office, case_id, name)
        second = (await promises(office, case_id))[1]["promise_id"]
        await _do(office, case_id, "resolution/kept-promises", promise_id=second, proof="Mail of 16 March.")
        await _do(office, case_id, "follow-up/opinion-requests", channel="phone")
        await _do(office, case_id, "closure")
