"""What an outsider can trace: from the closing of a case back to its receipt, by the published attributes alone."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import httpx2
import pytest

from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import stack_on

RECEIPT = "casework.intake.complaint-received.v1"
CLOSED = "casework.followup.case-closed.v1"
Event = Mapping[str, Any]


async def events_of(http: httpx2.AsyncClient, case_id: str) -> list[Event]:
    answer = await http.get(f"/v1/cases/{case_id}/events")
    assert answer.status_code == 200, answer.text
    return [each["event"] for each in answer.json()]


def walked_back(events: list[Event], last: Event) -> list[Event]:
    """The event and its causes, each named by the one before, until one that no event caused."""
    of = {event["id"]: event for event in events}
    steps = [last]
    while steps[-1]["causationid"] in of:
        steps.append(of[steps[-1]["causationid"]])
        assert len(steps) <= len(events), "causes go round"
    return steps


@pytest.mark.practice("P173")
async def test_a_closing_event_walked_back_by_causation_ends_at_the_receipt(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    demo = files("casework.shared") / "policies" / "straight-through-demo.toml"
    async with (
        postgres_server.database("causation") as url,
        _stack(url, tmp_path_factory, demo) as stack,
        stack.client(await stack.key()) as http,
    ):
        case_id = await Desk(http, stack.settle).receive()
        events = await events_of(http, case_id)
        (closed,) = [event for event in events if event["type"] == CLOSED]
        steps = walked_back(events, closed)
        # Through all four services, and each step back in the record.
        assert steps[-1]["type"] == RECEIPT
        assert {step["source"] for step in steps} == {
            f"/casework/{service}" for service in ("intake", "investigation", "resolution", "followup")
        }
        assert [step["time"] for step in steps] == sorted((step["time"] for step in steps), reverse=True)
        assert {event["correlationid"] for event in events} == {steps[-1]["id"]}
        # Each type on the way is in the catalogue, with its schema where it says.
        for step in steps:
            schema = await http.get(step["dataschema"])
            assert (schema.status_code, schema.json()["type"]) == (200, "object"), step["dataschema"]


def _stack(url: str, tmp_path_factory: pytest.TempPathFactory, policy: Any) -> Any:
    folder = tmp_path_factory.mktemp("causation")
    path = folder / "straight-through.toml"
    path.write_text(policy.read_text(encoding="utf-8"), encoding="utf-8")
    return stack_on(url, folder, straight_through=path)


@pytest.mark.practice("P173")
async def test_where_people_decide_the_walk_back_ends_at_the_receipt_too(desk: Desk) -> None:
    """A request of a person is the cause of its events: from there on goes the event before it in that stream."""
    case_id = await desk.receive()
    await desk.walk(case_id, until="closure")
    events = await events_of(desk.http, case_id)
    of = {event["id"]: event for event in events}
    at = {(event["source"], event["streamversion"]): event for event in events}
    closed = next(event for event in events if event["type"] == CLOSED)
    for start in (closed, *events):
        step, steps = start, 0
        while step["causationid"] in of or step["streamversion"] > 1:
            step = of.get(step["causationid"]) or at[step["source"], step["streamversion"] - 1]
            steps += 1
            assert steps <= len(events), "causes go round"
        assert step["type"] == RECEIPT
        assert start["correlationid"] == step["id"]
