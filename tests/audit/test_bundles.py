"""Bundles of a real installation, checked where there is neither database nor network, and stores that were changed."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio
from fastapi import FastAPI

from casework.shared.audit.bundle import Bundle, attach_rules, bundle_cases, bundle_log
from casework.shared.audit.checkpoint import checkpoint_of
from casework.shared.audit.notes import public_pem
from casework.shared.audit.signed import SignedTrees, read_held
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.canonical import canonical_trusted, leaf_hash
from casework.shared.contracts.ids import SERVICES
from casework.shared.notary.serve import make_notary, signers_of
from casework.shared.testing.parts import PostgresServer

from .notaries import Signing, asked, signing_on

OFFLINE = """
import sys
def nobody(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"it asks the network: {event} {arguments}")
sys.addaudithook(nobody)
from casework.shared.cli import app
app(sys.argv[1:])
"""
VERIFY = ("audit", "verify", "bundle.zip", "--public-key", "notary.pem", "--json")
SEED = 20_261_122


@pytest_asyncio.fixture
async def signing(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Signing]:
    async with postgres_server.database("bundles") as url, signing_on(url, tmp_path) as signing:
        yield signing


async def made(signing: Signing, path: Path, cases: Sequence[UUID] = ()) -> int:
    """A bundle of these cases, or of the whole log, as `casework audit bundle` makes it. Returns its events."""
    notary, app, _ = make_notary(signing.settings, signing.client)
    await notary.look()
    latest = (await asked(signing, app, "/v1/checkpoints/latest")).json()
    checkpoint = checkpoint_of(latest["note"].encode())
    written = Bundle(path, checkpoint, latest["note"].encode(), latest["public_keys"])
    attach_rules(written, None)
    if not cases:
        async with open_stores(signing.office.url) as stores:
            return await bundle_log(written, stores, checkpoint, path.parent)
    return (await bundle_cases(written, proofs_of(signing, app, cases), path.parent))[1]


async def proofs_of(signing: Signing, app: FastAPI, cases: Sequence[UUID]) -> AsyncIterator[tuple[UUID, Any]]:
    for case_id in cases:
        yield case_id, (await asked(signing, app, "/v1/proofs/inclusion", case_id=str(case_id))).json()


async def all_cases(signing: Signing) -> list[UUID]:
    connection = await asyncpg.connect(signing.office.url)
    rows = await connection.fetch("SELECT case_id FROM intake.event WHERE version = 1 ORDER BY position, case_id")
    await connection.close()
    return [row[0] for row in rows]


def elsewhere(signing: Signing, bundle: Path, folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """`casework audit verify` on a machine that has the bundle and the public key and nothing else."""
    folder.mkdir()
    shutil.copy(bundle, folder / "bundle.zip")
    (folder / "notary.pem").write_text(public_pem(signers_of(signing.settings.checkpoint_key_file)[0]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, *VERIFY, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, orjson.loads(done.stdout)


async def test_one_case_and_a_whole_log_are_checked_elsewhere(signing: Signing, tmp_path: Path) -> None:
    await signing.office.known(6)
    cases = await all_cases(signing)
    one, some, log = tmp_path / "one.zip", tmp_path / "some.zip", tmp_path / "log.zip"
    events = await made(signing, one, cases[:1])
    code, report = elsewhere(signing, one, tmp_path / "machine-1", "--case", str(cases[0]))
    assert (code, report["faults"], report["cases"], report["events"]) == (0, 0, 1, events)
    await made(signing, some, cases)
    assert elsewhere(signing, some, tmp_path / "machine-2")[1]["cases"] == 6
    # The log goes on; the bundle ends where its checkpoint does.
    notary = signing.start()
    await notary.look()
    await signing.office.known(1)
    events = await made(signing, log)
    code, report = elsewhere(signing, log, tmp_path / "machine-3")
    assert (code, report["faults"], report["events"], report["unsigned"]) == (0, 0, events, 0)
    assert report["cases"] == 7


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.practice("P166")
async def test_a_case_and_a_thousand_cases_in_one_run_are_checked_elsewhere(signing: Signing, tmp_path: Path) -> None:
    for _ in range(20):
        await signing.office.known(50)
    cases = await all_cases(signing)
    assert len(cases) == 1_000
    one, many = tmp_path / "one.zip", tmp_path / "many.zip"
    events = await made(signing, one, cases[500:501])
    code, report = elsewhere(signing, one, tmp_path / "machine-1", "--case", str(cases[500]))
    assert (code, report["faults"], report["cases"], report["events"]) == (0, 0, 1, events)
    events = await made(signing, many, cases)
    wanted = [argument for case_id in cases for argument in ("--case", str(case_id))]
    code, report = elsewhere(signing, many, tmp_path / "machine-2", *wanted)
    assert (code, report["faults"], report["cases"], report["events"]) == (0, 0, 1_000, events)


async def test_a_bundle_cut_between_a_cause_and_its_effect_is_not_accused(signing: Signing, tmp_path: Path) -> None:
    """A checkpoint is taken of four logs at four moments."""
    office = signing.office
    notary = signing.start()
    office.stack.away.add("resolution")
    await office.known(3)
    await signing.sign(notary)
    office.stack.away.clear()
    await office.stack.settle()
    path = tmp_path / "log.zip"
    checkpoint, note = notary.last, notary.book.note(1)
    assert checkpoint is not None
    written = Bundle(path, checkpoint, note, [])
    async with open_stores(office.url) as stores:
        events = await bundle_log(written, stores, checkpoint, tmp_path)
    assert events == checkpoint.events
    assert elsewhere(signing, path, tmp_path / "machine")[0] == 0


# ---- the stores themselves, by a superuser whom nothing stops


async def _edit(connection: asyncpg.Connection[asyncpg.Record], odds: random.Random, kind: str) -> None:
    service = odds.choice(SERVICES)
    rows = await connection.fetch(f"SELECT * FROM {service}.event ORDER BY shard, position")
    row = odds.choice(rows)
    where = (row["shard"], row["position"])
    if kind == "byte":
        at = odds.randrange(len(row["envelope"]))
        changed = bytearray(row["envelope"])
        changed[at] ^= odds.randrange(1, 256)
        await connection.execute(
            f"UPDATE {service}.event SET envelope = $3 WHERE shard = $1 AND position = $2", *where, bytes(changed)
        )
    elif kind == "delete":
        await connection.execute(f"DELETE FROM {service}.event WHERE shard = $1 AND position = $2", *where)
    elif kind == "drop":
        for each in SERVICES:
            for table in ("event", "case_state"):
                await connection.execute(f"DELETE FROM {each}.{table} WHERE case_id = $1", row["case_id"])
    elif kind == "swap":
        other = odds.choice([each for each in rows if each["event_id"] != row["event_id"]])
        statement = f"UPDATE {service}.event SET shard = $1, position = $2 WHERE event_id = $3"
        await connection.execute(statement, *where, other["event_id"])
        await connection.execute(statement, other["shard"], other["position"], row["event_id"])
    else:
        await _rehash(connection, service, row, odds)


async def _rehash(
    connection: asyncpg.Connection[asyncpg.Record], service: str, row: asyncpg.Record, odds: random.Random
) -> None:
    """Change an event, then every hash and link after it in its shard, the head and the states."""
    rows = await connection.fetch(
        f"SELECT * FROM {service}.event WHERE shard = $1 AND position >= $2 ORDER BY position",
        row["shard"],
        row["position"],
    )
    new: dict[UUID, bytes] = {}
    before: bytes | None = row["shardprev"]
    for each in rows:
        raw = orjson.loads(each["envelope"])
        if each["position"] == row["position"]:
            raw["actor"] += f"-{odds.randrange(1_000)}"
        if each["case_id"] in new:
            raw["prevhash"] = new[each["case_id"]].hex()
        document = canonical_trusted(raw)
        new[each["case_id"]] = leaf_hash(document)
        await connection.execute(
            f"UPDATE {service}.event SET envelope = $3, hash = $4, shardprev = $5 WHERE shard = $1 AND position = $2",
            each["shard"],
            each["position"],
            document,
            new[each["case_id"]],
            before,
        )
        before = new[each["case_id"]]
    await connection.execute(f"UPDATE {service}.log_head SET hash = $2 WHERE shard = $1", row["shard"], before)
    for case_id, hash_ in new.items():
        await connection.execute(f"UPDATE {service}.case_state SET hash = $2 WHERE case_id = $1", case_id, hash_)


KINDS = ("byte", "delete", "drop", "swap", "rehash")
DROPPED = (
    *("event_hash_is_of_envelope", "event_first_has_no_previous"),
    *("event_position", "event_stream", "event_id"),
)
KEPT = ("event", "case_state", "log_head")


async def stores_trial(signing: Signing, edits: int, *, against: bool = True) -> list[str]:
    """So many edits of the stores, each undone before the next. Returns those that were not found."""
    await signing.office.known(12)
    notary = signing.start()
    await signing.sign(notary)
    held = read_held(signing.folder / "checkpoints", signing.keys)
    url = signing.office.url
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    for service in SERVICES:
        for constraint in DROPPED:
            await connection.execute(f"ALTER TABLE {service}.event DROP CONSTRAINT {constraint}")
        for table in KEPT:
            await connection.execute(f"CREATE TABLE kept_{service}_{table} AS TABLE {service}.{table}")
    missed = []
    for number in range(edits):
        odds = random.Random(f"stores-{SEED}-{number}")
        kind = KINDS[number % len(KINDS)] if against else "rehash"
        await _edit(connection, odds, kind)
        report = await verify_stores(url, signed=SignedTrees(held) if against else None)
        if not report.faults:
            missed.append(f"{kind} {number}")
        for service in SERVICES:
            for table in KEPT:
                await connection.execute(f"TRUNCATE {service}.{table} CASCADE")
                await connection.execute(f"INSERT INTO {service}.{table} SELECT * FROM kept_{service}_{table}")
        assert number % 10 or (await verify_stores(url, signed=SignedTrees(held))).faults == 0
    await connection.close()
    return missed


async def test_edits_of_the_stores_are_found(signing: Signing) -> None:
    assert await stores_trial(signing, 20) == []


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_five_hundred_edits_of_the_stores_are_found(signing: Signing) -> None:
    assert await stores_trial(signing, 500) == []


async def test_without_checkpoints_a_rehashed_store_is_not_found(signing: Signing) -> None:
    """The trial bites: some of these are flawless but for what was signed."""
    assert await stores_trial(signing, 6, against=False)
