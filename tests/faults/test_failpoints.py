"""Every named point between one durable step and the next, with the power cut right there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

import httpx2 as httpx
import pytest
from tests.faults.evidence import unacknowledged, uncommitted
from tests.faults.load import under_load
from tests.faults.oracle import assert_sound
from tests.faults.rig import Rig

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.integrator.journal import Answer, Posted
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sample import generate
from casework.shared.runtime.failpoints import Failpoint

pytestmark = pytest.mark.faults

SEED = 20_260_502_000
HIT_S = 60.0
CUT = 137
"""The exit code of a process that ended at its failpoint: proof that it got there."""
# No notice, deadline or webhook is due in this story; their points are hit by tests of their own and by `test_timer`.
POINTS: tuple[Failpoint, ...] = tuple(
    point for point in get_args(Failpoint) if not point.startswith(("notice.", "timer.", "webhooks."))
)


@pytest.mark.timeout(300)
async def test_every_failpoint_is_hit_and_nothing_is_lost_or_doubled(system: Rig) -> None:
    rng = random.Random(SEED)
    left: dict[Failpoint, int] = {}
    async with under_load(system, SEED):
        # Services die side by side, each one life after the other: there is always somebody else in trouble too.
        await asyncio.gather(*(_lives(system, service, points, left) for service, points in _dealt(rng).items()))
    await assert_sound(system, SEED)
    assert left["relay.sent"] > 0, "no record was sent that its relay did not remember"
    assert left["consumer.committed"] > 0, "no event took effect whose offset was not committed"


def _dealt(rng: random.Random) -> Mapping[ServiceName, Sequence[Failpoint]]:
    """Each point to a service that passes it. The inbox and HTTP are intake's, the rest is anybody's."""
    dealt: dict[ServiceName, list[Failpoint]] = {service: [] for service in SERVICES}
    anybodys = [point for point in POINTS if point.startswith(("relay.", "consumer."))]
    for number, point in enumerate(rng.sample(anybodys, len(anybodys))):
        dealt[SERVICES[1 + number % 3]].append(point)
    dealt["intake"] = [point for point in POINTS if point not in anybodys]
    rng.shuffle(dealt["intake"])
    return dealt


async def _lives(system: Rig, service: ServiceName, points: Sequence[Failpoint], left: dict[Failpoint, int]) -> None:
    """A life to each point, then one that lasts. `left` notes what the dead had not written down."""
    await system.kill(service)
    for number, point in enumerate(points):
        await system.start(service, failpoint=point, wait=False)
        if point.startswith("command."):
            (post,) = generate(1, SEED + 1 + number)
            asking = asyncio.create_task(_post_over_http(system, post))
        code = await system.ended(service, HIT_S)
        assert code == CUT, f"{service} ended with {code} instead of at {point}"
        if point == "relay.sent":
            left[point] = await unacknowledged(system, service)
        if point == "consumer.committed":
            left[point] = await uncommitted(system, service)
    await system.start(service, wait=False)
    if service == "intake":
        await asyncio.wait_for(asking, HIT_S)


async def _post_over_http(system: Rig, post: ComplaintPost) -> None:
    """Post with one Idempotency-Key until there is an answer, as an integrator does whose connection breaks."""
    key = str(post.post_id)
    headers = {"authorization": f"Bearer {system.key}", "idempotency-key": key}
    system.journal.posted([Posted(key, post.source, post.source_reference)], datetime.now(UTC))
    async with httpx.AsyncClient(base_url=system.life("intake").url, headers=headers, timeout=10.0) as client:
        while True:
            try:
                answer = await client.post("/v1/complaints", json=post.to_json())
                if answer.status_code == 201:
                    break
                # Nothing but "not now" may come of a complaint that is well formed.
                assert answer.status_code in (409, 503), answer.text
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    system.journal.answered([Answer(key, "accepted", answer.json()["case_id"])], datetime.now(UTC))
