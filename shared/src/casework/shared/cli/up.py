"""`casework up`, `casework run` and `casework migrate`: starting things."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    KafkaOption,
    PrefixOption,
    explained,
)

if TYPE_CHECKING:
    from casework.shared.platform.api_keys import KeyRow
    from casework.shared.runtime.settings import ServingSettings

S = TypeVar("S", bound="ServingSettings")


class Runnable(StrEnum):
    """What `casework run` can run."""

    INTAKE = "intake"
    INVESTIGATION = "investigation"
    RESOLUTION = "resolution"
    FOLLOWUP = "followup"
    FRONT = "front"
    NOTARY = "notary"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    app.command()(up)
    app.command()(run)
    app.command()(migrate)


def up(
    port: Annotated[int, typer.Option(help="The port of the whole API.")] = 8000,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    split: Annotated[bool, typer.Option("--split", help="One process for each service, behind the same port.")] = False,
    straight_through: Annotated[
        Path | None, typer.Option(envvar="CASEWORK_STRAIGHT_THROUGH", help="A file of standing solutions (TOML).")
    ] = None,
    hand_offs: Annotated[
        Path | None, typer.Option(envvar="CASEWORK_HAND_OFFS", help="A file of hand-off kinds and teams (TOML).")
    ] = None,
) -> None:
    """Start the stack and keep it running: database, broker and the four services."""
    from aiokafka.errors import KafkaError
    from rich.console import Console

    from casework.shared.cli.stack import StackOptions, running_stack
    from casework.shared.platform.installation import ShardsAreFixed
    from casework.shared.runtime.claims import AlreadyRunning, PortTaken
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.runtime.supervisor import ChildNews, Interrupted
    from casework.shared.runtime.topic_admin import TopicsRefused, WrongPartitions

    console = Console(stderr=True)

    def tell(news: ChildNews) -> None:
        again = "" if news.pause is None else f", again in {news.pause:.1f} s"
        console.print(f"  {news.child}: {news.happening}{' ' + news.detail if news.detail else ''}{again}")

    options = StackOptions(
        data_dir=data_dir,
        port=port,
        database=database,
        kafka=kafka,
        split=split,
        straight_through=straight_through,
        hand_offs=hand_offs,
        topic_prefix=topic_prefix,
    )

    async def work() -> None:
        try:
            async with running_stack(options, tell) as stack:
                console.print(f"[bold]Casework answers at {stack.url}[/bold] (Ctrl-C ends it)")
                console.print(f"  API pages: {stack.url}/docs\n  your key:  {stack.key}", highlight=False)
                await stack.supervisor.run()
        except Interrupted:
            console.print("Stopped.")

    with (
        explained(AlreadyRunning, PortTaken, StartFailed, ShardsAreFixed, StoreUnavailable),
        explained(KafkaError, WrongPartitions, TopicsRefused),
    ):
        asyncio.run(work())


def run(service: Annotated[Runnable, typer.Argument(help="What to run.")]) -> None:
    """Run one service (or the front, or the notary) against the URLs in the environment, as a container does."""
    from casework.shared.contracts.ids import SERVICES
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.discovery import NotInstalledHere
    from casework.shared.runtime.settings import FrontSettings, Settings

    if service is Runnable.FRONT:
        from casework.shared.runtime.front import run_front

        raise typer.Exit(run_front(_from_environment(FrontSettings)))
    if service is Runnable.NOTARY:
        from casework.shared.notary.book import BookDiffers
        from casework.shared.notary.serve import CannotSign, run_notary
        from casework.shared.runtime.claims import AlreadyRunning
        from casework.shared.runtime.settings import NotarySettings

        with explained(CannotSign, BookDiffers, AlreadyRunning, OSError):
            raise typer.Exit(run_notary(_from_environment(NotarySettings)))
    from casework.shared.runtime.process import run_process

    names = [name for name in SERVICES if service is Runnable.ALL or name == service.value]
    with explained(NotInstalled, NotInstalledHere, StoreUnavailable):
        raise typer.Exit(run_process(names, _from_environment(Settings)))


def _from_environment(kind: type[S]) -> S:
    """The settings, or an end with code 2 that names each variable that is missing or wrong."""
    from pydantic import ValidationError

    try:
        return kind()
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            named = f"CASEWORK_{'_'.join(map(str, item['loc'])).upper()}: " if item["loc"] else ""
            typer.echo(f"{named}{item['msg'].removeprefix('Value error, ')}", err=True)
        raise typer.Exit(2) from None


class KeyRefused(Exception):
    """The services' key cannot be let in. The message says what to do."""


