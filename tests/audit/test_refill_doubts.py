"""After a refill: what was taken in and had no effect must not have one now; what was not taken in must have its."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio
from tests.audit.offices import KNOWN, Office, office_on

from casework.shared.audit.refill import IN_DOUBT
from casework.shared.audit.restore import refill_stores
from casework.shared.audit.sources import verify_stores
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import open_envelope, seal_envelope
from casework.shared.contracts.ids import ServiceName, shard_of
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import EventRow, append_events
from casework.shared.runtime.database import begin
from casework.shared.testing.backups import restore
from casework.shared.testing.delivery import deliver
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import PostgresServer

CONTESTED = {"reply": "contested", "channel": "phone", "reason": "It is not all."}
NEWER = "casework.intake.complaint-translated.v1"


@pytest_asyncio.fixture
async def office(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[Office]:
    """An installation of its own, without a case. It has one shard: every service has effects of every other in it
    as soon as one known case has run through."""
    async with postgres_server.database("doubts") as url, office_on(url, tmp_path, shards=1) as office:
        yield office


LATE = "facts-received-after-closure.v1"


async def contested_then_offered(office: Office) -> str:
    """A case whose decision was contested while it was open, which led to nothing in followup, and which was
    decided again and offered."""
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, until="resolution/decision")
    await office.desk.do(case_id, "resolution/reply", CONTESTED)
    for step in ("resolution/remedies", "resolution/decision", "resolution/reply", "resolution/follow-up-offer"):
        await office.desk.do(case_id, step)
    return case_id


async def told_more_then_offered(office: Office) -> str:
    """A case that is open when the complainant says the same in other words, which leads to nothing in followup."""
    reference = str(uuid4())
    case_id = await office.desk.receive(source_reference=reference)
    await office.desk.walk(case_id, until="resolution/follow-up-offer")
    answer = await office.desk.post("/v1/complaints", complaint(source_reference=reference, words="年费被扣了两次。"))
    assert answer.status_code == 200, answer.text
    await office.stack.settle()
    return case_id


async def close(office: Office, case_id: str) -> None:
    for step in ("follow-up/acceptance", "closure"):
        await office.desk.do(case_id, step)


async def parked(office: Office, service: ServiceName) -> dict[str, tuple[str, int]]:
    """The parked cases of a service, with their reason and how many events wait."""
    connection = await asyncpg.connect(office.url)
    rows = await connection.fetch(
        f"SELECT case_id::text, reason, (SELECT count(*) FROM {service}.parked_event e WHERE e.case_id = c.case_id)"
        f" AS waiting FROM {service}.parked_case c"
    )
    await connection.close()
    return {row["case_id"]: (row["reason"], row["waiting"]) for row in rows}


async def test_a_closed_case_is_not_told_what_came_before(office: Office) -> None:
    """Nothing in followup's log shows that the words came in: the case waits for somebody to say."""
    backup = await office.backed_up()
    case_id = await told_more_then_offered(office)
    await close(office, case_id)
    records = await office.exported()
    await restore(office.url, backup, ["followup"])
    (result,) = await refill_stores(office.settings, records)
    assert [str(case) for case in result.in_doubt] == [case_id]
    await office.stack.settle()
    assert (await parked(office, "followup"))[case_id][0] == IN_DOUBT
    assert (await office.desk.show(case_id))["stage"] == "closed"
    assert LATE not in await office.desk.types(case_id, "followup")
    assert (await verify_stores(office.url, all_states=True)).faults == 0
    # Somebody looked and says that it is to be taken in: now it has its effect.
    followup = office.stack.runtimes["followup"]
    assert await followup.consumer.retry(UUID(case_id), shard_of(UUID(case_id), followup.shards))
    assert (await office.desk.types(case_id, "followup"))[-1] == LATE
    assert await parked(office, "followup") == {}


async def test_what_certainly_came_in_is_passed_over(office: Office) -> None:
    """Later effects, of the same source and of the same case, prove that the contestation came in."""
    backup = await office.backed_up()
    case_id = await contested_then_offered(office)
    await office.known(1)
    await close(office, case_id)
    records, settled = await office.exported(), await office.contents(settled=True)
    await restore(office.url, backup, ["followup"])
    (result,) = await refill_stores(office.settings, records)
    assert result.in_doubt == []
    await office.stack.settle()
    assert await office.contents(settled=True) == settled


