"""No gate opens by a business time that everybody may give: what is refused now is refused of a moment ago."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import httpx2
from tests.api.test_staff_refusals import ON_THE_WAY, problem

from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.types import rfc3339
from casework.shared.testing.desk import STEPS, Body, Desk
from casework.shared.testing.stack import Stack

Gated = tuple[str, Body, str]
"""A step, a body that a gate refuses, and the code of the refusal. None of them is asked of an imported history."""

REPRESENTATIVE: Body = {"role": "heir", "name": "B. Example"}
GATED: Mapping[str, Sequence[Gated]] = {
    "received": [
        ("acknowledgement", {"channel": "phone", "next_step": "We call back."}, "acknowledgement-incomplete"),
        ("withdrawal", {"reason": "Enough.", "channel": "phone", "representative": 1}, "authority-missing"),
    ],
    "acknowledgement": [("assessment", {**STEPS["assessment"], "track": "prepare"}, "cooling-not-planned")],
    "investigation/acceptance": [
        ("investigation/findings", {"finding": "Taken twice.", "side": "organisation"}, "side-unheard"),
        (
            "investigation/tasks",
            {"what": "A list.", "holder": "X", "due_at": "2026-01-01T08:00:00Z"},
            "task-due-in-the-past",
        ),
    ],
    "resolution/remedies": [
        (
            "resolution/decision",
            {"outcome": "upheld", "answer": "You were right.", "channel": "letter"},
            "decision-without-reasons",
        ),
    ],
    "follow-up/acceptance": [
        ("closure", {"reason": "Done.", "skipped": STEPS["closure"]["skipped"]}, "four-rs-missing"),
        (
            "closure",
            {"reason": "Done.", "four_rs": STEPS["closure"]["four_rs"], "thanked": True},
            "reason-for-skipping-missing",
        ),
        ("closure", {"reason": "Nothing was heard.", "outcome": "silent"}, "not-silent"),
    ],
}
"""What gates refuse after each step of the usual way."""

GIVEN_OR_NOT = re.compile(r"occurred_at is (?:not )?None")
SAYS_WHEN = {
    "intake/domain/stages.py": "a time before the receipt, whoever tells it",
    "intake/queries.py": "a receipt bears a time only where it was backdated",
    "followup/consumers.py": "a receipt bears a time only where it was backdated",
    "followup/webhooks/payload.py": "a copy of the envelope",
}
"""Where it may matter that a time was given at all, and why that opens nothing."""


async def test_what_is_refused_now_is_refused_of_a_moment_ago(stack: Stack, desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.do(case_id, "representatives", REPRESENTATIVE)
    async with stack.client(await stack.key("staff:write")) as clerk:
        for step in ("received", *STEPS):
            if step != "received":
                await desk.do(case_id, step)
            refused = [*GATED.get(step, ())]
            refused += [(each, body or STEPS[each], code) for each, body, _, code in ON_THE_WAY.get(step, ())]
            before = await desk.http.get(f"/v1/cases/{case_id}/events")
            for each, body, code in refused:
                problem(await _ask(clerk, case_id, each, body), code)
                ago = rfc3339(datetime.now(UTC) - timedelta(minutes=2))
                problem(await _ask(clerk, case_id, each, body, occurred_at=ago), code)
            after = await desk.http.get(f"/v1/cases/{case_id}/events")
            assert before.json() == after.json(), step


def test_no_gate_asks_whether_a_time_was_given() -> None:
    """Whether it lies in the past is asked: `is_backdated`, or `tells_of_the_past`."""
    found = set()
    for service in SERVICES:
        (root,) = import_module(f"casework.{service}").__path__
        for path in Path(root).rglob("*.py"):
            if GIVEN_OR_NOT.search(path.read_text(encoding="utf-8")):
                found.add(f"{service}/{path.relative_to(root).as_posix()}")
    assert found == set(SAYS_WHEN)


async def _ask(http: httpx2.AsyncClient, case_id: str, step: str, body: Body, **query: str) -> httpx2.Response:
    headers = {"idempotency-key": str(uuid4())}
    return await http.post(f"/v1/cases/{case_id}/{step}", params=query, json=body, headers=headers)
