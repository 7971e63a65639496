"""Recorded histories on the four services: every event bears its business time, and a second import changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from casework.shared.contracts.types import rfc3339
from casework.shared.integrator.driver import Driven, drive
from casework.shared.integrator.histories import History, Life
from casework.shared.integrator.posts import ComplaintPost, PostedHistory
from casework.shared.integrator.servicenow import read_servicenow
from casework.shared.integrator.sf311 import read_sf311
from casework.shared.testing.delivery import deliver
from casework.shared.testing.desk import Desk
from casework.shared.testing.stack import Stack

DATA = Path(__file__).parents[2].parent / "shared" / "data"
INCIDENTS = DATA / "servicenow_incident_log_2016-03_first-week.csv.gz"
REQUESTS = DATA / "sf311_2008-2018_sample.csv.gz"
OPENED = datetime(2016, 3, 1, 9, 0, tzinfo=UTC)

with_files = pytest.mark.skipif(not DATA.is_dir(), reason="the logs are not here: ../shared/data is absent")


@asynccontextmanager
async def _delivering(stack: Stack) -> AsyncIterator[None]:
    """Events travel while this is open, as they do when a broker carries them."""

    async def carry() -> None:
        while True:
            for source, to in permutations(stack.runtimes.values(), 2):
                await deliver(source, to)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(carry())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _import(stack: Stack, desk: Desk, histories: list[History], **options: Any) -> tuple[Driven, list[UUID]]:
    """Post and drive; what became of it, and the cases."""
    cases = []
    for history in histories:
        answer = await desk.post("/v1/complaints", history.post.to_json())
        assert answer.status_code in (200, 201), answer.text
        cases.append(UUID(answer.json()["case_id"]))
    await stack.settle()
    async with _delivering(stack):
        driven = await drive(zip(histories, cases, strict=True), desk.http, **options)
    await stack.settle()
    return driven, cases


async def _events(desk: Desk, case_id: UUID) -> list[dict[str, Any]]:
    return [each["event"] for each in (await desk.http.get(f"/v1/cases/{case_id}/events")).json()]


def _history(reference: str, life: Life) -> History:
    post = ComplaintPost(
        source="recorded",
        source_reference=reference,
        channel="phone",
        received_at=OPENED,
        language="en",
        category="Printer",
        history=PostedHistory(),
    )
    return History(post=post, steps=tuple(life.steps), line=1)


def _eventful() -> Life:
    """A life with every turn that the logs have: passed on, contested, closed, reopened, closed."""
    life, at = Life("phone"), [OPENED + timedelta(hours=hour) for hour in range(20)]
    life.acknowledged(at[0], "We look into it.")
    life.assessed(at[1], severity="low", complexity="simple", urgent=False, reason="Minor.")
    life.offered(at[2], "For A.")
    life.add("investigation/declination", at[3], reason="A passed it on to B.")
    life.offered(at[3], "For B.")
    life.accepted(at[4], "B")
    life.investigated(at[5], "Resolved.")
    life.decided(at[5], "repair", "It was repaired.")
    life.add("resolution/reply", at[6], reply="contested", channel="phone", reason="It broke again.")
    life.decided(at[7], "repair", "It was repaired again.")
    life.closed(at[7], at[8], "It stood.")
    life.add("reopening", at[9], reason="It broke once more.")
    life.decided(at[10], "replacement", "It was replaced.")
    life.closed(at[10], at[11], "It stood.")
    return life


async def test_every_turn_of_a_life_is_lived_again_at_its_time(stack: Stack, desk: Desk) -> None:
    histories = [_history(f"eventful-{number}", _eventful()) for number in range(2)]
    driven, cases = await _import(stack, desk, histories, at_once=2)
    assert driven.stopped == []
    assert (driven.cases, driven.steps, driven.known) == (2, sum(len(each.steps) for each in histories), 0)
    for case_id, history in zip(cases, histories, strict=True):
        events = await _events(desk, case_id)
        assert all("occurredat" in event for event in events)
        asked = [event["occurredat"] for event in events if event["actor"] == "handler-1"]
        assert set(asked) == {rfc3339(at) for at in (OPENED, *(step.occurred_at for step in history.steps))}
        status = await desk.show(str(case_id))
        assert status["stage"] == "closed"


async def test_a_second_import_changes_nothing(stack: Stack, desk: Desk) -> None:
    histories = [_history(f"twice-{number}", _eventful()) for number in range(2)]
    first, cases = await _import(stack, desk, histories)
    before = [await _events(desk, case_id) for case_id in cases]
    again, same = await _import(stack, desk, histories)
    assert same == cases
    assert [await _events(desk, case_id) for case_id in cases] == before
    assert (again.steps, again.known, again.stopped) == (first.steps, first.steps, [])


async def test_an_import_that_was_cut_off_is_taken_up_where_it_ended(stack: Stack, desk: Desk) -> None:
    whole = _history("cut", _eventful())
    half = History(post=whole.post, steps=whole.steps[:7], line=1)
    await _import(stack, desk, [half])
    driven, (case_id,) = await _import(stack, desk, [whole])
    assert (driven.steps, driven.known, driven.stopped) == (len(whole.steps), 7, [])
    assert (await desk.show(str(case_id)))["stage"] == "closed"


async def test_a_step_that_is_refused_ends_its_case_with_the_reason(stack: Stack, desk: Desk) -> None:
    life = Life("phone")
    life.assessed(OPENED, severity="low", complexity="simple", urgent=False, reason="Too early.")
    good = Life("phone")
    good.acknowledged(OPENED, "We look into it.")
    driven, _ = await _import(stack, desk, [_history("refused", life), _history("goes-on", good)])
    (stopped,) = driven.stopped
    assert (stopped.source_reference, stopped.step) == ("refused", "assessment")
    assert "acknowledge it before assessing it" in stopped.reason
    assert (driven.cases, driven.steps) == (2, 1)


async def test_what_never_arrives_is_given_up(stack: Stack, desk: Desk) -> None:
    life = Life("phone")
    life.accepted(OPENED, "B")
    driven, _ = await _import(stack, desk, [_history("nothing-offered", life)], patience=0.3)
    (stopped,) = driven.stopped
    assert stopped.reason.startswith("404")
    assert driven.asked_again > 0


@with_files
async def test_real_incidents_and_requests_come_through(stack: Stack, desk: Desk) -> None:
    incidents = [each for each in read_servicenow(INCIDENTS, 6) if isinstance(each, History) and each.steps]
    requests = [each for each in read_sf311(REQUESTS, 3) if isinstance(each, History) and each.steps]
    driven, cases = await _import(stack, desk, [*incidents, *requests])
    assert driven.stopped == []
    for case_id, history in zip(cases, [*incidents, *requests], strict=True):
        events = await _events(desk, case_id)
        assert all("occurredat" in event for event in events)
        is_closed = history.steps[-1].path == "closure"
        assert ((await desk.show(str(case_id)))["stage"] == "closed") == is_closed
        assert events[0]["occurredat"] == rfc3339(history.post.received_at)
