"""Event logs, periods, and who took what: the parts of `casework audit` that hand the record out for other eyes."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from casework.shared.cli.options import DEFAULT_DATA_DIR, DatabaseOption, DataDirOption, JsonOption, explained

if TYPE_CHECKING:
    from casework.shared.audit.event_logs import Format
    from casework.shared.audit.sources import Progress
    from casework.shared.audit.walk import Stores
    from casework.shared.platform.access_records import What

DEFAULT_PURPOSE = "audit"


def as_format(text: str) -> Format:
    """The format of that name. Raises ValueError."""
    from casework.shared.audit.event_logs import FORMATS

    for name in FORMATS:
        if text == name:
            return name
    raise ValueError(f"--format {text} is not one of events, {', '.join(FORMATS)}")


async def recorded(stores: Stores, what: What, purpose: str, details: Mapping[str, Any]) -> None:
    """Record that whoever runs this takes something out. Committed when it returns. Raises as `record_access`."""
    from casework.shared.platform.access_records import Access, record_access
    from casework.shared.runtime.database import begin

    async with begin(stores.engines["intake"]) as work:
        await record_access(work, Access(what=what, by=_who(), by_kind="person", purpose=purpose, details=details))


def _who() -> str:
    """The login that runs the command: there is no key at a command line."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "unknown"


async def export_event_log(stores: Stores, path: Path, format_: Format, *, progress: Progress | None = None) -> int:
    """Write an event log to `path`, compressed when its name ends in .gz. Returns how many events it holds.

    There is no file of that name before it is whole. The caller has seen that there is none.
    """
    from casework.shared.audit.event_logs import ToldCase, told_cases
    from casework.shared.audit.ocel import ocel_lines
    from casework.shared.audit.spreadsheets import csv_lines
    from casework.shared.audit.xes import xes_lines
    from casework.shared.runtime.database import begin

    async with begin(stores.engines["intake"]) as work:
        now = work.now
    events = 0

    async def counted() -> AsyncIterator[ToldCase]:
        nonlocal events
        async for case in told_cases(stores, now, progress=progress):
            events += len(case.events)
            yield case

    lines: AsyncIterator[str]
    match format_:
        case "xes":
            lines = xes_lines(counted(), str(stores.installation.id))
        case "ocel":
            lines = ocel_lines(counted())
        case "csv":
            lines = csv_lines(counted())
    part = path.with_name(path.name + ".part")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(part, "wt", encoding="utf-8", newline="") as file:
        async for line in lines:
            file.write(line)
    part.replace(path)
    return events


def replay_a_period(from_: str, to: str, purpose: str, data_dir: Path, database: str | None) -> None:
    """Print the lines of `casework.shared.audit.period`. Ends the process with code 2 where there is no such period."""
    from casework.shared.audit.period import NoPeriod, replay_period
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.contracts.types import parse_rfc3339
    from casework.shared.errors import CaseworkError
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, begin
    from casework.shared.runtime.processes import StartFailed

    async def work() -> None:
        since, until = parse_rfc3339(from_), parse_rfc3339(to)
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            await recorded(stores, "period-replay", purpose, {"from": from_, "to": to})
            async with begin(stores.engines["intake"]) as reading:
                now = reading.now
            async for line in replay_period(stores, since, until, now=now):
                typer.echo(json.dumps(line, ensure_ascii=False))

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, NoPeriod),
        explained(ValueError, CaseworkError),
    ):
        asyncio.run(work())


def accesses(
    data_dir: DataDirOption = DEFAULT_DATA_DIR, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """List who took what out of the record and who read what is restricted, and what for. Exit code 0: the list is
    whole; 1: its links are broken; 2: could not run."""
    from casework.shared.audit.readings import readings
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.platform.access_records import access_records, broken_links
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, begin
    from casework.shared.runtime.processes import StartFailed

    async def work() -> dict[str, Any]:
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            async with begin(stores.engines["intake"]) as reading:
                taken = await access_records(reading, after=-1, limit=1_000_000)
                broken = await broken_links(reading)
            read = [each async for each in readings(stores)]
        return {"taken": taken, "readings": read, "broken": list(broken)}

    with explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable):
        found = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for each in found["taken"]:
            details = ", ".join(f"{name} {value}" for name, value in each["details"].items())
            typer.echo(f"{each['time']}  {each['by']}  {each['what']} ({details}): {each['purpose']}")
        for each in found["readings"]:
            read = f"{each['service']}/{each['part']}" + ("" if each["allowed"] else ", refused")
            typer.echo(f"{each['time']}  {each['by']}  read of {each['case_id']} ({read}): {each['purpose']}")
        for position in found["broken"]:
            typer.echo(f"  broken at {position}: this record does not continue the one before it")
    raise typer.Exit(1 if found["broken"] else 0)
