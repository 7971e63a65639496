"""The webhooks of an office: asked for over HTTP, and sent when the test says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx2
from tests.clocks.office import Office
from tests.webhooks.receiver import Came

from casework.followup.webhooks.dispatcher import Dispatcher, key_file_of, reach_of
from casework.followup.webhooks.gatherer import Gatherer
from casework.followup.webhooks.retries import Retries
from casework.followup.webhooks.sender import TIME_S, Sender
from casework.shared.runtime.service import ServiceRuntime


@dataclass
class Hooks:
    """`draw` draws each pause before a further try, from 0 to 1; a try may take `time_s`."""

    office: Office
    draw: float = 0.5
    time_s: float = TIME_S
    gatherer: Gatherer = field(init=False)

    def __post_init__(self) -> None:
        self.gatherer = Gatherer(self.runtime)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        runtime = self.runtime
        return Dispatcher(
            runtime.engine,
            Sender(reach_of(runtime.settings), time_s=self.time_s),
            key_file_of(runtime.settings),
            "test",
            runtime.metrics,
            Retries(draw=lambda: self.draw),
        )

    @property
    def runtime(self) -> ServiceRuntime:
        return self.office.stack.runtimes["followup"]

    @property
    def http(self) -> httpx2.AsyncClient:
        return self.office.desk.http

    async def post(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> httpx2.Response:
        headers = {"idempotency-key": key or str(uuid4())}
        return await self.http.post(f"/v1/webhooks{path}", json=body, headers=headers)

    async def make(self, url: str, *events: str, **filters: Sequence[str]) -> tuple[str, str]:
        """A new webhook: its id and its secret."""
        body = {"url": url, "filters": {"events": list(events or ("all",)), **filters}}
        answer = await self.post("", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.json()["secret"]

    async def shown(self, webhook: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/webhooks/{webhook}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def change(self, webhook: str, **fields: Any) -> dict[str, Any]:
        answer = await self.http.patch(f"/v1/webhooks/{webhook}", json=fields)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def log(self, webhook: str, **query: Any) -> list[dict[str, Any]]:
        """All deliveries, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            asked = {**query, **({} if cursor is None else {"cursor": cursor})}
            answer = await self.http.get(f"/v1/webhooks/{webhook}/deliveries", params=asked)
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            cursor = answer.json()["next"]
            if cursor is None:
                return found[::-1]

    async def send(self) -> int:
        """Make the deliveries there are to make, and send what is due. Returns the number of tries."""
        await self.gatherer.gather()
        return await self.dispatcher.deliver_due()

    async def pass_time(self, *, hours: float = 0, minutes: float = 0, step_minutes: float = 10) -> None:
        """Let time go by, sending what falls due on the way."""
        until = self.office.time.now + timedelta(hours=hours, minutes=minutes)
        while self.office.time.now < until:
            self.office.time.now = min(until, self.office.time.now + timedelta(minutes=step_minutes))
            await self.send()


async def events_of(hooks: Hooks, case_id: str) -> list[dict[str, Any]]:
    """Every event of a case, from the feeds of all four services, with its position."""
    answer = await hooks.http.get(f"/v1/cases/{case_id}/events")
    assert answer.status_code == 200, answer.text
    return [each["event"] | {"position": each["position"], "service": each["service"]} for each in answer.json()]


def in_case_order(came: Sequence[Came]) -> bool:
    """Whether, of each case, the versions of each service came in order and no effect before its cause."""
    last: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    causes = {each.event["data"]["event_id"] for each in came}
    for each in came:
        data = each.event["data"]
        key = (data["case_id"], data["service"])
        if data["version"] != last.get(key, 0) + 1:
            return False
        if data.get("caused_by") in causes - seen:
            return False
        last[key] = data["version"]
        seen.add(data["event_id"])
    return True
