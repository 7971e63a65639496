"""Disposal by rule: the record of a closed case goes when it need not be kept any longer.

Invariant: a record goes only after the last day of the rule, only when its case is closed, and never under legal hold:
the case is locked, then its stream says so. Each case is a transaction of its own; one that cannot go keeps no other
waiting, and is looked at again in the next pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from asyncpg import Record

from casework.intake.erasing import Erasing
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause
from casework.shared.errors import CaseworkError, Conflict
from casework.shared.eventstore.store import Origin
from casework.shared.http.commands import finish
from casework.shared.policies.shipped_retention import RetentionRule
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

EVERY_S = 600.0
PAGE = 200
DISPOSAL = Actor("casework-retention", "clock")
_ONE_DAY = timedelta(days=1)
_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")

_RECORDS = """
SELECT case_id, since FROM (
    SELECT e.case_id, CASE WHEN $1 = 'closing' THEN e.ended_at
        ELSE (SELECT min(r.received_at) FROM road r WHERE r.case_id = e.case_id) END AS since
    FROM case_end e WHERE e.disposed_at IS NULL AND e.ended_at < $2) AS kept
WHERE since < $3 AND (since, case_id) > ($4, $5::uuid) ORDER BY since, case_id LIMIT $6
"""
_STAFF_FILES = """
SELECT case_id, since FROM (
    SELECT e.case_id, CASE WHEN $1 = 'closing' THEN e.ended_at
        ELSE (SELECT min(r.received_at) FROM road r WHERE r.case_id = e.case_id) END AS since
    FROM staff_file s JOIN case_end e USING (case_id) WHERE s.disposed_at IS NULL AND e.ended_at < $2) AS kept
WHERE since < $3 AND (since, case_id) > ($4, $5::uuid) ORDER BY since, case_id LIMIT $6
"""


class Disposals(NamedTuple):
    """How many records went in a pass, and how many may not go yet (under hold, reopened meanwhile)."""

    done: int
    kept: int


class Retention:
    """Disposes of what is due, for as long as the service runs: of records by one rule, and of files of staff by
    another; without a rule, of nothing."""

    def __init__(
        self,
        runtime: ServiceRuntime,
        erasing: Erasing,
        zone: str,
        *,
        records: RetentionRule | None,
        staff_files: RetentionRule | None,
    ) -> None:
        self._runtime, self._erasing, self._zone = runtime, erasing, ZoneInfo(zone)
        self._records, self._staff_files = records, staff_files

    async def run(self) -> None:
        while True:
            try:
                done = await self.dispose_due()
                if done.done or done.kept:
                    log.info("retention.disposed", cases=done.done, left=done.kept)
            except (StoreUnavailable, Conflict) as error:
                log.warning("retention.again", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def dispose_due(self) -> Disposals:
        """One pass over all that is due now. Raises `StoreUnavailable` and `Conflict`; what is done by then stays."""
        self._runtime.refuse_when_halted()
        found = [
            await self._of_a_kind(rule, candidates, staff_file=staff_file)
            for rule, candidates, staff_file in (
                (self._records, _RECORDS, False),
                (self._staff_files, _STAFF_FILES, True),
            )
            if rule is not None
        ]
        return Disposals(sum(each.done for each in found), sum(each.kept for each in found))

    async def _of_a_kind(self, rule: RetentionRule, candidates: str, *, staff_file: bool) -> Disposals:
        done, kept = 0, 0
        after = (_EARLIEST, UUID(int=0))
        while True:
            async with begin(self._runtime.engine) as work:
                now = work.now
                # A day more than can be: the zone's day decides below.
                rows = await work.fetch(
                    candidates, rule.since, now, _years_before(now, rule.years) + _ONE_DAY, *after, PAGE
                )
            for case_id, since in self._due(rule, rows, now):
                try:
                    await self._dispose(case_id, rule, since, staff_file=staff_file)
                    done += 1
                except Conflict:
                    raise
                except CaseworkError as error:
                    # Under hold, open again, parked: not now.
                    kept += 1
                    log.info("retention.kept", case_id=str(case_id), error=type(error).__name__)
            if len(rows) < PAGE:
                return Disposals(done, kept)
            after = (rows[-1]["since"], rows[-1]["case_id"])

    def _due(self, rule: RetentionRule, rows: Sequence[Record], now: datetime) -> Sequence[tuple[UUID, date]]:
        today = now.astimezone(self._zone).date()
        found = ((UUID(int=row["case_id"].int), row["since"].astimezone(self._zone).date()) for row in rows)
        return [(case_id, since) for case_id, since in found if rule.kept_until(since) < today]

    async def _dispose(self, case_id: UUID, rule: RetentionRule, since: date, *, staff_file: bool) -> None:
        runtime = self._runtime
        async with begin(runtime.engine) as work:
            erasure_id = runtime.store.mint()
            command = {
                "rule": rule.ref,
                "kept_until": rule.kept_until(since),
                "today": work.now.astimezone(self._zone).date(),
            }
            origin = Origin(actor=DISPOSAL, cause=CommandCause(erasure_id))
            if staff_file:
                unit = await self._erasing.dispose_of_staff_file(work, case_id, command, origin)
            else:
                command["erasure_id"] = erasure_id
                unit = await self._erasing.dispose(work, case_id, command, origin)
            await finish(runtime, work, unit)
            await runtime.store.append(work, unit)
        runtime.wake()


def _years_before(now: datetime, years: int) -> datetime:
    day = min(now.day, 28) if now.month == 2 else now.day
    return now.replace(year=now.year - years, day=day)
