"""Looking through a whole record, the stores or an export, for cases that were left alone: see `unattended`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from casework.shared.audit.exported import event_of, lines_of, read_meta
from casework.shared.audit.sources import Progress
from casework.shared.audit.unattended import Seen, Unattended, seen, unattended
from casework.shared.audit.walk import count_events, open_stores, walk_shard
from casework.shared.contracts.envelope import parse_document
from casework.shared.contracts.types import rfc3339
from casework.shared.errors import InvalidMessage
from casework.shared.runtime.database import begin


@dataclass(slots=True)
class Attendance:
    """What a record says of how its cases were attended to, up to `until`."""

    source: str
    until: datetime | None = None
    events: int = 0
    cases: int = 0
    unreadable: int = 0
    found: dict[str, list[Unattended]] = field(default_factory=dict)
    """By case id: only the cases in which something was lacking."""

    def sort_in(self, cases: dict[str, list[Seen]], documents: Iterable[bytes]) -> None:
        """Add what was recorded to the events of its case."""
        for document in documents:
            self.events += 1
            event = _read(document)
            if event is None:
                self.unreadable += 1
            else:
                cases.setdefault(event.case_id, []).append(event)

    def judge(self, cases: Mapping[str, list[Seen]], until: datetime) -> None:
        """Judge whole cases by what they were up to `until`."""
        for case_id, events in sorted(cases.items()):
            self.cases += 1
            if lacking := unattended((event for event in events if event.time <= until), until=until):
                self.found[case_id] = lacking

    def document(self) -> dict[str, Any]:
        until = {} if self.until is None else {"until": rfc3339(self.until)}
        return {
            "source": self.source,
            "events": self.events,
            "cases": self.cases,
            "unreadable": self.unreadable,
            **until,
            "unattended": [
                {"case_id": case_id, **each.document()} for case_id, lacking in self.found.items() for each in lacking
            ],
        }


async def attended_in_stores(
    database_url: str, *, until: datetime | None = None, progress: Progress | None = None
) -> Attendance:
    """Look through the stores of an installation, up to `until`, else up to now by its database, shard by shard.

    Raises `NotInstalled` and `StoreUnavailable`."""
    found = Attendance("stores", until)
    async with open_stores(database_url) as stores:
        total = 0 if progress is None else await count_events(stores)
        for shard in range(stores.installation.shards):
            async with begin(stores.engines["followup"]) as work:
                now = work.now
            cases: dict[str, list[Seen]] = {}
            async for page in walk_shard(stores, shard):
                found.sort_in(cases, (row[3] for row in page.rows))
                if progress is not None:
                    progress(found.events, max(total, found.events))
            found.judge(cases, until or now)
            found.until = until or now
    return found


def attended_in_file(path: Path, *, until: datetime | None = None, progress: Progress | None = None) -> Attendance:
    """Look through an export, up to `until`, else up to its newest event. Raises `NotAnExport`."""
    read_meta(path)
    found = Attendance(str(path), until or _newest(path))
    if found.until is None:
        return found
    cases: dict[str, list[Seen]] = {}
    for line in lines_of(path):
        if line is not None and "end_of_shard" in line:
            found.judge(cases, found.until)
            cases = {}
        elif line is None or "end" not in line:
            found.sort_in(cases, _documents(line))
        if progress is not None and found.events % 2_000 == 0:
            progress(found.events, 0)
    found.judge(cases, found.until)
    return found


def _newest(path: Path) -> datetime | None:
    times = (
        each.time
        for line in lines_of(path)
        if line is not None and "source" in line
        for document in _documents(line)
        if (each := _read(document)) is not None
    )
    return max(times, default=None)


def _documents(line: Mapping[str, Any] | None) -> tuple[bytes]:
    """The event's bytes; none at all where the line cannot be read."""
    try:
        return (event_of(line or {}).document,)
    except (KeyError, TypeError, ValueError, AttributeError):
        return (b"",)


def _read(document: bytes) -> Seen | None:
    try:
        return seen(parse_document(document))
    except (InvalidMessage, KeyError, ValueError):
        return None