async def test_what_had_not_come_in_has_its_effect(office: Office) -> None:
    """Followup was behind when its store was lost: cases in flight go on, and none is held up."""
    backup = await office.backed_up()
    runtimes = office.stack.runtimes
    for _ in range(20):
        await office.desk.post("/v1/complaints", complaint(category=KNOWN))
    # Everybody works to the end but followup, which has only opened its cases, after resolution had offered them.
    for source, to in (("intake", "investigation"), ("investigation", "resolution"), ("intake", "followup")):
        await deliver(runtimes[source], runtimes[to])  # type: ignore[index]
    records = await office.exported()
    connection = await asyncpg.connect(office.url)
    lost = await connection.fetchval("SELECT count(*) FROM followup.event")
    await connection.close()
    await restore(office.url, backup, ["followup"])
    (result,) = await refill_stores(office.settings, records)
    assert (result.events, result.in_doubt) == (lost, [])
    assert lost >= 20
    await office.stack.settle()
    assert await parked(office, "followup") == {}
    counts = await office.desk.http.get("/v1/case-counts")
    assert (counts.json()["closed"], counts.json()["open"]) == (20, 0)


async def test_a_case_that_was_parked_is_parked_again(office: Office) -> None:
    """What a service parked after the backup is not in the backup, and its cursors say that it was taken in."""
    backup = await office.backed_up()
    held, intake = await office.desk.receive(), office.stack.runtimes["intake"]
    async with begin(intake.engine) as work:
        last = (await reading.of_case(work, UUID(held)))[-1]
        newer = open_envelope(last.document)._replace(
            id=uuid4(), type=NEWER, version=last.version + 1, prevhash=last.hash, data={}
        )
        document = seal_envelope(newer, "/schemas/casework.intake.complaint-translated/1.json")
        row = EventRow(
            last.shard, last.case_id, newer.version, newer.id, NEWER, document, leaf_hash(document), last.recorded_at
        )
        await append_events(work, [row])
    await office.stack.settle()
    waited = (await parked(office, "followup"))[held]
    assert waited == ("UnknownType", 1)
    await office.known(1)
    records = await office.exported()
    await restore(office.url, backup, ["followup"])
    (result,) = await refill_stores(office.settings, records)
    assert [str(case) for case in result.in_doubt] == [held]
    # What resolution noted of the receipt waits behind it.
    assert await parked(office, "followup") == {held: (IN_DOUBT, 2)}
    connection = await asyncpg.connect(office.url)
    assert await connection.fetchval("SELECT unknown_type FROM followup.parked_case") == NEWER
    await connection.close()


async def test_a_case_parked_on_the_day_of_the_backup_stays_so_or_flows_as_it_did(office: Office) -> None:
    """Two cases are parked when the backup is made. One is taken up on the lost day, the other keeps waiting, with
    what came in for it meanwhile."""
    followup = office.stack.runtimes["followup"]
    taken_up, waiting = await office.desk.receive(), await office.desk.receive()
    connection = await asyncpg.connect(office.url)
    for case_id in (taken_up, waiting):
        await connection.execute(
            "INSERT INTO followup.parked_case (consumer, case_id, shard, reason) VALUES ($1, $2, $3, 'Fault')",
            followup.reactor.consumer,
            UUID(case_id),
            shard_of(UUID(case_id), followup.shards),
        )
        await office.desk.do(case_id, "acknowledgement")
    backup = await office.backed_up()
    assert set(await parked(office, "followup")) == {taken_up, waiting}
    await office.desk.do(waiting, "assessment")
    assert await followup.consumer.retry(UUID(taken_up), shard_of(UUID(taken_up), followup.shards))
    for step in ("assessment", "investigation-offer"):
        await office.desk.do(taken_up, step)
    answer = await office.desk.post(f"/v1/cases/{taken_up}/withdrawal", {"reason": "Settled.", "channel": "phone"})
    assert answer.status_code == 200
    await office.stack.settle()
    await office.known(1)
    was_waiting = await parked(office, "followup")
    records, settled = await office.exported(), await office.contents(settled=True)
    await restore(office.url, backup, ["followup"])
    (result,) = await refill_stores(office.settings, records)
    assert result.in_doubt == []
    await office.stack.settle()
    assert await parked(office, "followup") == was_waiting == {waiting: ("Fault", 3)}
    after = await office.contents(settled=True)
    for table in ("followup.parked_event",):
        # The order of arrival is kept, its numbers are not.
        assert len(after.pop(table)) == len(settled.pop(table))
    assert after == settled
    await connection.close()
