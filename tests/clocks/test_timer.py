"""The timer: everything that is due fires, once, by the database's clock, and when all that was earlier is known."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.clocks.bulk import institution, receive_many
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.clocks.replica import replica
from tests.clocks.rows import assert_rows_say_what_the_states_say, expiries

from casework.followup.consumers import FollowUpReactor
from casework.followup.timer import FAULT_PAUSE, GRACE, Timer
from casework.shared.contracts import intake
from casework.shared.contracts.ids import shard_of
from casework.shared.inbox import parking
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.testing.desk import complaint
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import stack_on

WATCHED_S = 1.0
"""Two looks of the timer and more, in which nothing may be fired that should not be."""
MANY = 10_000
DUE = "2026-03-04T00:00"
"""When a complaint of 2 March has to be acknowledged, in UTC."""
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def followup(office: Office) -> ServiceRuntime:
    return office.stack.runtimes["followup"]


@pytest.mark.practice("P183")
async def test_ten_thousand_clocks_due_in_one_minute_all_fire_and_none_is_left(
    open_office: Open, tmp_path: Path
) -> None:
    async with open_office(institution=institution(tmp_path).read_text(), now="2026-03-02T10:00") as office:
        received = [office.time.now + n * MINUTE / MANY for n in range(MANY)]
        await receive_many(followup(office), received)
        office.time.now += 2 * MINUTE
        done = await office.timer.fire_due()
        assert (done.fired, done.waiting) == (MANY, 0)
        recorded = await expiries(followup(office))
        assert (len(recorded), set(recorded.values())) == (MANY, {1})
        async with begin(followup(office).engine) as work:
            assert await work.fetch_value("SELECT count(*) FROM clock WHERE fires_at <= $1", office.time.now) == 0
        assert (await office.timer.fire_due()).fired == 0


async def test_two_timers_at_once_fire_each_clock_once(open_office: Open, tmp_path: Path) -> None:
    async with (
        open_office(institution=institution(tmp_path).read_text(), now="2026-03-02T10:00") as office,
        replica(office) as (second, _),
    ):
        await receive_many(followup(office), [office.time.now] * 1_000)
        office.time.now += 2 * MINUTE
        timers = [office.timer, Timer(second)]
        fired = [0, 0]
        while left := await asyncio.gather(*(timer.fire_due() for timer in timers)):
            fired = [before + done.fired for before, done in zip(fired, left, strict=True)]
            if not any(done.fired or done.waiting for done in left):
                break
        assert sum(fired) == 1_000
        assert min(fired) > 0, "one of the two did nothing: they were not at it at once"
        assert set((await expiries(followup(office))).values()) == {1}
        await assert_rows_say_what_the_states_say(followup(office))


async def test_a_case_that_somebody_holds_keeps_nobody_waiting_and_fires_later(
    open_office: Open, tmp_path: Path
) -> None:
    async with open_office(institution=institution(tmp_path).read_text(), now="2026-03-02T10:00") as office:
        cases = await receive_many(followup(office), [office.time.now] * 150)
        office.time.now += 2 * MINUTE
        async with begin(followup(office).engine) as work:
            await work.fetch("SELECT FROM case_state WHERE case_id = $1 FOR UPDATE", cases[3])
            done = await office.timer.fire_due()
            assert (done.fired, done.waiting) == (149, 1)
        done = await office.timer.fire_due()
        assert (done.fired, done.waiting) == (1, 0)
        assert len(await expiries(followup(office))) == 150


async def test_a_case_that_fails_is_left_alone_for_a_while_and_all_others_fire(
    open_office: Open, tmp_path: Path
) -> None:
    text = institution(tmp_path).read_text()
    async with open_office(institution=text, now="2026-03-02T10:00") as office:
        timed = followup(office)
        (lost,) = await receive_many(timed, [office.time.now])
        file = tmp_path / "own" / "deadlines" / "own.toml"
        # A release without the file that its first case is counted by.
        file.write_text(file.read_text().replace("version = 1", "version = 2"))
        async with replica(office, rulebook(tmp_path / "institution.toml")) as (other, _):
            await receive_many(other, [office.time.now] * 149)
            office.time.now += 2 * MINUTE
            timer = Timer(other)
            with capture_logs() as logs:
                done = await timer.fire_due()
            office.time.now += FAULT_PAUSE - SECOND
            again = await timer.fire_due()
        assert (done.fired, done.waiting) == (149, 1)
        failed = [line for line in logs if line["log_level"] == "error"]
        assert [(line["event"], line["case_id"], line["error"]) for line in failed] == [
            ("timer.case-failed", str(lost), "InvalidPolicy")
        ]
        assert (again.fired, again.waiting) == (0, 0), "it is left alone"
        assert (await office.timer.fire_due()).fired == 1
        assert set((await expiries(timed)).values()) == {1}


async def test_while_a_source_is_away_an_expiry_waits_for_the_grace_and_a_fact_that_was_earlier_corrects_it(
    open_office: Open,
) -> None:
    async with open_office(now="2026-03-02") as office, replica(office) as (second, network):
        case_id = await office.desk.receive()
        await office.go_to("2026-03-03T23:50")
        answer = await office.desk.ask(case_id, "acknowledgement")
        assert answer.status_code == 200, answer.text
        network.away.add("intake")
        timer = Timer(second)
        due = office.time.at(DUE)
        for after in (timedelta(), GRACE - SECOND):
            office.time.now = due + after
            done = await timer.fire_due()
            assert (done.fired, done.waiting) == (0, 1)
        office.time.now = due + GRACE
        assert (await timer.fire_due()).fired == 1
        (expired,) = await office.events(case_id, "clock-expired")
        assert expired["data"]["confirmed"] is False
        network.away.clear()
        await office.stack.settle()
        (corrected,) = await office.events(case_id, "clock-corrected")
        assert corrected["data"]["outcome"] == "met"
        assert corrected["data"]["clock"] == expired["data"]["clock"]
        assert corrected["data"]["occurred_at"] == "2026-03-03T23:50:00.000000Z"
        assert not await office.clocks(case_id, purpose="escalation", phase="running"), "it climbs no further"
        await assert_rows_say_what_the_states_say(followup(office))


async def test_a_warning_needs_no_word_of_any_source(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office, replica(office) as (second, network):
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "acknowledgement")
        network.away.update(("intake", "investigation", "resolution"))
        await office.go_to("2026-03-23T09:00")
        assert (await Timer(second).fire_due()).fired == 1
        assert [each["data"]["percent"] for each in await office.events(case_id, "clock-warned")] == [75]


async def test_nothing_expires_before_what_was_earlier_is_in(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        met, missed = await office.desk.receive(), await office.desk.receive()
        await office.go_to("2026-03-03T23:50")
        assert (await office.desk.ask(met, "acknowledgement")).status_code == 200
        office.time.now = office.time.at(DUE) + SECOND
        await office.timer.fire_due()
        assert not await office.events(met, "clock-expired")
        await office.stack.settle()
        await office.timer.fire_due()
        await office.stack.settle()
        assert (await office.clock(met, "internal.acknowledge"))["phase"] == "met"
        assert not await office.events(met, "clock-expired")
        (expired,) = await office.events(missed, "clock-expired")
        assert expired["data"]["confirmed"] is True


async def test_a_shard_in_which_more_comes_all_the_time_is_not_kept_waiting(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        shard = shard_of(UUID(case_id), followup(office).shards)
        office.time.now = office.time.at(DUE) + SECOND

        async def another() -> None:
            # Recorded, and not known to followup yet.
            while True:
                answer = await office.desk.post("/v1/complaints", complaint())
                if shard_of(UUID(answer.json()["case_id"]), followup(office).shards) == shard:
                    return

        await another()
        assert (await office.timer.fire_due()).waiting == 1
        await office.stack.settle()
        await another()
        office.time.now += SECOND
        await office.timer.fire_due()
        (expired,) = await office.events(case_id, "clock-expired")
        assert expired["data"]["confirmed"] is True


async def test_a_parked_case_expires_unconfirmed_and_is_corrected_when_it_is_taken_up(
    open_office: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_office(now="2026-03-02") as office:
        case_id = await office.desk.receive()
        decide = FollowUpReactor.commands

        async def fail(self: FollowUpReactor, work: object, unit: object, received: object) -> object:
            if isinstance(getattr(received, "event", None), intake.ComplaintAcknowledged):
                raise RuntimeError("a fault of this release")
            return await decide(self, work, unit, received)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(FollowUpReactor, "commands", fail)
            await office.desk.do(case_id, "acknowledgement")
        async with begin(followup(office).engine) as work:
            assert await parking.count_parked(work, FollowUpReactor.consumer) == 1
        due = office.time.at(DUE)
        office.time.now = due
        assert (await office.timer.fire_due()).waiting == 1
        office.time.now = due + GRACE
        assert (await office.timer.fire_due()).fired == 1
        assert [each["data"]["confirmed"] for each in await office.events(case_id, "clock-expired")] == [False]
        shard = shard_of(UUID(case_id), followup(office).shards)
        assert await followup(office).consumer.retry(UUID(case_id), shard)
        assert [each["data"]["outcome"] for each in await office.events(case_id, "clock-corrected")] == ["met"]


async def test_the_rows_say_what_the_states_say_after_every_step_and_every_firing(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        walked, silent = await office.desk.receive(), await office.desk.receive()
        for day, until in (
            ("2026-03-03", "acknowledgement"),
            ("2026-03-05", "assessment"),
            ("2026-03-05T11:00", "investigation-offer"),
            ("2026-03-05T12:00", "investigation/acceptance"),
            ("2026-03-27", "investigation/findings"),
        ):
            await office.wait_until(day)
            await office.desk.do(walked, until)
            await assert_rows_say_what_the_states_say(followup(office))
        await office.wait_until("2026-05-01")
        await assert_rows_say_what_the_states_say(followup(office))
        assert {each["phase"] for each in await office.clocks(silent)} == {"expired"}


@pytest.mark.parametrize("days", [3650, -3650])
async def test_a_jump_of_the_machines_clock_fires_nothing_early_and_nothing_late(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """The timer runs against the database's real clock while the process believes in another decade."""
    file = institution(tmp_path)
    async with postgres_server.database("jump") as url, stack_on(url, tmp_path, institution=file) as stack:
        timed = stack.runtimes["followup"]
        _shift(monkeypatch, timedelta(days=days))
        async with begin(timed.engine) as work:
            now = work.now
        soon, later = now - MINUTE + 3 * SECOND, now - MINUTE + timedelta(hours=1)
        await receive_many(timed, [soon, later])
        due = soon + MINUTE
        running = asyncio.create_task(Timer(timed).run())
        try:
            deadline = time.monotonic() + 30
            while not (recorded := await _expired(timed)) and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
            await asyncio.sleep(WATCHED_S)
            recorded = await _expired(timed)
        finally:
            running.cancel()
            await asyncio.wait({running})
        (at,) = recorded
        assert at >= due


async def _expired(timed: ServiceRuntime) -> list[datetime]:
    async with begin(timed.engine) as work:
        rows = await work.fetch("SELECT recorded_at FROM event WHERE type = 'casework.followup.clock-expired.v1'")
    return [row["recorded_at"] for row in rows]


def _shift(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """From now on whatever Casework's services ask this process for the time is told another."""
    real = time.time

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC if tz is None else tz) + by  # type: ignore[arg-type]

    monkeypatch.setattr(time, "time", lambda: real() + by.total_seconds())
    for name, module in list(sys.modules.items()):
        told = name.startswith(("casework.followup", "casework.shared.eventstore", "casework.shared.inbox"))
        if (told or name.startswith("casework.shared.runtime")) and vars(module).get("datetime") is datetime:
            monkeypatch.setattr(module, "datetime", Shifted)
