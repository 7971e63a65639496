"""A case that waits for its remedy, and the people of the desk: agent 7, a lead and a manager, each with a key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.clocks.office import Office

from casework.shared.testing.desk import Desk

RANKS = {"agent": 1, "lead": 2, "manager": 3}


def cny(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def refund(amount: str, **more: object) -> dict[str, Any]:
    return {"kind": "refund", "description": f"We refund {amount}.", "amount": cny(amount)} | more


@dataclass(slots=True)
class Counter:
    """A case before resolution, and who acts on it."""

    office: Office
    case_id: str
    agent: Desk
    lead: Desk
    manager: Desk

    async def asked(self, desk: Desk, step: str, **body: Any) -> tuple[int, str | list[str]]:
        """What comes of a step of resolution: 200 and the events' names, or the status and the refusal's code."""
        answer = await desk.ask(self.case_id, f"resolution/{step}", body)
        await self.office.stack.settle()
        found = answer.json()
        if answer.status_code == 200:
            return 200, [name.split(".")[2] for name in found["events"]]
        return answer.status_code, found["type"].rpartition("/")[2]

    async def told(self, desk: Desk, step: str, **body: Any) -> str:
        """The words of the refusal of a step."""
        answer = await desk.ask(self.case_id, f"resolution/{step}", body)
        assert answer.status_code in (409, 422), answer.text
        return str(answer.json()["detail"])

    async def file(self, part: str, desk: Desk | None = None) -> Any:
        """A part of resolution's file that everybody may read."""
        answer = await (desk or self.agent).http.get(f"/v1/cases/{self.case_id}/files/resolution")
        assert answer.status_code == 200, answer.text
        return answer.json()["file"][part]

    async def opened(self, desk: Desk, part: str) -> tuple[int, Any]:
        """A restricted part of it, opened."""
        path = f"/v1/cases/{self.case_id}/files/resolution/openings"
        answer = await desk.post(path, {"part": part, "purpose": "To decide."})
        return answer.status_code, answer.json().get("file")


@asynccontextmanager
async def counter(office: Office, until: str = "resolution/acceptance", **fields: object) -> AsyncIterator[Counter]:
    """A new case, walked until there, with the three of them; `fields` are the complaint's."""
    case_id = await office.desk.receive(**fields)
    await office.desk.walk(case_id, until)
    stack = office.stack
    keys = [await stack.key(actor=f"{role}-7", role=role, rank=rank) for role, rank in RANKS.items()]
    async with stack.client(keys[0]) as one, stack.client(keys[1]) as two, stack.client(keys[2]) as three:
        desks = (Desk(each, stack.settle) for each in (one, two, three))
        yield Counter(office, case_id, *desks)
