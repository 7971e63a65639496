"""`casework keys`: API keys, made and revoked."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    explained,
    find_target,
)


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    keys = typer.Typer(help="API keys.", no_args_is_help=True)
    keys.command()(create)
    keys.command()(revoke)
    app.add_typer(keys, name="keys")


def create(
    scope: Annotated[list[str], typer.Option(help="What the key may do; give it several times.")],
    actor: Annotated[str, typer.Option(help="Who acts with it: it stands on every event.")] = "integrator",
    kind: Annotated[str, typer.Option(help="person, integrator, service or clock.")] = "integrator",
    role: Annotated[str, typer.Option(help="The actor's role.")] = "integrator",
    rank: Annotated[int, typer.Option(min=0, help="The actor's rank, for limits of authority.")] = 0,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once."""
    from typing import cast

    from casework.shared.contracts.actors import ActorKind
    from casework.shared.platform.api_keys import Scope, mint_key, store_key
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, admin_engine, begin

    with explained(NoStack, StoreUnavailable, ValueError):
        target = find_target(data_dir, database=database)
        if kind not in ("person", "integrator", "service", "clock"):
            raise ValueError(f"--kind {kind} is not one of person, integrator, service, clock")
        plain, row = mint_key(actor, cast(ActorKind, kind), role, rank, cast("list[Scope]", scope))

        async def work() -> None:
            engine = admin_engine(target.database)
            try:
                async with begin(engine) as transaction:
                    await store_key(transaction, row)
            finally:
                await engine.dispose()

        asyncio.run(work())
    if as_json:
        typer.echo(json.dumps({"key": plain, "prefix": row.prefix, "scopes": list(row.scopes)}))
    else:
        typer.echo(plain)


def revoke(
    prefix: Annotated[str, typer.Argument(help="The part of the key between the underscores.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
) -> None:
    """Revoke a key. It is refused everywhere within a minute."""
    from casework.shared.platform.api_keys import revoke_key
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, admin_engine, begin

    async def work(url: str) -> bool:
        engine = admin_engine(url)
        try:
            async with begin(engine) as transaction:
                return await revoke_key(transaction, prefix)
        finally:
            await engine.dispose()

    with explained(NoStack, StoreUnavailable):
        found = asyncio.run(work(find_target(data_dir, database=database).database))
    typer.echo("revoked" if found else "no such key is in force")
    raise typer.Exit(0 if found else 1)