def migrate(
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    shards: Annotated[int, typer.Option(min=1, max=256, help="Fixed for the installation's life.")] = 12,
    service_key_file: Annotated[
        Path | None,
        typer.Option(envvar="CASEWORK_SERVICE_KEY_FILE", help="The key that the services show each other: let it in."),
    ] = None,
    checkpoint_key_file: Annotated[
        Path | None,
        typer.Option(
            envvar="CASEWORK_CHECKPOINT_KEY_FILE", help="The key that checkpoints are signed with: made if missing."
        ),
    ] = None,
) -> None:
    """Bring the database up to date and create the topics. Running it again changes nothing."""
    from aiokafka.errors import KafkaError

    from casework.shared.cli.checkpoint_keys import ensure_checkpoint_key
    from casework.shared.migrations.run import migrate as migrate_database
    from casework.shared.platform.api_keys import register_key
    from casework.shared.platform.installation import ShardsAreFixed
    from casework.shared.runtime.database import StoreUnavailable, admin_engine, begin
    from casework.shared.runtime.discovery import installed
    from casework.shared.runtime.topic_admin import TopicsRefused, WrongPartitions, ensure_topics
    from casework.shared.runtime.topics import Topics
    from casework.shared.runtime.wires import WireSettings, kafka_wire

    if database is None:
        raise typer.BadParameter("say which database: --database or CASEWORK_DATABASE_URL")

    async def work() -> None:
        engine = admin_engine(database)
        try:
            found = await migrate_database(engine, [service.schema for service in installed()], shards=shards)
            if key is not None:
                async with begin(engine) as transaction:
                    if not await register_key(transaction, key):
                        raise KeyRefused(f"The key in {service_key_file} was revoked: put a new one there.")
        finally:
            await engine.dispose()
        typer.echo(f"installation {found.id}, {found.shards} shards")
        if key is not None:
            typer.echo("the services' key is known")
        if kafka is not None:
            security = kafka_wire(WireSettings(), kafka).options()
            await ensure_topics(kafka, Topics.of(topic_prefix, found.shards).all(), **security)
            typer.echo("topics are there")

    with explained(ShardsAreFixed, StoreUnavailable, KafkaError, WrongPartitions, TopicsRefused, KeyRefused, OSError):
        if checkpoint_key_file is not None and ensure_checkpoint_key(checkpoint_key_file):
            typer.echo(f"made the key for checkpoints: keep a copy of {checkpoint_key_file} where the database is not")
        key = None if service_key_file is None else _services_key(service_key_file)
        asyncio.run(work())


def _services_key(path: Path) -> KeyRow:
    """The key in `path`, as one that the services may show each other. Raises `KeyRefused`."""
    from casework.shared.platform.api_keys import SERVICE_SCOPES, key_row

    try:
        return key_row(path.read_text().strip(), "services", "service", "service", 100, SERVICE_SCOPES)
    except OSError as error:
        raise KeyRefused(f"Cannot read {path} ({error.strerror}): check CASEWORK_SERVICE_KEY_FILE.") from None
    except ValueError as error:
        raise KeyRefused(f"{path}: {error}. `deploy/secrets.sh` makes one.") from None
