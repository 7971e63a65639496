"""A case that waits for an operator takes no step of the staff; every other case does."""

from __future__ import annotations

from uuid import UUID, uuid4

from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.envelope import open_envelope, seal_envelope
from casework.shared.contracts.ids import shard_of
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import EventRow, append_events
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.testing.desk import Desk
from casework.shared.testing.stack import Stack

NEWER = "casework.intake.complaint-translated.v1"


async def test_a_parked_case_takes_no_steps_until_somebody_has_looked(desk: Desk, stack: Stack) -> None:
    parked, other = await desk.receive(), await desk.receive()
    for case_id in (parked, other):
        await desk.walk(case_id, until="investigation/acceptance")
    await _append_newer(stack.runtimes["intake"], UUID(parked))
    await stack.settle()
    for step in ("investigation/findings", "investigation/resolution-offer", "closure", "reopening"):
        refused = await desk.ask(parked, step, None if step != "reopening" else {"reason": "More is known."})
        assert refused.status_code == 409, refused.text
        assert refused.json()["type"] == "/problems/case-parked"
    # What was recorded can be read, and intake, which wrote the event, goes on.
    assert (await desk.show(parked))["stage"] == "in-investigation"
    await desk.do(other, "investigation/findings")
    investigation = stack.runtimes["investigation"]
    assert not await investigation.consumer.retry(UUID(parked), shard_of(UUID(parked), investigation.shards))
    assert (await desk.ask(parked, "investigation/findings")).status_code == 409


async def _append_newer(runtime: ServiceRuntime, case_id: UUID) -> None:
    """Append an event of a type that this release does not know, as a newer one would."""
    async with begin(runtime.engine) as work:
        last = (await reading.of_case(work, case_id))[-1]
        newer = open_envelope(last.document)._replace(
            id=uuid4(), type=NEWER, version=last.version + 1, prevhash=last.hash, data={}
        )
        document = seal_envelope(newer, "/schemas/casework.intake.complaint-translated/1.json")
        row = EventRow(
            last.shard, case_id, newer.version, newer.id, NEWER, document, leaf_hash(document), last.recorded_at
        )
        await append_events(work, [row])
