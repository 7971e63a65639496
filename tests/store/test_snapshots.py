"""A snapshot is only a shortcut: folding the events again gives the same bytes, in every service, for every case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.keys.sealing import ERASED
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

STRAIGHT_THROUGH = 20
POLICY = """
[[solution]]
name = "collection-explained"
version = 1
categories = ["Debt collection"]
severity = "medium"
complexity = "simple"
finding = "The debt is documented."
outcome = "not-upheld"
remedy = "explanation"
answer = "The debt is yours according to the documents. 欠款属实。"
reply = "accepted"
"""


@pytest_asyncio.fixture(scope="module")
async def written(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The four services with cases of every kind: straight through, by staff, declined, contested, withdrawn."""
    async with postgres_server.database("snapshots") as url:
        folder = tmp_path_factory.mktemp("snapshots")
        policy = folder / "policy.toml"
        policy.write_text(POLICY)
        async with stack_on(url, folder, straight_through=policy) as stack:
            async with stack.client(await stack.key()) as http:
                await write(Desk(http, stack.settle))
            yield stack


async def write(desk: Desk) -> None:
    facts = [{"name": "fee", "value": "12.50"}, {"name": "account", "value": "gold"}]
    for _ in range(STRAIGHT_THROUGH):
        await desk.receive(category="Debt collection", facts=facts)
    await desk.walk(await desk.receive(facts=facts), "closure")
    declined = await desk.receive()
    await desk.walk(declined, "investigation-offer")
    await desk.do(declined, "investigation/declination", {"reason": "Incomplete."})
    contested = await desk.receive()
    await desk.walk(contested, "resolution/decision")
    await desk.do(contested, "resolution/reply", {"reply": "contested", "channel": "phone", "reason": "Not enough."})
    withdrawn = await desk.receive()
    await desk.walk(withdrawn, "investigation/findings")
    await desk.do(withdrawn, "withdrawal", {"reason": "Settled.", "channel": "web"})


async def snapshots(stack: Stack, service: ServiceName) -> dict[UUID, Mapping[str, Any]]:
    async with begin(stack.admin) as work:
        rows = await work.fetch(f"SELECT * FROM {service}.case_state")
    return {row["case_id"]: dict(row) for row in rows}


async def refolded(runtime: ServiceRuntime, cases: Mapping[UUID, object]) -> dict[UUID, bytes]:
    async with begin(runtime.engine) as work:
        states = await runtime.store.refold(work, list(cases))
    return {case_id: runtime.store.write_state(state) for case_id, state in states.items()}


@pytest.mark.parametrize("service", SERVICES)
async def test_folding_again_gives_the_same_bytes(written: Stack, service: ServiceName) -> None:
    kept = await snapshots(written, service)
    assert len(kept) >= STRAIGHT_THROUGH
    assert await refolded(written.runtimes[service], kept) == {case_id: row["state"] for case_id, row in kept.items()}
    store = written.runtimes[service].store
    assert all(store.write_state(store.read_state(row["state"])) == row["state"] for row in kept.values())
    # They are not all one state: the comparison has something to compare.
    assert len({row["state"] for row in kept.values()}) > 1


@pytest.mark.parametrize("service", SERVICES)
async def test_a_snapshot_of_another_release_is_never_read(written: Stack, service: ServiceName) -> None:
    """As after an upgrade that counts `state_version` up: what an older release kept is worth nothing."""
    runtime, kept = written.runtimes[service], await snapshots(written, service)
    async with begin(runtime.engine) as work:
        before = (await runtime.store.open(work, kept)).streams
    async with begin(written.admin) as work:
        await work.execute(f"UPDATE {service}.case_state SET state = 'not even JSON', state_version = 0")
    async with begin(runtime.engine) as work:
        assert (await runtime.store.open(work, kept)).streams == before
    await restore(written.admin, service, kept)


async def test_what_is_decided_on_a_refolded_state_is_kept_as_ever(written: Stack) -> None:
    async with written.client(await written.key()) as http:
        desk = Desk(http, written.settle)
        case_id = UUID(await desk.receive(category="Furniture"))
        async with begin(written.admin) as work:
            await work.execute("UPDATE intake.case_state SET state = '', state_version = 0 WHERE case_id = $1", case_id)
        await desk.do(str(case_id), "acknowledgement")
    row = (await snapshots(written, "intake"))[case_id]
    assert (row["version"], row["state_version"]) == (2, written.runtimes["intake"].service.state_version)
    assert (await refolded(written.runtimes["intake"], {case_id: None}))[case_id] == row["state"]


async def test_nor_does_it_need_the_persons_key(written: Stack) -> None:
    """Folding sees sealed values only: a person who was erased leaves every state as it was."""
    intake = written.runtimes["intake"]
    kept = {service: await snapshots(written, service) for service in SERVICES}
    async with begin(written.admin) as work:
        persons = [row["person"] for row in await work.fetch("SELECT person FROM vault.person_key")]
        assert len(persons) >= STRAIGHT_THROUGH
        vault = Vault(KeyFile.load(intake.settings.key_file))
        for person in persons:
            assert await vault.erase(work, person)
        assert set((await vault.open(work, persons)).values()) == {ERASED}
    for service, rows in kept.items():
        states = {case_id: row["state"] for case_id, row in rows.items()}
        assert await refolded(written.runtimes[service], rows) == states


async def restore(admin: AsyncEngine, service: ServiceName, kept: Mapping[UUID, Mapping[str, Any]]) -> None:
    async with begin(admin) as work:
        for case_id, row in kept.items():
            await work.execute(
                f"UPDATE {service}.case_state SET state = $2, state_version = $3 WHERE case_id = $1",
                case_id,
                row["state"],
                row["state_version"],
            )
