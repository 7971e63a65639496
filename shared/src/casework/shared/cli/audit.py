"""`casework audit`: verify the record, replay a case, export the log."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from uuid import UUID

import typer

from casework.shared.cli.audit_checkpoints import checkpoints
from casework.shared.cli.audit_proofs import (
    AsOfOption,
    CaseOption,
    CheckpointsOption,
    PublicKeyOption,
    bundle,
    held_against,
    verified_bundle,
)
from casework.shared.cli.event_logs import (
    DEFAULT_PURPOSE,
    accesses,
    as_format,
    export_event_log,
    recorded,
    replay_a_period,
)
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
    audit.command()(bundle)
    audit.command()(checkpoints)
    audit.command()(attended)
    audit.command()(accesses)
    app.add_typer(audit, name="audit")


def verify(
    what: Annotated[str | None, typer.Argument(help="As --source: an export or a bundle.", show_default=False)] = None,
    source: Annotated[
        str,
        typer.Option(
            help="stores, kafka (the stores, and that the topic agrees with them), or the path of an export or bundle."
        ),
    ] = "stores",
    states: Annotated[bool, typer.Option("--states", help="Fold every case again, instead of a sample.")] = False,
    checkpoints: CheckpointsOption = None,
    public_key: PublicKeyOption = None,
    as_of: AsOfOption = None,
    case: CaseOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Check every hash, link, version and position and, with checkpoints, that it is what was signed.

    Exit code 0: nothing is wrong; 1: faults; 2: could not run. An export or a bundle needs no database and no network.
    """
    from aiokafka.errors import KafkaError

    from casework.shared.audit.bundled import NotABundle, is_bundle
    from casework.shared.audit.exported import NotAnExport, verify_file
    from casework.shared.audit.signed import GC_THRESHOLD, NoCheckpoints
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
    from casework.shared.runtime.wires import WireSettings, kafka_wire

    async def stores(progress: Progress) -> Report:
        async with database_of_installation(data_dir, database) as url:
            return await verify_stores(url, all_states=states, signed=signed, progress=progress)

    async def topic(progress: Progress) -> Report:
        if database is not None and kafka is not None:
            url, servers = database, kafka
        else:
            target = find_target(data_dir, database=database, kafka=kafka)
            url, servers = target.database, target.kafka
        return await verify_kafka(
            url,
            servers,
            topic_prefix=topic_prefix,
            all_states=states,
            signed=signed,
            progress=progress,
            security=kafka_wire(WireSettings(), servers).options(),
        )

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, Conflict),
        explained(NoSuchTopic, TopicUnavailable, NotAnExport, NotABundle, NoCheckpoints, KafkaError),
        _bar("verified", quiet=as_json) as progress,
    ):
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        source = what or source
        if source not in ("stores", "kafka") and is_bundle(Path(source)):
            report = verified_bundle(Path(source), checkpoints, public_key, as_of, case or [], progress)
            _end(report, as_json=as_json)
        if case and source in ("stores", "kafka"):
            raise NoCheckpoints("--case goes with an export or a bundle; `casework audit replay ID` asks the stores.")
        signed = held_against(checkpoints, public_key, as_of)
        if source == "stores":
            report = asyncio.run(stores(progress))
        elif source == "kafka":
            report = asyncio.run(topic(progress))
        else:
            report = verify_file(Path(source), signed=signed, cases=case or (), progress=progress)
    _end(report, as_json=as_json)


def _end(report: Report, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps(report.document()))
    else:
        _tell(report)
    raise typer.Exit(1 if report.faults else 0)


def replay(
    case: Annotated[UUID | None, typer.Argument(help="The case id; none for a period.")] = None,
    at: Annotated[str | None, typer.Option(help="Up to this moment, as in 2026-03-02T09:10:00Z.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="All cases in a period: after this moment,")] = None,
    to: Annotated[str | None, typer.Option(help="up to and with this one.")] = None,
    purpose: Annotated[str, typer.Option(help="What a period is replayed for: it is recorded.")] = DEFAULT_PURPOSE,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a case as it stood at a moment: its clocks, owner and policies, what was known and done by then, and where
    each service stood. Or, with --from and --to, every case of a period, as JSON Lines."""
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

    if from_ is not None or to is not None:
        if from_ is None or to is None or case is not None or at is not None:
            raise typer.BadParameter("a period has both --from and --to, and neither a case nor --at")
        replay_a_period(from_, to, purpose, data_dir, database)
        return
    if case is None:
        raise typer.BadParameter("name a case, or a period with --from and --to")

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
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="events: every event's exact bytes, as JSON Lines. xes, ocel (2.0, JSON) or csv: "
            "an event log for process mining, without anything personal, which cannot be verified.",
        ),
    ] = "events",
    purpose: Annotated[str, typer.Option(help="What it is taken for: it is recorded.")] = DEFAULT_PURPOSE,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the record to a file, or an event log of it. Who took it, and what for, is recorded before.

    Interrupted, an export of events goes on where it stopped when the same command is given again."""
    from casework.shared.audit.export import CannotExport
    from casework.shared.audit.export import export as export_log
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.errors import CaseworkError
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed

    async def work(progress: Progress) -> int:
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            if await asyncio.to_thread(path.exists):
                raise CannotExport(f"{path} exists; name another file, or move that one away first.")
            await recorded(stores, "export", purpose, {"format": format_, "file": path.name})
            if chosen is not None:
                return await export_event_log(stores, path, chosen, progress=progress)
            return await export_log(stores, path, progress=progress)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, CannotExport, OSError),
        explained(ValueError, CaseworkError),
        _bar("exported", quiet=as_json) as progress,
    ):
        chosen = None if format_ == "events" else as_format(format_)
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
    if report.checkpoints is not None:
        typer.echo(
            f"held against {report.checkpoints} signed checkpoints; {report.unsigned} events came after the last"
        )
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
    _tell_standing(found)
    for service, state in found.states.items():
        typer.echo(f"\n{service}: {'nothing yet' if state is None else ''}")
        for name, value in (state or {}).items():
            typer.echo(f"  {name.replace('_', ' ')}: {_said(value)}")


def _tell_standing(found: Replay) -> None:
    """Who had the case, and how its clocks stood."""
    stood = found.stood
    if "clocks" not in stood:
        return
    typer.echo(f"\nowner: {stood['owner']}\nholder: {stood['holder'] or 'nobody'}\nclocks:")
    for clock in stood["clocks"]:
        policy = f"{clock['policy']} v{clock['policy_version']}, {clock['calendar']} {clock['calendar_version']}"
        typer.echo(f"  {clock['purpose']} ({policy}): {_clock_words(clock)}")


def _clock_words(clock: Any) -> str:
    if "ended" in clock:
        ended = clock["ended"]
        return f"{clock['phase']} at {ended.get('at', ended['recorded_at'])}"
    if "paused" in clock:
        left = clock["paused"]["left"]
        return f"paused ({clock['paused']['cause']}), {left['number']} {left['unit']}s left"
    due = clock.get("due", {})
    return f"{clock['phase']}, due {due.get('day') or due.get('at') or 'without a date'}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_said(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
