"""`casework audit`: verify the record, replay a case, export the log."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    KafkaOption,
    PrefixOption,
    explained,
    find_target,
)

if TYPE_CHECKING:
    from datetime import datetime

    from casework.shared.audit.attended import Attendance
    from casework.shared.audit.replay import Replay
    from casework.shared.audit.sources import Progress
    from casework.shared.audit.verify import Report


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    audit = typer.Typer(help="Verify, replay and export the record.", no_args_is_help=True)
    audit.command()(verify)
    audit.command()(replay)
    audit.command()(export)
    audit.command()(attended)
    app.add_typer(audit, name="audit")


def verify(
    source: Annotated[
        str, typer.Option(help="stores, kafka (the stores, and that the topic agrees with them), or an export's path.")
    ] = "stores",
    states: Annotated[bool, typer.Option("--states", help="Fold every case again, instead of a sample.")] = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Check every hash, link, version and position. Exit code 0: nothing is wrong; 1: faults; 2: could not run."""
    from aiokafka.errors import KafkaError

    from casework.shared.audit.exported import NotAnExport, verify_file
    from casework.shared.audit.sources import verify_stores
    from casework.shared.audit.topic import NoSuchTopic, verify_kafka
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.errors import Conflict
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.runtime.topic_reader import TopicUnavailable

    async def stores(progress: Progress) -> Report:
        async with database_of_installation(data_dir, database) as url:
            return await verify_stores(url, all_states=states, progress=progress)

    async def topic(progress: Progress) -> Report:
        if database is not None and kafka is not None:
            url, servers = database, kafka
        else:
            target = find_target(data_dir, database=database, kafka=kafka)
            url, servers = target.database, target.kafka
        return await verify_kafka(url, servers, topic_prefix=topic_prefix, all_states=states, progress=progress)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, Conflict),
        explained(NoSuchTopic, TopicUnavailable, NotAnExport, KafkaError),
        _bar("verified", quiet=as_json) as progress,
    ):
        if source == "stores":
            report = asyncio.run(stores(progress))
        elif source == "kafka":
            report = asyncio.run(topic(progress))
        else:
            report = verify_file(Path(source), progress=progress)
    if as_json:
        typer.echo(json.dumps(report.document()))
    else:
        _tell(report)
    raise typer.Exit(1 if report.faults else 0)


def replay(
    case: Annotated[UUID, typer.Argument(help="The case id.")],
    at: Annotated[str | None, typer.Option(help="Up to this moment, as in 2026-03-02T09:10:00Z.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show everything that happened in a case up to a moment, and where each service then stood."""
    from casework.shared.audit.replay import NoSuchCase
    from casework.shared.audit.replay import replay as replay_case
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.contracts.types import parse_rfc3339
    from casework.shared.errors import InvalidMessage
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed

    async def work() -> Replay:
        moment = None if at is None else parse_rfc3339(at)
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            return await replay_case(stores, case, moment)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable),
        explained(NoSuchCase, InvalidMessage, ValueError),
    ):
        found = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps(found.document(), ensure_ascii=False))
    else:
        _tell_replay(found)


def export(
    path: Annotated[Path, typer.Argument(help="The file to write; compressed when it ends in .gz.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every event's exact bytes as JSON Lines. Interrupted, the same command goes on where it stopped."""
    from casework.shared.audit.export import CannotExport
    from casework.shared.audit.export import export as export_log
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed

    async def work(progress: Progress) -> int:
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            return await export_log(stores, path, progress=progress)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, CannotExport, OSError),
        _bar("exported", quiet=as_json) as progress,
    ):
        events = asyncio.run(work(progress))
    typer.echo(json.dumps({"path": str(path), "events": events}) if as_json else f"{events} events in {path}")


def attended(
    source: Annotated[str, typer.Option(help="stores, or an export's path.")] = "stores",
    until: Annotated[str | None, typer.Option(help="Up to this moment, as in 2026-03-02T09:10:00Z.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for open cases that ever were without owner, holder, next action or due time, or whose missed deadline
    nobody was asked about. Exit code 0: there were none; 1: there were; 2: could not run."""
    from casework.shared.audit.attended import attended_in_file, attended_in_stores
    from casework.shared.audit.exported import NotAnExport
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.contracts.types import parse_rfc3339
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed

    async def stores(moment: datetime | None, progress: Progress) -> Attendance:
        async with database_of_installation(data_dir, database) as url:
            return await attended_in_stores(url, until=moment, progress=progress)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, NotAnExport, ValueError),
        _bar("looked at", quiet=as_json) as progress,
    ):
        moment = None if until is None else parse_rfc3339(until)
        if source == "stores":
            found = asyncio.run(stores(moment, progress))
        else:
            found = attended_in_file(Path(source), until=moment, progress=progress)
    if as_json:
        typer.echo(json.dumps(found.document()))
    else:
        _tell_attendance(found)
    raise typer.Exit(1 if found.found or found.unreadable else 0)


@contextmanager
def _bar(word: str, *, quiet: bool) -> Iterator[Progress]:
    """A progress bar for people who watch; it grows with what there is to do."""
    from casework.shared.cli.posting import progress_bar

    with progress_bar(quiet=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(word, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _tell(report: Report) -> None:
    typer.echo(f"{report.events} events of {report.cases} cases in {report.source}: ", nl=False)
    typer.echo("nothing is wrong" if report.faults == 0 else f"{report.faults} faults")
    if report.records:
        typer.echo(f"{report.records} records on the topic, {report.duplicates} of them came more than once")
    for fault in report.shown:
        where = "" if fault.shard is None else f" shard {fault.shard}"
        where += "" if fault.position is None else f" position {fault.position}"
        typer.echo(f"  {fault.kind}: {fault.source}{where}: {fault.detail}")
    if report.faults > len(report.shown):
        typer.echo(f"  and {report.faults - len(report.shown)} more")


def _tell_attendance(found: Attendance) -> None:
    document = found.document()
    typer.echo(f"{found.cases} cases of {found.events} events in {found.source}: ", nl=False)
    typer.echo(f"{len(found.found)} were left alone" if found.found else "none was ever left alone")
    if found.unreadable:
        typer.echo(f"{found.unreadable} events cannot be read: run `casework audit verify`")
    for each in document["unattended"]:
        typer.echo(f"  {each['case_id']}  {each['since']} to {each.get('until', 'now')}  {each['lack']}: {each['why']}")


def _tell_replay(found: Replay) -> None:
    for event in (each.document() for each in found.timeline):
        typer.echo(f"{event['time']}  {event['service']:<13}  {event['words']}  (by {event['actor']})")
        for name, value in event["data"].items():
            typer.echo(f"{'':44}{name.replace('_', ' ')}: {_said(value)}")
    for service, state in found.states.items():
        typer.echo(f"\n{service}: {'nothing yet' if state is None else ''}")
        for name, value in (state or {}).items():
            typer.echo(f"  {name.replace('_', ' ')}: {_said(value)}")


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_said(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
