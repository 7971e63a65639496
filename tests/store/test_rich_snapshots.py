"""A case in which nearly everything happened: what the release before kept of it is never read, the events are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

import pytest
import pytest_asyncio
from tests.api.test_staff_requests import EVERY_STEP

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS, Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

Settle: TypeAlias = Callable[[], Awaitable[None]]
LEAST: dict[ServiceName, int] = {"intake": 25, "investigation": 20, "resolution": 30, "followup": 12}
"""How many types of events each service has recorded of the case, at least."""
AT: dict[str, tuple[str, ...]] = {
    "investigation-offer": ("intake/",),
    "investigation/conclusion": ("investigation/",),
    "resolution/decision": ("resolution/demand-answers",),
    "resolution/reply": ("resolution/", "follow-up/"),
}
"""Before which step everything of which kind is asked for. Most of it fits there, and the rest is refused."""
EXPLANATION = {"kind": "explanation", "description": "We say what the fee is for."}
ENDS = {
    *STEPS,
    "investigation/assignment",
    "investigation/declination",
    "resolution/declination",
    "follow-up/declination",
    "resolution/ruling",
}


@pytest_asyncio.fixture(scope="module")
async def lived(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Stack, UUID]]:
    """The four services and the case."""
    async with postgres_server.database("rich_snapshots") as url:
        folder = tmp_path_factory.mktemp("rich")
        async with stack_on(url, folder) as stack, stack.client(await stack.key(actor="handler-9", rank=3)) as http:
            yield stack, UUID(await live(Desk(http, stack.settle), stack.settle))


async def live(desk: Desk, settle: Settle) -> str:
    """A case in which nearly all that can be asked for was asked for, until the decision and after it."""
    case_id = await desk.receive()
    for step, body in STEPS.items():
        for start in AT.get(step, ()):
            for other in EVERY_STEP:
                if other.startswith(start) and other not in ENDS:
                    await desk.ask(case_id, other, EVERY_STEP[other])
            await settle()
        if step == "resolution/reply":
            return case_id
        await desk.do(case_id, step, EXPLANATION if step == "resolution/remedies" else body)
    raise AssertionError


@pytest.mark.parametrize("service", SERVICES)
async def test_what_the_release_before_kept_of_a_rich_case_is_folded_again(
    lived: tuple[Stack, UUID], service: ServiceName
) -> None:
    stack, case_id = lived
    async with stack.client(await stack.key()) as http:
        types = set(await Desk(http, stack.settle).types(str(case_id), service))
    assert len(types) >= LEAST[service], sorted(types)
    runtime, store = stack.runtimes[service], stack.runtimes[service].store
    async with begin(runtime.engine) as work:
        before = (await store.open(work, [case_id])).streams
    # As the release before would have left it: well formed, of its version, and not what the events come to by now.
    async with begin(stack.admin) as work:
        kept = await work.fetch_value(f"SELECT state FROM {service}.case_state WHERE case_id = $1", case_id)
        await work.execute(
            f"UPDATE {service}.case_state SET state = '{{}}', state_version = $2 WHERE case_id = $1",
            case_id,
            runtime.service.state_version - 1,
        )
    async with begin(runtime.engine) as work:
        assert (await store.open(work, [case_id])).streams == before
        refolded = (await store.refold(work, [case_id]))[case_id]
    assert store.write_state(refolded) == kept
    assert store.write_state(store.read_state(kept)) == kept
