"""Webhooks as their owners meet them: making, changing, rotating, pinging, reading the log, ending."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from examples.webhook_receiver import NotVerified, verified
from standardwebhooks.webhooks import Webhook
from tests.webhooks.hooks import Hooks, events_of
from tests.webhooks.receiver import Came, Receiver, receiving

from casework.followup.webhooks.dispatcher import AT_ONCE
from casework.shared.keys.vault import KeyFile
from casework.shared.runtime.database import begin
from casework.shared.testing.bad_posts import CANARY


def signs(came: Came, secret: str, hooks: Hooks) -> bool:
    """Whether that secret verifies, at the time of the office, by the bytes as they came."""
    try:
        verified([secret], came.headers, came.body, now=hooks.office.time.now.timestamp())
    except NotVerified:
        return False
    return True


async def test_what_arrives_is_signed_thin_and_holds_nothing_personal(hooks: Hooks, receiver: Receiver) -> None:
    webhook, secret = await hooks.make(receiver.url)
    hooks.office.time.now = datetime.now(UTC)
    case_id = await hooks.office.desk.receive(
        words=f"My name is {CANARY}.", complainant={"name": CANARY, "email": f"{CANARY}@example.com"}
    )
    await hooks.send()
    assert receiver.came
    for each in receiver.came:
        assert Webhook(secret).verify(each.body, dict(each.headers))  # the reference library, by this machine's clock
        assert signs(each, secret, hooks)
        assert len(each.body) <= 20_000
        assert CANARY.encode() not in each.body
        assert b'"box"' not in each.body
        assert each.line == "POST /hooks HTTP/1.1"
        assert each.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert each.headers["content-type"] == "application/json"
    assert receiver.came[0].event["data"]["case_id"] == case_id
    assert receiver.came[0].event["data"]["event"]["category"]
    assert (await hooks.log(webhook))[0]["message_id"] == receiver.came[0].id


async def test_the_secret_is_shown_once_and_lies_nowhere_in_the_clear(hooks: Hooks, receiver: Receiver) -> None:
    body = {"url": receiver.url, "filters": {"events": ["status"]}}
    first, again = await hooks.post("", body, key="k-1"), await hooks.post("", body, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.headers["location"] == f"/v1/webhooks/{first.json()['id']}"
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.json()["id"], again.json()["secret"]) == (first.json()["id"], None)
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    shown = await hooks.http.get("/v1/webhooks")
    assert len(shown.json()) == 1
    assert secret not in shown.text
    async with begin(hooks.office.stack.admin) as work:
        for table in ("webhook", "webhook_secret", "idempotency"):
            rows = await work.fetch(f"SELECT * FROM followup.{table}")
            assert rows
            assert secret[6:] not in str([dict(row) for row in rows])


async def test_after_a_rotation_both_secrets_sign_until_the_former_ends(hooks: Hooks, receiver: Receiver) -> None:
    webhook, old = await hooks.make(receiver.url)
    answer = await hooks.post(f"/{webhook}/secret-rotations", {"keep_hours": 24})
    new = answer.json()["secret"]
    assert (answer.status_code, (await hooks.shown(webhook))["live_secrets"]) == (201, 2)
    await hooks.post(f"/{webhook}/pings")
    await hooks.send()
    assert signs(receiver.came[-1], old, hooks)
    assert signs(receiver.came[-1], new, hooks)
    # A third one ends the first: two are live at most.
    newest = (await hooks.post(f"/{webhook}/secret-rotations", {"keep_hours": 24})).json()["secret"]
    await hooks.post(f"/{webhook}/pings")
    await hooks.send()
    assert [signs(receiver.came[-1], each, hooks) for each in (old, new, newest)] == [False, True, True]
    hooks.office.time.now += timedelta(hours=24, seconds=1)
    await hooks.post(f"/{webhook}/pings")
    await hooks.send()
    assert [signs(receiver.came[-1], each, hooks) for each in (new, newest)] == [False, True]
    assert (await hooks.shown(webhook))["live_secrets"] == 1


async def test_filters_choose_by_group_type_category_and_source(hooks: Hooks, receiver: Receiver) -> None:
    received = "casework.intake.complaint-received.v1"
    status, _ = await hooks.make(receiver.url, "status")
    only, _ = await hooks.make(receiver.url, received, "investigation")
    fees, _ = await hooks.make(receiver.url, "intake", categories=["Fees"])
    shop, _ = await hooks.make(receiver.url, "all", sources=["shop"], categories=["Cards", "Fees"])
    one = await hooks.office.desk.receive(category="Fees", source="crm")
    two = await hooks.office.desk.receive(category="Cards", source="shop")
    await hooks.office.desk.do(one, "acknowledgement")
    await hooks.office.desk.do(two, "acknowledgement")
    await hooks.send()

    async def told(webhook: str) -> set[tuple[str, str]]:
        return {(each["case_id"], each["type"]) for each in await hooks.log(webhook)}

    async def all_of(case_id: str) -> set[tuple[str, str]]:
        return {(case_id, each["type"]) for each in await events_of(hooks, case_id)}

    assert {(one, received), (two, received), (one, "casework.intake.complaint-acknowledged.v1")} <= await told(status)
    assert (one, "casework.followup.clock-armed.v1") not in await told(status)
    assert await told(only) == {(one, received), (two, received)}
    assert await told(fees) == {each for each in await all_of(one) if each[1].startswith("casework.intake.")}
    assert await told(shop) == await all_of(two)


async def test_a_pause_is_not_told_afterwards_and_what_waits_is(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    waiting = await hooks.office.desk.receive()
    await hooks.gatherer.gather()
    assert (await hooks.change(webhook, state="paused"))["state"] == "paused"
    await hooks.office.desk.receive()
    assert await hooks.send() == 0
    await hooks.change(webhook, state="active")
    after = await hooks.office.desk.receive()
    await hooks.send()
    assert [each.event["data"]["case_id"] for each in receiver.came] == [waiting, after]


@pytest.mark.parametrize("change", [{"state": "paused"}, {"filters": {"events": ["casework.followup.case-closed.v1"]}}])
async def test_what_was_recorded_before_a_change_is_sent(
    hooks: Hooks, receiver: Receiver, change: dict[str, object]
) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    before = await hooks.office.desk.receive()
    await hooks.change(webhook, **change)  # nothing was gathered yet
    await hooks.office.desk.receive()
    await hooks.gatherer.gather()
    await hooks.change(webhook, state="active")
    await hooks.send()
    assert [each.event["data"]["case_id"] for each in receiver.came] == [before]


async def test_a_ping_goes_out_once_also_while_it_is_paused(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    await hooks.change(webhook, state="paused")
    receiver.answer = lambda _came: (500, {})
    answer = await hooks.post(f"/{webhook}/pings")
    assert answer.status_code == 202
    await hooks.pass_time(hours=2)
    (came,) = receiver.came
    assert came.event == {
        "type": "casework.webhook.ping",
        "timestamp": came.event["timestamp"],
        "data": {"webhook_id": webhook},
    }
    (logged,) = await hooks.log(webhook)
    assert (logged["id"], logged["state"], logged["case_id"]) == (answer.json()["delivery_id"], "failed", None)
    assert [(each["status"], each["reason"]) for each in logged["tries"]] == [(500, "refused")]
    assert (await hooks.shown(webhook))["state"] == "paused"


async def test_410_ends_it_at_once(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    receiver.answer = lambda _came: (410, {})
    await hooks.office.desk.receive()
    await hooks.send()
    assert (await hooks.shown(webhook))["state"] == "gone"
    many = len(receiver.came)
    await hooks.office.desk.receive()
    await hooks.pass_time(hours=24, step_minutes=60)
    assert len(receiver.came) == many
    metrics = (await hooks.http.get("/metrics")).text
    assert f'casework_webhook_tries_total{{outcome="gone",service="followup"}} {many}.0' in metrics


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500])
async def test_a_redirect_is_a_failure_and_is_not_followed(hooks: Hooks, receiver: Receiver, status: int) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    receiver.answer = lambda _came: (status, {"location": receiver.url + "/elsewhere"})
    await hooks.office.desk.receive()
    await hooks.send()
    assert [each.line for each in receiver.came] == ["POST /hooks HTTP/1.1"]
    (logged,) = await hooks.log(webhook)
    reason = "redirect" if status < 400 else "refused"
    assert (logged["state"], logged["tries"][0]["status"], logged["tries"][0]["reason"]) == ("waiting", status, reason)


async def test_retry_after_is_honoured(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    receiver.answer = lambda _came: (429, {"retry-after": "3600"})
    await hooks.office.desk.receive()
    await hooks.send()
    await hooks.pass_time(minutes=59, step_minutes=1)
    assert len(receiver.came) == 1
    await hooks.pass_time(minutes=2, step_minutes=1)
    assert len(receiver.came) == 2


async def test_nonsense_in_retry_after_costs_a_try_and_what_arrived_has_arrived(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    nonsense = {"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}
    await hooks.office.desk.receive()
    receiver.answer = lambda _came: (503, nonsense)
    await hooks.send()
    assert [(each["state"], each["attempts"]) for each in await hooks.log(webhook)] == [("waiting", 1)]
    receiver.answer = lambda _came: (204, nonsense)
    await hooks.pass_time(minutes=5, step_minutes=1)
    assert [(each["state"], each["attempts"]) for each in await hooks.log(webhook)] == [("delivered", 2)]
    await hooks.office.desk.receive()
    await hooks.send()
    assert [(each["state"], each["attempts"]) for each in await hooks.log(webhook)][1:] == [("delivered", 1)]


async def test_a_delivered_one_is_sent_again_by_hand_under_its_id(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url, "casework.intake.complaint-received.v1")
    await hooks.office.desk.receive()
    await hooks.send()
    (logged,) = await hooks.log(webhook)
    answer = await hooks.post(f"/{webhook}/deliveries/{logged['id']}/redelivery")
    assert (answer.status_code, answer.json()) == (202, {"put_back": 1})
    await hooks.send()
    assert [each.id for each in receiver.came] == [logged["message_id"]] * 2
    assert receiver.came[0].body == receiver.came[1].body
    other = await hooks.post(f"/{webhook}/deliveries/{uuid4()}/redelivery")
    assert (other.status_code, other.json()["type"]) == (404, "/problems/unknown-webhook")


async def test_a_change_may_name_the_version_it_changes(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    path = f"/v1/webhooks/{webhook}"
    tag = (await hooks.http.get(path)).headers["etag"]
    changed = await hooks.http.patch(path, json={"description": "CRM"}, headers={"if-match": tag})
    assert (changed.status_code, changed.json()["description"]) == (200, "CRM")
    assert changed.headers["etag"] != tag
    for stale in (
        await hooks.http.patch(path, json={"description": "no"}, headers={"if-match": tag}),
        await hooks.http.delete(path, headers={"if-match": tag}),
    ):
        assert (stale.status_code, stale.json()["type"]) == (412, "/problems/version-changed")


async def test_what_was_ended_gets_nothing_and_is_gone(hooks: Hooks, receiver: Receiver) -> None:
    webhook, _ = await hooks.make(receiver.url)
    await hooks.office.desk.receive()
    await hooks.gatherer.gather()
    assert (await hooks.http.delete(f"/v1/webhooks/{webhook}")).status_code == 204
    assert (await hooks.http.get(f"/v1/webhooks/{webhook}")).status_code == 404
    assert await hooks.send() == 0
    assert receiver.came == []
    await hooks.runtime.purger.purge()
    async with begin(hooks.office.stack.admin) as work:
        for table in ("webhook", "webhook_secret", "webhook_delivery", "webhook_line", "webhook_attempt"):
            assert await work.fetch_value(f"SELECT count(*) FROM followup.{table}") == 0


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"url": "https://169.254.169.254/", "filters": {"events": ["all"]}}, "/url"),
        ({"url": "http://example.com/", "filters": {"events": ["all"]}}, "/url"),
        ({"url": "https://a@example.com/", "filters": {"events": ["all"]}}, "/url"),
        ({"url": "https://example.com/", "filters": {"events": ["everything"]}}, "/filters/events/0"),
        ({"url": "https://example.com/", "filters": {"events": []}}, "/filters/events"),
        ({"url": "https://example.com/", "filters": {"events": ["all"], "actors": ["x"]}}, "/filters/actors"),
        ({"url": "https://example.com/"}, "/filters"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(hooks: Hooks, body: dict[str, object], pointer: str) -> None:
    answer = await hooks.post("", body)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert (await hooks.http.get("/v1/webhooks")).json() == []


async def test_without_its_key_file_no_webhook_is_made_and_nothing_costs_a_try(
    hooks: Hooks, receiver: Receiver, tmp_path: Path
) -> None:
    webhook, _ = await hooks.make(receiver.url)
    await hooks.office.desk.receive()
    key_file = hooks.runtime.settings.key_file
    kept = key_file.rename(tmp_path / "elsewhere")
    answer = await hooks.post("", {"url": receiver.url, "filters": {"events": ["all"]}})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/webhook-key-missing")
    assert "CASEWORK_WEBHOOK_KEY_FILE" in answer.json()["detail"]
    await hooks.send()
    KeyFile.create(key_file)  # another one: what was stored under the first does not open
    hooks.office.time.now += timedelta(minutes=2)
    await hooks.send()
    assert receiver.came == []
    assert {each["attempts"] for each in await hooks.log(webhook)} == {0}
    kept.rename(key_file)
    await hooks.pass_time(minutes=10, step_minutes=1)
    assert {each["state"] for each in await hooks.log(webhook)} == {"delivered"}


async def test_a_slow_receiver_holds_up_no_other(hooks: Hooks, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.answer = lambda _came: None
        first, _ = await hooks.make(slow.url)
        second, _ = await hooks.make(receiver.url)
        for _ in range(6):
            await hooks.office.desk.receive()
        await hooks.gatherer.gather()
        running = asyncio.create_task(hooks.dispatcher.run())
        try:
            async with asyncio.timeout(12):  # before the slow one's time is over
                while {each["state"] for each in await hooks.log(second)} != {"delivered"}:
                    assert not running.done()
                    await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert len(slow.came) == 4  # no more at once
        assert {each["state"] for each in await hooks.log(first)} == {"waiting"}
        # The next life of the same replica takes up at once what this one had claimed.
        slow.answer = lambda _came: (204, {})
        again = asyncio.create_task(hooks.dispatcher.run())
        try:
            async with asyncio.timeout(20):
                while {each["state"] for each in await hooks.log(first)} != {"delivered"}:
                    await asyncio.sleep(0.05)
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)


async def test_eight_silent_receivers_hold_up_no_ninth(hooks: Hooks, receiver: Receiver) -> None:
    received, lines = "casework.intake.complaint-received.v1", 16
    hooks.time_s = 1.0
    async with receiving() as silent:
        silent.answer = lambda _came: None
        for _ in range(8):
            await hooks.make(silent.url, received)
        healthy, _ = await hooks.make(receiver.url, received)
        for _ in range(lines):
            await hooks.office.desk.receive()
        await hooks.gatherer.gather()
        running = asyncio.create_task(hooks.dispatcher.run())
        try:
            async with asyncio.timeout(30):
                while {each["state"] for each in await hooks.log(healthy)} != {"delivered"}:
                    assert not running.done()
                    await asyncio.sleep(0.05)
            # Each of the silent ones was tried twice at most at each of its four at once: twice the time of one try.
            assert len(silent.came) <= 2 * AT_ONCE < 8 * lines
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
