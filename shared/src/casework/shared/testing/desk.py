"""The staff of all four services at one desk: every step of a case over HTTP, as one caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from uuid import uuid4

import httpx2

Body: TypeAlias = Mapping[str, Any]

STEPS: Mapping[str, Body] = {
    "acknowledgement": {
        "channel": "phone",
        "next_step": "We call back by Friday.",
        "problem": "The annual fee was taken twice.",
        "demand": "One of the two fees back.",
        "next_step_by": "2036-06-30",
        "reach": "+44 20 7946 0018",
    },
    "assessment": {
        "severity": "medium",
        "complexity": "simple",
        "safety": False,
        "immediate_action": False,
        "reason": "One fee, documented.",
    },
    "investigation-offer": {"reason": "Assessed.", "ready": ["complaint", "assessment"], "open": ["finding"]},
    "investigation/acceptance": {},
    "investigation/findings": {
        "finding": "年费被扣取两次。 The fee was taken twice.",
        "side": "organisation",
        "sides_heard": ["complainant", "organisation"],
    },
    "investigation/conclusion": {
        "outcome": "upheld",
        "summary": "The second fee had no ground.",
        "cause": "The job that books the fee ran twice.",
    },
    "investigation/resolution-offer": {"reason": "The cause is known.", "ready": ["finding"], "open": ["decision"]},
    "resolution/acceptance": {},
    "resolution/remedies": {
        "kind": "refund",
        "description": "Give the second fee back.",
        "amount": {"amount": "12.50", "currency": "GBP"},
    },
    "resolution/decision": {
        "outcome": "upheld",
        "answer": "You were right; the fee comes back.",
        "channel": "letter",
        "reasons": "The terms allow one annual fee, and two were taken.",
    },
    "resolution/reply": {"reply": "accepted", "channel": "phone"},
    "resolution/follow-up-offer": {"reason": "The reply is in.", "ready": ["decision"], "open": ["closing"]},
    "follow-up/acceptance": {},
    "closure": {
        "reason": "The refund has arrived.",
        "thanked": True,
        "four_rs": [
            {"r": "regret", "done": "We apologised by letter."},
            {"r": "reform", "excused": "One fee, booked by hand; nothing to change."},
            {"r": "restitution", "done": "The second fee was given back."},
            {"r": "recovery", "excused": "The account goes on as before."},
        ],
        # What holds of none that was done: a case that was withdrawn early and reopened has left out what came before.
        "skipped": [
            {"procedure": "judge", "reason": "It was withdrawn before that."},
            {"procedure": "cause-and-responsibility", "reason": "It was withdrawn before that."},
            {"procedure": "sanction", "reason": "A job ran twice; nobody was at fault."},
        ],
    },
}
"""One complaint from its receipt to its closing: each step's path below the case, and a body for it, in order."""


class Desk:
    """Who posts complaints and does the steps. `settle` lets the events of each step reach all services."""

    def __init__(self, http: httpx2.AsyncClient, settle: Callable[[], Awaitable[None]]) -> None:
        self.http = http
        self._settle = settle

    async def receive(self, **fields: object) -> str:
        """Post a new complaint, known to all services afterwards. Returns its case id."""
        answer = await self.post("/v1/complaints", complaint(**fields))
        assert answer.status_code == 201, answer.text
        await self._settle()
        return str(answer.json()["case_id"])

    async def receive_again(self, **fields: object) -> str:
        """Post what becomes a case that there is. Returns its id."""
        answer = await self.post("/v1/complaints", complaint(**fields))
        assert answer.status_code == 200, answer.text
        await self._settle()
        return str(answer.json()["case_id"])

    async def post(self, path: str, body: Body, **headers: str) -> httpx2.Response:
        """POST `body` as something new, unless `headers` name an Idempotency-Key."""
        sent = {"idempotency-key": str(uuid4())} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=body, headers=sent)

    async def ask(self, case_id: str, step: str, body: Body | None = None, **headers: str) -> httpx2.Response:
        """Ask for a step of the case, by default with its body in `STEPS`; whatever comes of it."""
        return await self.post(f"/v1/cases/{case_id}/{step}", STEPS[step] if body is None else body, **headers)

    async def do(self, case_id: str, step: str, body: Body | None = None, **headers: str) -> httpx2.Response:
        """Do a step of the case, and let everybody know of it."""
        answer = await self._done(case_id, step, body, **headers)
        await self._settle()
        return answer

    async def _done(self, case_id: str, step: str, body: Body | None = None, **headers: str) -> httpx2.Response:
        answer = await self.ask(case_id, step, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer

    async def walk(self, case_id: str, until: str) -> None:
        """Do every step from the first to `until`."""
        for step in STEPS:
            # What is offered has to get there before it can be accepted; the rest may travel later.
            await (self.do if step.endswith("-offer") or step == until else self._done)(case_id, step)
            if step == until:
                return

    async def show(self, case_id: str) -> dict[str, Any]:
        """Where the case stands."""
        answer = await self.http.get(f"/v1/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def types(self, case_id: str, service: str) -> list[str]:
        """The types of what one service has recorded of the case, without `casework.<service>.`, in order."""
        answer = await self.http.get(f"/v1/cases/{case_id}/events")
        assert answer.status_code == 200, answer.text
        before = f"casework.{service}."
        return [each["event"]["type"].removeprefix(before) for each in answer.json() if each["service"] == service]


def complaint(**fields: object) -> Body:
    """A complaint that nobody has posted before, with `fields` in place of what is usual."""
    usual: dict[str, object] = {
        "source": "crm",
        "source_reference": str(uuid4()),
        "channel": "web",
        "language": "zh",
        "category": "Credit card",
        "words": "年费被重复扣取，无人回复。",
        "wish": "请退还多扣的年费。",
        "complainant": {"name": "A. Example"},
    }
    return usual | fields
