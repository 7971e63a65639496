"""`casework store`: putting a store right that was set back to an earlier day, or whose read tables are wrong."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    KafkaOption,
    PrefixOption,
    explained,
)
from casework.shared.cli.relay import ServiceChoice

if TYPE_CHECKING:
    from casework.shared.audit.refill import Refilled
    from casework.shared.runtime.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    store = typer.Typer(help="The stores of the services.", no_args_is_help=True)
    store.command()(refill)
    store.command()(rebuild)
    app.add_typer(store, name="store")


def refill(
    from_: Annotated[str, typer.Option("--from", help="kafka, or the path of an export.")],
    service: Annotated[
        list[ServiceChoice] | None, typer.Option(help="Only this service; give it several times.")
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    straight_through: Annotated[
        Path | None, typer.Option(envvar="CASEWORK_STRAIGHT_THROUGH", help="The standing solutions the services use.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Append what a store lacks since it was restored from a backup, byte for byte. Its service must be stopped.

    Exit code 0: everything is right; 1: cases are in doubt and parked, or something could not be made right; 2: not
    done.
    """
    from aiokafka.errors import KafkaError

    from casework.shared.audit.exported import NotAnExport
    from casework.shared.audit.refill import StillRuns
    from casework.shared.audit.restore import refill_stores
    from casework.shared.audit.spool import CannotRefill
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.cli.posting import progress_bar
    from casework.shared.contracts.ids import SERVICES
    from casework.shared.errors import CaseworkError
    from casework.shared.keys.vault import KeyFileError
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import DataDir, NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.runtime.topic_reader import TopicUnavailable

    if from_ == "kafka" and kafka is None:
        raise typer.BadParameter(
            "name the broker with --kafka; the embedded one keeps nothing when it stops: give an export instead",
            param_hint="--from",
        )

    async def work() -> list[Refilled]:
        if database is None:
            try:
                stack = DataDir(data_dir).read_stack()
            except NoStack:
                pass
            else:
                raise StillRuns(
                    f"The stack on {data_dir} runs (pid {stack.supervisor.pid}). Stop it with Ctrl-C first."
                )
        async with database_of_installation(data_dir, database) as url:
            settings = _settings(url, kafka, topic_prefix, straight_through, data_dir)
            with progress_bar(quiet=as_json) as bar:
                task = bar.add_task("read", total=None)

                def show(done: int, total: int) -> None:
                    bar.update(task, completed=done, total=total or None)

                export = None if from_ == "kafka" else Path(from_)
                chosen = [name for name in SERVICES if name in (service or list(ServiceChoice))]
                return await refill_stores(settings, export, services=chosen, progress=show)

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, StillRuns, CannotRefill),
        explained(NotAnExport, TopicUnavailable, KafkaError, CaseworkError, KeyFileError, OSError),
    ):
        results = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps([_document(result) for result in results]))
    else:
        _tell(results)
    raise typer.Exit(1 if any(result.in_doubt or result.notes for result in results) else 0)


def rebuild(
    service: Annotated[ServiceChoice, typer.Argument(help="The service whose read tables are made anew.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the read tables of a service anew from the events. The service must be stopped.

    Exit code 0: done; 2: nothing was changed.
    """
    from casework.shared.audit.rebuild import CannotRebuild, Rebuilt, rebuild_tables
    from casework.shared.audit.refill import StillRuns
    from casework.shared.audit.walk import database_of, open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.cli.posting import progress_bar
    from casework.shared.errors import Conflict
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.discovery import installed
    from casework.shared.runtime.processes import StartFailed

    async def work() -> Rebuilt:
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            with progress_bar(quiet=as_json) as bar:
                task = bar.add_task("folded", total=None)
                (found,) = installed([service.value])
                return await rebuild_tables(
                    found,
                    stores,
                    database_of(url, service.value),
                    progress=lambda done, total: bar.update(task, completed=done, total=total or None),
                )

    with (
        explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable),
        explained(StillRuns, CannotRebuild, Conflict),
    ):
        done = asyncio.run(work())
    if as_json:
        typer.echo(
            json.dumps(
                {"service": done.service, "tables": list(done.tables), "cases": done.cases, "events": done.events}
            )
        )
    else:
        typer.echo(f"{', '.join(done.tables)} of {done.service}: made from {done.events} events of {done.cases} cases")


def _settings(
    url: str, kafka: str | None, topic_prefix: str, straight_through: Path | None, data_dir: Path
) -> Settings:
    """The settings the service itself would run with: from the environment, else from the data directory."""
    from pydantic import SecretStr

    from casework.shared.runtime.settings import Settings

    given: dict[str, Any] = {
        "database_url": SecretStr(url),
        "kafka_servers": kafka or "127.0.0.1:1",
        "topic_prefix": topic_prefix,
        "straight_through": straight_through,
    }
    for name, file in (("key_file", "person-keys"), ("service_key_file", "services")):
        if f"CASEWORK_{name.upper()}" not in os.environ:
            given[name] = data_dir / "keys" / file
    return Settings(**given)


def _document(result: Refilled) -> dict[str, object]:
    return {
        "service": result.service,
        "events": result.events,
        "cases": result.cases,
        "in_doubt": [str(case_id) for case_id in result.in_doubt],
        "notes": dict(result.notes),
    }


def _tell(results: list[Refilled]) -> None:
    if not results:
        typer.echo("Nothing is missing: the stores have every event that the records have.")
    for result in results:
        typer.echo(f"{result.service}: {result.events} events of {result.cases} cases are at their positions again")
        for note, many in result.notes.items():
            typer.echo(f"  {many} times: {note}")
        for case_id in result.in_doubt:
            typer.echo(
                f"  in doubt: case {case_id}: an event of it may have been taken in before and would have an effect "
                f"now. It is parked; look at it, then `casework parked retry {case_id} --service {result.service}`."
            )
    if results:
        typer.echo("Start the services again, the others too if they had noticed; then run `casework audit verify`.")
