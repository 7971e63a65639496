"""An office in a simulated time: the four services on a real database, a desk of staff, and the timer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from casework.followup.timer import Pass, Timer
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on


@dataclass(slots=True)
class Time:
    """What time it is. Moves only when the test says so, or runs once it was let go."""

    now: datetime
    zone: str = "UTC"
    _since: float | None = None

    def __call__(self) -> datetime:
        if self._since is None:
            return self.now
        return self.now + timedelta(seconds=monotonic() - self._since)

    def let_go(self) -> None:
        """From now on it runs as time does."""
        self._since = monotonic()

    def at(self, text: str) -> datetime:
        """A local time of the office's zone, such as `2026-03-02T10:00`; a date alone is ten o'clock."""
        local = datetime.fromisoformat(text if "T" in text else f"{text}T10:00")
        return (local if local.tzinfo is not None else local.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)


@dataclass(slots=True)
class Office:
    """A stack whose time is `time`."""

    stack: Stack
    desk: Desk
    time: Time
    timer: Timer = field(init=False)

    def __post_init__(self) -> None:
        self.timer = Timer(self.stack.runtimes["followup"])

    async def go_to(self, text: str) -> None:
        """Let it be that time, without anybody looking at the clocks."""
        self.time.now = self.time.at(text)

    async def wait_until(self, text: str) -> Pass:
        """Let it be that time, the timer having fired all that was due until then, each in its own time."""
        until = self.time.at(text)
        fired = 0
        while (following := await self._next()) is not None and following <= until:
            self.time.now = max(self.time.now, following)
            done = await self.timer.fire_due()
            assert done.fired, f"what was due at {following} was left waiting"
            fired += done.fired
            await self.stack.settle()
        self.time.now = until
        return Pass(fired, 0)

    async def clocks(self, case_id: str, **of: str) -> Sequence[Mapping[str, Any]]:
        """The clocks of a case, or those with these values."""
        answer = await self.desk.http.get(f"/v1/cases/{case_id}/clocks")
        assert answer.status_code == 200, answer.text
        return [each for each in answer.json() if all(each.get(name) == value for name, value in of.items())]

    def local(self, at: str) -> str:
        """An instant of a document, in the office's zone to the minute, such as `2026-03-02T10:00`."""
        return datetime.fromisoformat(at).astimezone(ZoneInfo(self.time.zone)).strftime("%Y-%m-%dT%H:%M")

    async def due(self, case_id: str, policy: str) -> str:
        """By when the newest clock of a policy is due, as `local` says it: midnight after the last day, for a day."""
        return self.local((await self.clock(case_id, policy))["due_at"])

    async def clock(self, case_id: str, policy: str) -> Mapping[str, Any]:
        """The newest clock of a policy."""
        found = await self.clocks(case_id, policy=policy)
        assert found, f"no clock of {policy}"
        return max(found, key=lambda each: each["started_at"])

    async def events(self, case_id: str, *types: str) -> list[Mapping[str, Any]]:
        """Followup's events of these types (without service and version), as recorded, in order."""
        answer = await self.desk.http.get(f"/v1/cases/{case_id}/events")
        wanted = {f"casework.followup.{name}.v1" for name in types}
        return [each["event"] for each in answer.json() if each["event"]["type"] in wanted]

    async def _next(self) -> datetime | None:
        async with begin(self.stack.runtimes["followup"].engine) as work:
            found: datetime | None = await work.fetch_value("SELECT min(fires_at) FROM clock")
        return found


@asynccontextmanager
async def office(
    server: PostgresServer,
    folder: Path,
    *,
    template: str | None = None,
    institution: str | None = None,
    files: Mapping[str, str] | None = None,
    rules: Rulebook | None = None,
    standing: str | None = None,
    codes: Path | None = None,
    people: str | None = None,
    hand_offs: str | None = None,
    now: str = "2026-03-02",
    zone: str = "UTC",
) -> AsyncIterator[Office]:
    """An office with the institution file of that text, or with these rules, in which it is `now`. `files` are texts of
    the institution's own policies by name, below the folder `own` that its file names; `standing` is that of its
    standing solutions, `people` and `hand_offs` those of its files of people and of hand-offs."""
    async with (
        server.database("office", template) as url,
        office_on(
            url,
            folder,
            institution=institution,
            files=files,
            rules=rules,
            codes=codes,
            people=people,
            hand_offs=hand_offs,
            standing=standing,
            now=now,
            zone=zone,
        ) as opened,
    ):
        yield opened


@asynccontextmanager
async def office_on(
    url: str,
    folder: Path,
    *,
    institution: str | None = None,
    files: Mapping[str, str] | None = None,
    rules: Rulebook | None = None,
    standing: str | None = None,
    codes: Path | None = None,
    people: str | None = None,
    hand_offs: str | None = None,
    now: str = "2026-03-02",
    zone: str = "UTC",
) -> AsyncIterator[Office]:
    """An office on a database that may have known one before: the same installation, started again."""
    time = Time(datetime.now(UTC), zone)
    time.now = time.at(now)
    file = None
    if institution is not None:
        file = folder / "institution.toml"
        file.write_text(institution, encoding="utf-8")
    for name, text in (files or {}).items():
        path = folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    texts = {"standing.toml": standing, "people.toml": people, "hand-offs.toml": hand_offs}
    for name, given in texts.items():
        if given is not None:
            (folder / name).write_text(given, encoding="utf-8")
    solutions, members, kinds = (None if given is None else folder / name for name, given in texts.items())
    async with (
        stack_on(
            url,
            folder,
            straight_through=solutions,
            institution=file,
            rules=rules,
            codes=codes,
            people=members,
            hand_offs=kinds,
            clock=time,
        ) as stack,
        stack.client(await stack.key()) as http,
    ):
        yield Office(stack, Desk(http, stack.settle), time)
