"""A walk of `examples/` as a user runs it: a command against a Casework that runs, with keys from a file."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import cast

import pytest
from examples.desk import EVERYBODY

from casework.shared.audit.sources import verify_stores
from casework.shared.contracts.actors import ActorKind
from casework.shared.platform.api_keys import Scope, mint_key, store_key
from casework.shared.runtime.database import begin
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

TOP = Path(__file__).parents[2]


async def keys_of_everybody(running: Running, path: Path) -> Path:
    """A file with a key for each person of the walks."""
    keys = {}
    async with begin(running.admin) as work:
        for each in EVERYBODY:
            kind, scopes = cast("ActorKind", each.kind), cast("tuple[Scope, ...]", each.scopes)
            keys[each.name], row = mint_key(each.name, kind, each.role, each.rank, scopes)
            await store_key(work, row)
    path.write_text(json.dumps(keys))
    return path


async def command(*arguments: str) -> tuple[int, str, str]:
    """What a walk ends with, says, and says of errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=TOP, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), errors.decode()


@pytest.mark.wire
async def test_a_walk_runs_against_a_casework_that_runs(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    async with running_services(postgres_server, kafka_server, tmp_path) as running:
        keys = await keys_of_everybody(running, tmp_path / "keys.json")
        target = ("--url", running.url, "--keys", str(keys), "--json")
        status, said, errors = await command("examples.four_demands", *target, "--soon", "10")
        assert (status, errors) == (0, "")
        *calls, last = map(json.loads, said.splitlines())
        assert len(last["cases"]) == 1
        assert calls[0]["says"] == "posts the call of Mr Chen"
        assert calls[-1]["answer"] == "closed"
        assert {call["status"] for call in calls} == {200, 201, 403, 409}
        assert (await verify_stores(running.database_url)).faults == 0

        keys.write_text(json.dumps(dict.fromkeys(json.loads(keys.read_text()), "cw_none")))
        status, _, errors = await command("examples.four_demands", *target)
        assert (status, errors.startswith("Casework cannot be asked. ")) == (2, True)


async def test_a_walk_without_a_casework_says_what_to_start(tmp_path: Path) -> None:
    status, said, errors = await command("examples.refund_dispute", "--data-dir", str(tmp_path))
    assert (status, said) == (2, "")
    assert "start `casework up`" in errors
