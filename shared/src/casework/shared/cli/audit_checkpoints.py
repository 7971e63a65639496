"""`casework audit checkpoints`: fetch signed checkpoints, and keep them where the operator cannot reach them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DataDirOption,
    JsonOption,
    KeyOption,
    UrlOption,
    explained,
    find_target,
)
from casework.shared.cli.proof_routes import NotAnswered, asked

if TYPE_CHECKING:
    import httpx2

    from casework.shared.audit.checkpoint import Checkpoint, Held
    from casework.shared.audit.notes import PublicKey


def checkpoints(
    folder: Annotated[Path, typer.Argument(help="Where you keep checkpoints; made when it is not there.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", help="The notary's public key, as you were given it by another way.")
    ],
    every: Annotated[
        bool, typer.Option("--every", help="All that were signed since the last one kept, instead of the newest alone.")
    ] = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the newest checkpoint, see that it is signed and has grown out of those you keep, and keep it.

    The key needs the scope audit:read. Exit code 0: it fits; 1: it contradicts what is kept; 2: could not run.
    """
    from casework.shared.audit.keeping import Contradicts, keep, kept_in
    from casework.shared.audit.signed import NoCheckpoints, read_trusted
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, NotAnswered, NoCheckpoints, OSError):
        trusted = read_trusted(public_key)
        folder.mkdir(parents=True, exist_ok=True)
        target = find_target(data_dir, url=url, key=key)
        try:
            kept = kept_in(folder, trusted)
            new = asyncio.run(_fetched(target.url, target.key, kept, trusted, every=every))
        except Contradicts as error:
            typer.echo(f"{error} Nothing was written. Keep what you have, and ask.", err=True)
            raise typer.Exit(1) from None
        for checkpoint, note in new:
            keep(folder, checkpoint, note)
    newest = new[-1][0] if new else kept.newest
    assert newest is not None
    if as_json:
        document = {"kept": len(kept.checkpoints) + len(new), "new": len(new), "newest": newest.number}
        typer.echo(json.dumps({**document, "time": newest.time, "events": newest.events}))
        return
    what = f"checkpoint {newest.number} of {newest.time}, over {newest.events} events"
    typer.echo(f"{len(new)} new in {folder}; the newest is {what}" if new else f"{folder} has the newest: {what}")


async def _fetched(
    url: str, key: str, kept: Held, trusted: list[PublicKey], *, every: bool
) -> list[tuple[Checkpoint, bytes]]:
    """What is new, seen to fit. Raises `Contradicts`, `NotAnswered`."""
    import httpx2

    from casework.shared.audit.keeping import new_ones, require_grown

    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60.0) as http:
        notes = [str((await asked(http, "/v1/checkpoints/latest"))["note"]).encode()]
        if every:
            notes += [note async for note in _since(http, kept.newest.number if kept.newest else 0)]
        new = new_ones(kept, notes, trusted)
        if kept.newest is not None and new:
            old, newest = kept.newest, new[-1][0]
            answer = await asked(http, "/v1/proofs/consistency", **{"from": old.number, "to": newest.number})
            require_grown(old, newest, answer["proofs"])
    return new


async def _since(http: httpx2.AsyncClient, after: int) -> Any:
    """The notes of all later checkpoints."""
    following: int | None = after
    while following is not None:
        page = await asked(http, "/v1/checkpoints", after=following)
        for each in page["checkpoints"]:
            yield str(each["note"]).encode()
        following = page["next"]
