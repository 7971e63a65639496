"""`casework relay`: sending again."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from typing import Annotated

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    PrefixOption,
    explained,
)


class ServiceChoice(StrEnum):
    """The four services."""

    INTAKE = "intake"
    INVESTIGATION = "investigation"
    RESOLUTION = "resolution"
    FOLLOWUP = "followup"


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    relay = typer.Typer(help="What the services send to Kafka.", no_args_is_help=True)
    relay.command()(rewind)
    relay.callback()(lambda: None)
    app.add_typer(relay, name="relay")


def rewind(
    to: Annotated[int, typer.Option(min=0, help="The first position to send again. 0 also sends every status again.")],
    service: Annotated[
        list[ServiceChoice] | None, typer.Option(help="Only this service's relay; give it several times.")
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let the relays send again what the broker may have lost. Whoever has it already drops it."""
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.contracts.ids import SERVICES
    from casework.shared.errors import Conflict
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.relay.lease import rewind as set_back
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, begin
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.runtime.topics import Topics

    async def work() -> dict[str, int]:
        moved: dict[str, int] = {}
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            # Positions on other topics count other things: they can only all be sent again, or not be asked for.
            topic = None if to == 0 else Topics.of(topic_prefix, stores.installation.shards).events.name
            for name in [choice.value for choice in service] if service else SERVICES:
                async with begin(stores.engines[name]) as transaction:
                    moved[name] = await set_back(transaction, to, topic)
        return moved

    with explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable, Conflict):
        moved = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps({"cursors": moved}))
        return
    for name, many in moved.items():
        typer.echo(f"{name}: {many} cursors set back to {to}" if many else f"{name}: had sent nothing from {to} on")
