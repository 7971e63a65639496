"""Who did it: the actor of every recorded event is the one whose key it was, or the service that reacted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from casework.shared.contracts.actors import Actor, ActorKind
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS, Desk, complaint
from casework.shared.testing.stack import Stack

KINDS: tuple[ActorKind, ...] = ("person", "integrator", "service")


async def test_every_event_names_the_owner_of_the_key(stack: Stack) -> None:
    """Each step of a case by somebody else, of one kind or another."""
    did: dict[tuple[str, int], Actor] = {}
    sender = Actor("shop-3", "integrator")
    async with stack.client(await stack.key("complaints:write", actor=sender.id, kind=sender.kind)) as http:
        answer = await Desk(http, stack.settle).post("/v1/complaints", complaint())
    assert answer.status_code == 201
    case_id = str(answer.json()["case_id"])
    did["intake", 1] = sender
    await stack.settle()
    for number, (step, body) in enumerate(STEPS.items()):
        actor = Actor(f"clerk-{number}", KINDS[number % len(KINDS)])
        async with stack.client(await stack.key("staff:write", actor=actor.id, kind=actor.kind)) as http:
            desk = Desk(http, stack.settle)
            forged = await desk.ask(case_id, step, {**body, "actor": "the-boss", "actorkind": "person"})
            assert forged.status_code == 422, "a body may not say who acts"
            done = await desk.do(case_id, step, x_actor="the-boss", x_forwarded_user="the-boss")
        service, _, last = done.headers["etag"].strip('"').partition(":")
        for offset in range(len(done.json()["events"])):
            did[service, int(last) - offset] = actor
    recorded = await _recorded(stack, case_id)
    acted: Mapping[str, set[str]] = defaultdict(set)
    for (service, version), envelope in recorded.items():
        expected = did.get((service, version), Actor(f"casework-{service}", "service"))
        assert envelope.actor == expected, envelope.type
        acted[envelope.actor.kind].add(envelope.actor.id)
    assert did.keys() <= recorded.keys()
    assert len(did) > len(STEPS)
    assert {*KINDS} <= acted.keys()
    assert not any("the-boss" in names for names in acted.values())


async def _recorded(stack: Stack, case_id: str) -> dict[tuple[str, int], Envelope]:
    found = {}
    async with begin(stack.admin) as work:
        for service in SERVICES:
            rows = await work.fetch(f"SELECT version, envelope FROM {service}.event WHERE case_id = $1", UUID(case_id))
            found.update({(str(service), int(row["version"])): open_envelope(row["envelope"]) for row in rows})
    return found
