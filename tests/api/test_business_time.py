"""When a step happened, where that is not when it is recorded: at every door of the staff, and with what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from casework.shared.business_time import SKEW
from casework.shared.contracts.types import parse_rfc3339, rfc3339
from casework.shared.testing.desk import STEPS, Desk, complaint
from casework.shared.testing.stack import Stack

RECEIVED = datetime(2016, 3, 1, 9, 0, tzinfo=UTC)
DOORS = ("acknowledgement", "investigation/acceptance", "resolution/acceptance", "follow-up/acceptance")


async def _receive(desk: Desk, **fields: object) -> str:
    answer = await desk.post("/v1/complaints", complaint(received_at=rfc3339(RECEIVED), **fields))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


async def _at(http: httpx2.AsyncClient, case_id: str, step: str, at: datetime, key: str = "") -> httpx2.Response:
    return await http.post(
        f"/v1/cases/{case_id}/{step}",
        params={"occurred_at": rfc3339(at)},
        json=STEPS[step],
        headers={"idempotency-key": key or str(uuid4())},
    )


async def _events(desk: Desk, case_id: str) -> list[dict[str, Any]]:
    answer = await desk.http.get(f"/v1/cases/{case_id}/events")
    return [each["event"] for each in answer.json()]


async def test_every_step_says_when_it_happened_and_so_does_what_follows_from_it(stack: Stack, desk: Desk) -> None:
    case_id = await _receive(desk)
    await stack.settle()
    given = {}
    for number, step in enumerate(STEPS):
        given[step] = RECEIVED + timedelta(hours=1 + number)
        answer = await _at(desk.http, case_id, step, given[step])
        assert answer.status_code == 200, (step, answer.text)
        await stack.settle()
    events = await _events(desk, case_id)
    ours = {rfc3339(at) for at in (RECEIVED, *given.values())}
    assert {event["occurredat"] for event in events if event["actor"] == "handler-1"} == ours
    offered = given["investigation-offer"]
    opened = next(event for event in events if event["type"] == "casework.investigation.investigation-opened.v1")
    assert opened["occurredat"] == rfc3339(offered)
    assert all("occurredat" in event for event in events)
    assert all(parse_rfc3339(event["time"]).year > RECEIVED.year for event in events)


async def test_every_route_describes_it(stack: Stack) -> None:
    steps = {path.removeprefix("/v1/cases/{case_id}/"): item for path, item in stack.app.openapi()["paths"].items()}
    for step in STEPS:
        names = [parameter["name"] for parameter in steps[step]["post"]["parameters"]]
        assert "occurred_at" in names, step


@pytest.mark.parametrize("step", DOORS)
async def test_the_past_needs_the_scope_and_the_future_is_for_nobody(stack: Stack, desk: Desk, step: str) -> None:
    case_id = await desk.receive()
    for before in [*STEPS][: [*STEPS].index(step)]:
        await desk.do(case_id, before)
    now = datetime.now(UTC)
    async with stack.client(await stack.key("staff:write")) as clerk:
        past = await _at(clerk, case_id, step, now - 2 * SKEW)
        assert (past.status_code, past.json()["type"]) == (422, "/problems/backdated")
        assert "scope import" in past.json()["detail"]
        for http in (clerk, desk.http):
            future = await _at(http, case_id, step, now + 2 * SKEW)
            assert (future.status_code, future.json()["type"]) == (422, "/problems/future")
        within = now - SKEW / 2
        assert (await _at(clerk, case_id, step, within)).status_code == 200
    assert (await _events(desk, case_id))[-1]["occurredat"] == rfc3339(within)


async def test_nothing_is_done_about_a_complaint_before_its_receipt(desk: Desk) -> None:
    case_id = await _receive(desk)
    early = await _at(desk.http, case_id, "acknowledgement", RECEIVED - 2 * SKEW)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/before-receipt")
    assert (await _at(desk.http, case_id, "acknowledgement", RECEIVED - SKEW / 2)).status_code == 200
    for step in ("assessment", "investigation-offer"):
        assert (await _at(desk.http, case_id, step, RECEIVED - 2 * SKEW)).json()["type"] == "/problems/before-receipt"
        assert (await _at(desk.http, case_id, step, RECEIVED)).status_code == 200


async def test_the_time_is_part_of_what_a_key_stands_for(desk: Desk) -> None:
    case_id = await _receive(desk)
    at, key = RECEIVED + timedelta(hours=1), str(uuid4())
    first = await _at(desk.http, case_id, "acknowledgement", at, key)
    again = await _at(desk.http, case_id, "acknowledgement", at, key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = await _at(desk.http, case_id, "acknowledgement", at + timedelta(hours=1), key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_a_time_without_a_zone_is_no_time(desk: Desk) -> None:
    path = f"/v1/cases/{await desk.receive()}/acknowledgement?occurred_at=2016-03-01T09:00:00"
    answer = await desk.post(path, STEPS["acknowledgement"])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["query"] == "occurred_at"


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ({"closed_at": "2016-02-29T09:00:00Z"}, "closed_at lies before received_at"),
        ({"first_step_at": "2016-02-29T09:00:00Z"}, "first_step_at lies before received_at"),
        (
            {"decided_at": "2016-03-03T09:00:00Z", "closed_at": "2016-03-02T09:00:00Z"},
            "closed_at lies before decided_at",
        ),
    ],
)
async def test_a_history_that_contradicts_itself_is_refused(desk: Desk, history: object, said: str) -> None:
    answer = await desk.post("/v1/complaints", complaint(received_at=rfc3339(RECEIVED), history=history))
    assert answer.status_code == 422
    (found,) = answer.json()["errors"]
    assert found["pointer"] == "/history"
    assert found["detail"].startswith(said)


async def test_a_history_needs_its_time_of_receipt(desk: Desk) -> None:
    answer = await desk.post("/v1/complaints", complaint(history={}))
    assert answer.json()["errors"] == [{"detail": "a recorded history needs received_at", "pointer": "/history"}]


BY_FRIDAY = RECEIVED + timedelta(days=3)
ASK = {"of": "complainant", "what": "The receipt.", "effect": "decide-on-what-we-have", "channel": "email"}
PROMISE = {"kind": "other", "words": "We write to you by Friday."}
SANCTION = {"party": "Shop 88", "ground": "A strike.", "kind": "shop-down", "starts_on": "2016-03-02"}


@pytest.mark.parametrize(("days", "late"), [(2, False), (4, True)])
async def test_a_history_is_judged_by_its_own_time(stack: Stack, desk: Desk, days: int, late: bool) -> None:
    """What was asked for, promised and offered long ago was done in time, or was not, whatever the day today."""
    case_id = await _receive(desk)
    made, done = RECEIVED + timedelta(days=1), RECEIVED + timedelta(days=days)

    async def do(step: str, body: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
        path = f"/v1/cases/{case_id}/{step}?occurred_at={rfc3339(at).replace('+', '%2B')}"
        answer = await desk.post(path, body)
        assert answer.status_code == 200, (step, answer.text)
        await stack.settle()
        names = answer.json()["events"]
        return [each["data"] for each in await _events(desk, case_id) if each["type"] in names]

    for step in [*STEPS][: [*STEPS].index("investigation/findings")]:
        await do(step, dict(STEPS[step]), made)
    due = {"due_at": rfc3339(BY_FRIDAY)}
    await do("investigation/evidence-requests", ASK | due, made)
    assert (await do("investigation/evidence", {"what": "The receipt."}, done))[0]["late"] is late
    for step in [*STEPS][[*STEPS].index("investigation/findings") : [*STEPS].index("resolution/decision")]:
        await do(step, dict(STEPS[step]), made)
    await do("resolution/promises", PROMISE | due, made)
    assert (await do("resolution/kept-promises", {"proof": "Letter 3."}, done))[0]["late"] is late
    await do("resolution/remedy-offers", {"until": rfc3339(BY_FRIDAY), "channel": "phone"}, made)
    await do("resolution/progress-updates", {"channel": "email", "next_by": rfc3339(BY_FRIDAY)}, made)
    await do("resolution/sanctions", SANCTION, made)
    (appealed,) = await do("resolution/sanction-appeals", {"grounds": "It was another shop."}, done)
    assert appealed["on"] == done.date().isoformat()
    future = await desk.post(
        f"/v1/cases/{case_id}/resolution/promises?occurred_at={rfc3339(done)}", PROMISE | {"due_at": rfc3339(made)}
    )
    assert future.json()["type"] == "/problems/promise-due-in-the-past"
