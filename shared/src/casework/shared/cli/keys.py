"""`casework keys`: API keys, made and revoked, the public keys of checkpoints, and a new wrapping key."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from casework.shared.cli.checkpoint_keys import checkpoint
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
    keys = typer.Typer(
        help="API keys, the keys of checkpoints, and what person keys are wrapped with.", no_args_is_help=True
    )
    keys.command()(create)
    keys.command()(revoke)
    keys.command()(checkpoint)
    keys.command()(rotate)
    app.add_typer(keys, name="keys")


def create(
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What the key may do; give it several times. The role auditor has its own."),
    ] = None,
    actor: Annotated[str, typer.Option(help="Who acts with it: it stands on every event.")] = "integrator",
    kind: Annotated[str, typer.Option(help="person, integrator, service or clock.")] = "integrator",
    role: Annotated[str, typer.Option(help="The actor's role; auditor reads and verifies only.")] = "integrator",
    rank: Annotated[int, typer.Option(min=0, help="The actor's rank, for limits of authority.")] = 0,
    expires: Annotated[
        str | None,
        typer.Option(help="The moment it ends, as in 2026-03-02T09:10:00Z; without it, it ends when revoked."),
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once."""
    from typing import cast

    from casework.shared.contracts.actors import ActorKind
    from casework.shared.contracts.types import rfc3339
    from casework.shared.platform.api_keys import Scope, mint_key, scopes_of_role, store_key
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, admin_engine, begin

    with explained(NoStack, StoreUnavailable, ValueError):
        target = find_target(data_dir, database=database)
        if kind not in ("person", "integrator", "service", "clock"):
            raise ValueError(f"--kind {kind} is not one of person, integrator, service, clock")
        scopes = scopes_of_role(role, cast("list[Scope]", scope or []))
        ends = None if expires is None else _moment(expires)
        plain, row = mint_key(actor, cast(ActorKind, kind), role, rank, scopes, ends)

        async def work() -> None:
            engine = admin_engine(target.database)
            try:
                async with begin(engine) as transaction:
                    # By the database's clock, which is what ends the key.
                    if ends is not None and ends <= transaction.now:
                        raise ValueError(f"--expires {expires} has passed: a key that ends then would never be let in")
                    await store_key(transaction, row)
            finally:
                await engine.dispose()

        asyncio.run(work())
    if as_json:
        said = {"key": plain, "prefix": row.prefix, "scopes": list(row.scopes)}
        typer.echo(json.dumps(said | {"expires_at": None if ends is None else rfc3339(ends)}))
    else:
        typer.echo(plain)


def _moment(text: str) -> datetime:
    """Raises ValueError, which says how it is written."""
    from casework.shared.contracts.types import parse_rfc3339

    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise ValueError(f"--expires is a moment, as in 2026-03-02T09:10:00Z: {error}") from None


def revoke(
    prefix: Annotated[str, typer.Argument(help="The part of the key between the underscores.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
) -> None:
    """Revoke a key. It is refused everywhere within 30 seconds."""
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


def rotate(
    key_file: Annotated[
        Path | None, typer.Option(envvar="CASEWORK_KEY_FILE", help="The key file; else the data directory's.")
    ] = None,
    file_only: Annotated[
        bool, typer.Option("--file-only", help="Only put a new key into the file: hand it out, then run this again.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Take the former key out of the file; refused while a key needs it.")
    ] = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wrap all person keys with a new key, while the services run. Former and new open until `--finish`."""
    from casework.shared.cli.posting import progress_bar
    from casework.shared.keys.rotation import LeftBehind, StillNeeded, add_new_key, rewrap, take_former_out
    from casework.shared.keys.wrapping import KeyFileError, read_ring
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, admin_engine

    path = key_file or data_dir / "keys" / "person-keys"

    async def work(url: str) -> int:
        engine = admin_engine(url)
        try:
            if finish:
                return await take_former_out(engine, path)
            with progress_bar(quiet=as_json or not sys.stderr.isatty()) as bar:
                task = bar.add_task("person keys", total=None)
                return await rewrap(engine, path, lambda count: bar.advance(task, count))
        finally:
            await engine.dispose()

    with explained(NoStack, StoreUnavailable, KeyFileError, StillNeeded, LeftBehind, AlreadyRunning, OSError):
        added = not finish and add_new_key(path)
        count = 0 if file_only else asyncio.run(work(find_target(data_dir, database=database).database))
        newest, *former = (each.kek_id for each in read_ring(path))
    if as_json:
        typer.echo(json.dumps({"newest": newest, "former": former, "added": added, "count": count}))
    elif file_only:
        typer.echo(f"{newest} is the newest key; when every process has this file, run `casework keys rotate`")
    elif finish:
        typer.echo(f"only {newest} is in the file; a backup of the key store from before opens with no copy of it")
    else:
        typer.echo(f"{count} person keys are now wrapped with {newest}; `casework keys rotate --finish` ends the rest")
