"""Tables that clean themselves: what only serves to recognise repetitions goes after two weeks, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from tests.webhooks.hooks import Hooks
from tests.webhooks.receiver import Receiver

from casework.followup import outbox
from casework.followup.domain.notices import Notice
from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import begin
from casework.shared.runtime.retention import BROKER, KEEP
from casework.shared.runtime.topics import Topics
from casework.shared.testing.desk import STEPS, complaint

DAY = timedelta(days=1)


async def rows(hooks: Hooks) -> Mapping[str, int]:
    """How many rows each table has whose rows are kept for a time."""
    tables = (
        *(f"{service}.idempotency" for service in SERVICES),
        *("intake.rejection", "followup.notice", "followup.webhook_delivery", "followup.webhook_attempt"),
    )
    async with begin(hooks.office.stack.admin) as work:
        return {table: await work.fetch_value(f"SELECT count(*) FROM {table}") for table in tables}


async def purge(hooks: Hooks) -> dict[str, int]:
    """What every service purges now, a row at a time: the smallest steps."""
    gone: dict[str, int] = {}
    for service, runtime in hooks.office.stack.runtimes.items():
        for table, many in (await runtime.purger.purge(most=1)).items():
            gone[f"{service}.{table}"] = many
    return gone


async def _reject(hooks: Hooks) -> None:
    """What the inbox keeps of a post that can never be accepted."""
    async with begin(hooks.office.stack.admin) as work:
        await work.execute(
            'INSERT INTO intake.rejection (topic, partition, "offset", sha256, problem, original, rejected_at)'
            " VALUES ('inbox', 0, (SELECT count(*) FROM intake.rejection), $1, '{}', 'x', $2)",
            b"h" * 32,
            hooks.office.time.now,
        )


async def _answer_notices(hooks: Hooks) -> None:
    async with begin(hooks.runtime.engine) as work:
        await work.execute(
            "UPDATE notice SET state = 'sent', claimed_at = $1, settled_at = $1 WHERE state = 'waiting'", work.now
        )


def test_ours_are_kept_longer_than_the_brokers() -> None:
    assert (BROKER, KEEP) == (7 * DAY, 14 * DAY)
    topics = Topics.of("", 12)
    for topic in (topics.inbox, topics.receipts, topics.rejections):
        assert timedelta(milliseconds=int(topic.config["retention.ms"])) == BROKER


@pytest.mark.practice("P176")
async def test_on_day_15_old_rows_go_and_a_duplicate_of_13_days_is_still_caught(
    hooks: Hooks, receiver: Receiver
) -> None:
    desk, start = hooks.office.desk, hooks.office.time.now
    webhook, _ = await hooks.make(receiver.url)
    posted = {name: complaint(source_reference=name) for name in ("old", "young")}
    first = {}
    for day, name in ((0, "old"), (2, "young")):
        hooks.office.time.now = start + day * DAY
        first[name] = await desk.post("/v1/complaints", posted[name], idempotency_key=f"key-{name}")
        assert first[name].status_code == 201
        await hooks.office.stack.settle()
        await hooks.send()
        await _reject(hooks)
        await _notice(hooks, UUID(first[name].json()["case_id"]))
        await _answer_notices(hooks)
    before = await rows(hooks)
    assert before["intake.rejection"] == before["followup.notice"] == 2

    hooks.office.time.now = start + 13 * DAY
    assert not any((await purge(hooks)).values())

    hooks.office.time.now = start + 15 * DAY
    gone = await purge(hooks)
    assert gone["intake.rejection"] == gone["followup.notice"] == 1
    assert gone["intake.idempotency"] == 1
    assert gone["followup.idempotency"] == 1  # the making of the webhook, on the first day
    after = await rows(hooks)
    log = await hooks.log(webhook)
    assert log
    assert {each["case_id"] for each in log} == {first["young"].json()["case_id"]}
    assert after["followup.webhook_delivery"] == len(log) == after["followup.webhook_attempt"]
    assert gone["followup.webhook_delivery"] == before["followup.webhook_delivery"] - len(log)
    assert not any((await purge(hooks)).values())

    # Thirteen days old: still the same answer, to the same request under its key.
    again = await desk.post("/v1/complaints", posted["young"], idempotency_key="key-young")
    assert (again.status_code, again.content) == (201, first["young"].content)
    assert again.headers["idempotency-replayed"] == "true"
    # And one whose key is gone is known by its reference, for good: no second case.
    late = await desk.post("/v1/complaints", posted["old"], idempotency_key="key-old")
    assert (late.status_code, late.json()["case_id"]) == (200, first["old"].json()["case_id"])
    # Nothing of before is told anew: the cursors stand where they stood.
    came = len(receiver.came)
    await hooks.send()
    assert len(receiver.came) == came


async def _notice(hooks: Hooks, case_id: UUID) -> None:
    from tests.notices.office import happened, nears

    found: tuple[Notice, ...] = nears("ann", since=happened(case_id, at=hooks.office.time.now))
    async with begin(hooks.runtime.engine) as work:
        assert await outbox.enqueue(work, found) == 1


async def test_what_waits_or_may_still_be_sent_is_never_purged(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    receiver.answer = lambda _came: (500, {})
    case_id = await hooks.office.desk.receive()
    await hooks.gatherer.gather()
    await _notice(hooks, UUID(case_id))
    hooks.office.time.now += 20 * DAY
    gone = await purge(hooks)
    assert (gone["followup.webhook_delivery"], gone["followup.notice"]) == (0, 0)
    # Once it is stopped for two weeks, nobody counts on what waits.
    await hooks.change(webhook, state="paused")
    hooks.office.time.now += 13 * DAY
    assert (await purge(hooks))["followup.webhook_delivery"] == 0
    hooks.office.time.now += 2 * DAY
    assert (await purge(hooks))["followup.webhook_delivery"] == len(await _types(hooks, case_id))


async def _types(hooks: Hooks, case_id: str) -> list[str]:
    answer = await hooks.http.get(f"/v1/cases/{case_id}/events")
    return [each["event"]["type"] for each in answer.json()]


async def test_a_purge_that_meets_locked_rows_goes_round_them(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.make(receiver.url)
    case_id = await hooks.office.desk.receive()
    await hooks.office.desk.do(case_id, next(iter(STEPS)))
    await hooks.send()
    hooks.office.time.now += 15 * DAY
    async with begin(hooks.office.stack.admin) as work:
        held = await work.fetch("SELECT id FROM followup.webhook_delivery ORDER BY settled_at LIMIT 2 FOR UPDATE")
        gone = await purge(hooks)
        assert gone["followup.webhook_delivery"] > 0
    async with begin(hooks.office.stack.admin) as work:
        left = await work.fetch("SELECT id FROM followup.webhook_delivery")
    assert {row["id"] for row in left} == {row["id"] for row in held}
