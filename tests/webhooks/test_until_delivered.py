"""Each event that a webhook wants arrives: at least once, under the same id, in the order of its case."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from tests.webhooks.hooks import Hooks, events_of, in_case_order
from tests.webhooks.receiver import Receiver, receiving

from casework.shared.runtime.claims import free_port
from casework.shared.testing.desk import STEPS


@pytest.mark.practice("P174")
async def test_after_two_hours_without_a_receiver_each_event_arrives_in_case_order(hooks: Hooks) -> None:
    hooks.draw = 0.05  # tries after half a second, 30 seconds, 3, 12, 30 minutes: also in the second hour
    port = free_port()
    webhook, _ = await hooks.make(f"http://127.0.0.1:{port}/hooks")
    desk, steps = hooks.office.desk, list(STEPS)
    cases = [await desk.receive(source="crm", source_reference=str(n)) for n in range(3)]
    for step in steps[:4]:  # an hour in which nobody listens
        for case_id in cases:
            await desk.do(case_id, step)
        await hooks.pass_time(minutes=15)
    async with receiving(port) as receiver:
        receiver.answer = lambda _came: (503, {})
        for step in steps[4:8]:  # an hour in which somebody listens and cannot take anything
            for case_id in cases:
                await desk.do(case_id, step)
            await hooks.pass_time(minutes=15)
        assert receiver.came
        assert not receiver.taken
        receiver.answer = lambda _came: (204, {})
        for step in steps[8:]:
            for case_id in cases:
                await desk.do(case_id, step)
        await hooks.pass_time(hours=24)

        recorded = {each["id"]: each for case_id in cases for each in await events_of(hooks, case_id)}
        arrived = Counter(each.event["data"]["event_id"] for each in receiver.taken)
        assert set(arrived) == set(recorded)
        assert in_case_order(receiver.taken)
        ids: dict[str, set[str]] = defaultdict(set)
        for each in receiver.came:
            ids[each.event["data"]["event_id"]].add(each.id)
        assert all(len(found) == 1 for found in ids.values())
        assert len({each.id for each in receiver.taken}) == len(recorded)
        for each in receiver.taken:
            data, event = each.event["data"], recorded[each.event["data"]["event_id"]]
            assert (each.event["type"], each.event["timestamp"]) == (event["type"], event["time"])
            assert (data["version"], data["position"]) == (event["streamversion"], event["position"])
    log = await hooks.log(webhook)
    assert {each["state"] for each in log} == {"delivered"}
    tries = [each for each in log if each["attempts"] > 1]
    assert tries
    # Of those at the head of their lines when nobody listened: every try is in the log, the last one arrived.
    assert {each["tries"][0]["reason"] for each in tries} <= {"not-connected", "refused"}
    assert {(each["tries"][-1]["status"], each["tries"][-1]["reason"]) for each in tries} == {(204, "answered")}


async def test_nothing_is_told_twice_and_nothing_of_before(hooks: Hooks, receiver: Receiver) -> None:
    before = await hooks.office.desk.receive()
    webhook, _ = await hooks.make(receiver.url)
    assert await hooks.send() == 0
    after = await hooks.office.desk.receive()
    await hooks.office.desk.do(before, "acknowledgement")
    assert await hooks.send() > 0
    assert await hooks.send() == 0
    told = Counter(each.event["data"]["event_id"] for each in receiver.came)
    assert set(told.values()) == {1}
    wanted = {each["id"] for each in await events_of(hooks, after)}
    old = [each for each in await events_of(hooks, before) if each["id"] in told]
    assert set(told) == wanted | {each["id"] for each in old}
    assert "casework.intake.complaint-received.v1" not in {each["type"] for each in old}
    assert "casework.intake.complaint-acknowledged.v1" in {each["type"] for each in old}
    assert len(await hooks.log(webhook)) == len(told)


async def test_one_case_that_its_receiver_refuses_holds_up_no_other(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    stuck, flows = await hooks.office.desk.receive(), await hooks.office.desk.receive()
    receiver.answer = lambda came: (500, {}) if came.event["data"]["case_id"] == stuck else (200, {})
    await hooks.send()
    first = [each for each in receiver.came if each.event["data"]["case_id"] == stuck]
    assert len(first) == 1  # the later ones of its case wait behind it
    assert {each.event["data"]["event_id"] for each in receiver.taken} == {
        each["id"] for each in await events_of(hooks, flows)
    }
    # Ten tries; others arrive meanwhile, so that one is given up and the rest of its case goes on.
    for day in range(8):
        await hooks.pass_time(hours=24, step_minutes=120)
        await hooks.office.desk.do(flows, list(STEPS)[day])
    assert (await hooks.shown(webhook))["state"] == "active"
    failed = await hooks.log(webhook, state="failed")
    assert failed
    assert {each["attempts"] for each in failed} == {10}
    assert {each["case_id"] for each in failed} == {stuck}
    receiver.answer = lambda _came: (200, {})
    answer = await hooks.post(f"/{webhook}/redeliveries", {"since": "2026-03-01T00:00:00Z"})
    assert (answer.status_code, answer.json()) == (202, {"put_back": len(failed)})
    await hooks.pass_time(hours=48, step_minutes=120)
    assert {each["state"] for each in await hooks.log(webhook)} == {"delivered"}


async def test_a_receiver_that_is_away_for_days_is_left_alone_and_misses_nothing(hooks: Hooks) -> None:
    port = free_port()
    webhook, _ = await hooks.make(f"http://127.0.0.1:{port}/hooks")
    case_id = await hooks.office.desk.receive()
    for _ in range(40):
        await hooks.pass_time(hours=2, step_minutes=30)
    shown = await hooks.shown(webhook)
    assert shown["state"] == "disabled"
    head = (await hooks.log(webhook))[0]
    assert (head["state"], head["attempts"]) == ("waiting", 10)
    await hooks.office.desk.do(case_id, "acknowledgement")  # while it is disabled
    async with receiving(port) as receiver:
        await hooks.pass_time(hours=24, step_minutes=120)
        assert receiver.connections == 0
        assert (await hooks.change(webhook, state="active"))["stopped_at"] is None
        await hooks.pass_time(hours=1)
        assert {each.event["data"]["event_id"] for each in receiver.taken} == {
            each["id"] for each in await events_of(hooks, case_id)
        }
        assert in_case_order(receiver.taken)


async def test_ten_tries_take_75_hours(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    receiver.answer = lambda _came: (500, {})
    await hooks.office.desk.receive()
    began = hooks.office.time.now
    await hooks.send()
    while (await hooks.shown(webhook))["state"] == "active":
        hooks.office.time.now += timedelta(seconds=5 if len(receiver.came) == 1 else 60)
        await hooks.send()
    assert len(receiver.came) == 10
    assert timedelta(hours=75) < hooks.office.time.now - began < timedelta(hours=76)
    assert len({each.id for each in receiver.came}) == 1


async def test_busy_or_not_a_receiver_that_is_away_is_left_its_75_hours(hooks: Hooks) -> None:
    hooks.draw = 0.1  # the shortest pauses of many lines: the first of them to end stops the whole webhook
    webhook, _ = await hooks.make(f"http://127.0.0.1:{free_port()}/hooks", "casework.intake.complaint-received.v1")
    for _ in range(5):
        await hooks.office.desk.receive()
    await hooks.pass_time(hours=70, step_minutes=30)
    assert (await hooks.shown(webhook))["state"] == "active"
    await hooks.pass_time(hours=10, step_minutes=30)
    assert (await hooks.shown(webhook))["state"] == "disabled"
    assert max(each["attempts"] for each in await hooks.log(webhook)) == 10
