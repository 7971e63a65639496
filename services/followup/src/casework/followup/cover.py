"""The watch over who is there: work of somebody who is away or gone is somebody else's, by itself, and back again.

Invariant: nothing that is held by a name is ever held by nobody. The directory answers for every name, at the latest
with the duty member (P107, P184); what it answers is recorded on the case, so that it can be audited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from casework.followup.domain.commands import NoteCover
from casework.followup.progress import named_holder_of
from casework.followup.projections import progress_of
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import Origin
from casework.shared.people.directory import Directory
from casework.shared.runtime.database import StoreUnavailable, begin

if TYPE_CHECKING:
    from casework.shared.runtime.people import People
    from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

LOOK_S = 15.0
"""Often enough that the duty member has the work of somebody deleted within a minute (P184)."""
PAGE = 100
WATCH = Actor("casework-cover", "clock")


class CoverWatch:
    """Compares who holds open cases with who is there, for as long as the service runs.

    Without a file of people nobody is known, so nobody is missed."""

    def __init__(self, runtime: ServiceRuntime, people: People) -> None:
        self._runtime = runtime
        self._people = people

    async def run(self) -> None:
        if self._runtime.settings.people is None:
            await asyncio.Event().wait()
        while True:
            try:
                await self.look()
            except (StoreUnavailable, Conflict) as error:
                log.warning("cover.again", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> int:
        """One look at every open case. Returns how many changed hands."""
        directory = self._people.directory()
        async with begin(self._runtime.engine) as work:
            pairs = await work.fetch("SELECT DISTINCT named_holder, holder FROM case_status WHERE is_open")
            now = work.now
        changed = 0
        for named, holder in pairs:
            if (cover_of(directory, named, now) or named) != holder:
                changed += await self._change(directory, named, holder)
        return changed

    async def _change(self, directory: Directory, named: str, holder: str) -> int:
        """Hand over every case of a pair, page by page; a page that is locked is left for the next look."""
        changed, after = 0, UUID(int=0)
        while True:
            async with begin(self._runtime.engine) as work:
                rows = await work.fetch(
                    "SELECT case_id FROM case_status WHERE is_open AND named_holder = $1 AND holder = $2"
                    " AND case_id > $3 ORDER BY case_id LIMIT $4",
                    named,
                    holder,
                    after,
                    PAGE,
                )
            if not rows:
                return changed
            after = rows[-1]["case_id"]
            changed += await self._hand_over(directory, [row["case_id"] for row in rows])

    async def _hand_over(self, directory: Directory, cases: Sequence[UUID]) -> int:
        runtime = self._runtime
        async with begin(runtime.engine) as work:
            unit = await runtime.store.open(work, cases, skip_locked=True)
            for case_id, progress in (await progress_of(work, list(unit.streams))).items():
                named = named_holder_of(progress)
                command = NoteCover(
                    holder=named,
                    cover=cover_of(directory, named, work.now),
                    reason="absent" if named in directory.members else "unknown",
                )
                unit.run(case_id, [command], Origin(actor=WATCH, cause=CommandCause(runtime.store.mint())))
            changed = {record.envelope.case_id for record in unit.recorded}
            if changed:
                await runtime.reactor.project(work, unit, (), unit.recorded)
                await runtime.store.append(work, unit)
        if changed:
            runtime.wake()
        return len(changed)


def cover_of(directory: Directory, holder: str, at: datetime) -> str | None:
    """Who has the work of `holder` at an instant, None where they have it themselves, or where it is a team's."""
    if any(holder in member.teams for member in directory.members.values()):
        return None
    answerable = directory.responsible(holder, at).member.id
    return None if answerable == holder else answerable
