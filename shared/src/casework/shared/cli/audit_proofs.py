"""`casework audit bundle`, and what `casework audit verify` takes to hold a log against signed checkpoints."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from uuid import UUID

import typer

from casework.shared.cli.event_logs import DEFAULT_PURPOSE
from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
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

    from casework.shared.audit.checkpoint import Checkpoint
    from casework.shared.audit.signed import SignedTrees
    from casework.shared.audit.sources import Progress
    from casework.shared.audit.verify import Report

CheckpointsOption: TypeAlias = Annotated[
    Path | None, typer.Option("--checkpoints", help="Signed checkpoints that you keep: a file, or a folder of *.note.")
]
PublicKeyOption: TypeAlias = Annotated[
    Path | None, typer.Option("--public-key", help="The notary's public key, as you were given it by another way.")
]
AsOfOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--as-of", help="When the copy was made, as in 2026-03-02T09:10:00Z: later checkpoints are left out."),
]
CaseOption: TypeAlias = Annotated[
    list[UUID] | None, typer.Option("--case", help="A case that the export or bundle must hold; give it several times.")
]


def held_against(checkpoints: Path | None, public_key: Path | None, as_of: str | None) -> SignedTrees | None:
    """What to hold a log against; None where no checkpoints were given. Raises `NoCheckpoints`."""
    from casework.shared.audit.signed import NoCheckpoints, SignedTrees, read_held, read_trusted

    if checkpoints is None:
        if public_key is not None or as_of is not None:
            raise NoCheckpoints("--public-key and --as-of go with --checkpoints: say where the checkpoints are.")
        return None
    if public_key is None:
        raise NoCheckpoints(_BRING_A_KEY)
    return SignedTrees(read_held(checkpoints, read_trusted(public_key)), as_of=_moment(as_of))


def verified_bundle(
    path: Path,
    checkpoints: Path | None,
    public_key: Path | None,
    as_of: str | None,
    cases: Sequence[UUID],
    progress: Progress,
) -> Report:
    """The report on a bundle. Raises `NoCheckpoints`, `NotABundle`."""
    from casework.shared.audit.bundled import verify_bundle
    from casework.shared.audit.signed import NoCheckpoints, read_notes, read_trusted

    if public_key is None:
        raise NoCheckpoints(_BRING_A_KEY)
    held = [] if checkpoints is None else read_notes(checkpoints)
    return verify_bundle(
        path, read_trusted(public_key), held=held, cases=cases, as_of=_moment(as_of), progress=progress
    )


def _moment(text: str | None) -> str | None:
    """The time as checkpoints have it: UTC, whole seconds. Raises `NoCheckpoints`."""
    from casework.shared.audit.signed import NoCheckpoints
    from casework.shared.contracts.types import parse_rfc3339
    from casework.shared.errors import InvalidMessage

    if text is None:
        return None
    try:
        return parse_rfc3339(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (InvalidMessage, ValueError):
        raise NoCheckpoints(f"--as-of {text} is no time: write it as in 2026-03-02T09:10:00Z.") from None


_BRING_A_KEY = (
    "Give the notary's public key with --public-key, as you were given it by another way than what you verify: a key "
    "that comes with the data proves nothing. `casework keys checkpoint` prints it where the notary runs."
)


def bundle(
    path: Annotated[Path, typer.Argument(help="The bundle to write (a zip file).")],
    case: Annotated[list[UUID] | None, typer.Option("--case", help="Only this case; give it several times.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Only cases received from this moment, as in 2026-03-02T09:10:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only cases received before this moment.")] = None,
    purpose: Annotated[
        str, typer.Option(help="What the log, or a period, is taken for: it is recorded.")
    ] = DEFAULT_PURPOSE,
    institution: Annotated[
        Path | None, typer.Option(envvar="CASEWORK_INSTITUTION", help="The institution file that is in force.")
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the whole log, or chosen cases, with proofs, the signed checkpoint, keys, rules and schemas.

    The key needs the scope audit:read. The whole log, and a period, are read from the database, and who took them is
    recorded before, as of an export; single cases need none.
    """
    from casework.shared.audit.bundle import Bundle, attach_rules, bundle_cases, bundle_log
    from casework.shared.audit.checkpoint import NotACheckpoint, checkpoint_of
    from casework.shared.audit.export import CannotExport
    from casework.shared.audit.notes import NotSigned
    from casework.shared.audit.walk import open_stores
    from casework.shared.contracts.policy_text import InvalidPolicy
    from casework.shared.errors import InvalidMessage
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable

    async def work() -> tuple[int, int, Checkpoint]:
        import httpx2

        target = find_target(data_dir, url=url, key=key, database=database)
        headers = {"authorization": f"Bearer {target.key}"}
        async with httpx2.AsyncClient(base_url=target.url, headers=headers, timeout=60.0) as http:
            latest = await asked(http, "/v1/checkpoints/latest")
            note = str(latest["note"]).encode()
            checkpoint = checkpoint_of(note)
            cases = list(case or [])
            whole = not cases and since is None and until is None
            if whole or since is not None or until is not None:
                if await asyncio.to_thread(path.exists):
                    raise CannotExport(f"{path} exists; name another file, or move that one away first.")
                await _recorded(target.database, purpose, path, since, until)
            if since is not None or until is not None:
                cases += await _received(target.database, since, until)
                if not cases:
                    raise CannotExport("No case was received in that time; nothing was written.")
            written = Bundle(path, checkpoint, note, latest["public_keys"])
            attach_rules(written, institution)
            if whole:
                async with open_stores(target.database) as stores:
                    events = await bundle_log(written, stores, checkpoint, path.parent, progress=progress)
                return 0, events, checkpoint
            return (*await bundle_cases(written, _proofs(http, cases, checkpoint, progress), path.parent), checkpoint)

    from casework.shared.cli.posting import progress_bar

    with (
        explained(NoStack, NotAnswered, CannotExport, NotInstalled, StoreUnavailable, OSError),
        explained(NotSigned, NotACheckpoint, InvalidPolicy, InvalidMessage, ValueError),
        progress_bar(quiet=as_json or not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("bundled", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        many, events, checkpoint = asyncio.run(work())
    document = {"path": str(path), "events": events, "cases": many, "checkpoint": checkpoint.number}
    what = f"{events} events of {many} cases" if many else f"{events} events"
    words = f"{what} in {path}, proved against checkpoint {checkpoint.number} of {checkpoint.time}"
    typer.echo(json.dumps(document) if as_json else words)


async def _proofs(
    http: httpx2.AsyncClient, cases: Sequence[UUID], checkpoint: Checkpoint, progress: Progress
) -> AsyncIterator[tuple[UUID, dict[str, Any]]]:
    for number, case_id in enumerate(dict.fromkeys(cases), start=1):
        found = await asked(http, "/v1/proofs/inclusion", case_id=str(case_id), checkpoint=checkpoint.number)
        if not found["events"]:
            raise NotAnswered(
                f"Checkpoint {checkpoint.number} has no event of case {case_id}: it does not exist, or is newer."
            )
        yield case_id, found
        progress(number, len(cases))


async def _recorded(database_url: str, purpose: str, path: Path, since: str | None, until: str | None) -> None:
    """Record that the log, or a period of it, is taken out. Raises ValueError for a purpose that is none."""
    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.event_logs import recorded

    period = {name: each for name, each in (("from", since), ("to", until)) if each is not None}
    async with open_stores(database_url) as stores:
        await recorded(stores, "export", purpose, {"format": "bundle", "file": path.name, **period})


async def _received(database_url: str, since: str | None, until: str | None) -> list[UUID]:
    """The cases that intake recorded in a period, by time."""
    from casework.shared.audit.walk import open_stores
    from casework.shared.contracts.types import parse_rfc3339
    from casework.shared.runtime.database import begin

    first, last = (None if each is None else parse_rfc3339(each) for each in (since, until))
    async with open_stores(database_url) as stores, begin(stores.engines["intake"]) as work:
        rows = await work.fetch(
            "SELECT case_id FROM event WHERE version = 1 AND ($1::timestamptz IS NULL OR recorded_at >= $1)"
            " AND ($2::timestamptz IS NULL OR recorded_at < $2) ORDER BY recorded_at, case_id",
            first,
            last,
        )
    return [row[0] for row in rows]
