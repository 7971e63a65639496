"""Webhooks over HTTP: making, changing and ending them. What became of deliveries is read in `delivery_log`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from pydantic import BaseModel

from casework.followup.webhooks import queue, subscriptions
from casework.followup.webhooks.bodies import (
    Pinged,
    Redelivered,
    RedeliveryAsked,
    RotationAsked,
    WebhookAsked,
    WebhookChange,
    WebhookMade,
    WebhookShown,
)
from casework.followup.webhooks.dispatcher import key_file_of, reach_of
from casework.followup.webhooks.gatherer import Gatherer, begin_at_now
from casework.followup.webhooks.payload import PING, ping_of
from casework.followup.webhooks.queue import New
from casework.followup.webhooks.signing import SecretBox, new_secret, shown
from casework.followup.webhooks.subscriptions import Webhook, WebhookChanged
from casework.shared.contracts.types import rfc3339
from casework.shared.http.access import requires
from casework.shared.http.idempotency import Once, StoredAnswer, once
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.retention import KEEP
from casework.shared.runtime.service import ServiceRuntime

PATH = "/v1/webhooks"
ONE = f"{PATH}/{{webhook_id}}"
Writing = Annotated[Once, Depends(once("webhooks:write"))]
IfMatch = Annotated[str | None, Header(description="The ETag of an earlier answer: change only what it showed")]
_READS = [Depends(requires("webhooks:read"))]
_WRITES = [Depends(requires("webhooks:write"))]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of one runtime."""
    api = APIRouter(tags=["webhooks"])
    reach, gatherer = reach_of(runtime.settings), Gatherer(runtime)

    @api.post(PATH, summary="Make a webhook", status_code=201, response_model=WebhookMade)
    async def make(body: WebhookAsked, asked: Writing) -> Response:
        body.filters.require_known()
        reach.target(body.url)
        box = SecretBox.load(key_file_of(runtime.settings))
        secret, webhook_id = new_secret(), runtime.store.mint()
        async with begin(runtime.engine) as work:
            starts = await _starts(runtime, work)
            answered = await asked.claim(work)
            if answered is not None:
                return answered.response(replayed=True)
            webhook = Webhook(
                id=webhook_id,
                url=body.url,
                description=body.description,
                filters=body.filters,
                state="active",
                starts=starts,
                created_at=work.now,
                changed_at=work.now,
                stopped_at=None,
                last_success_at=None,
                revision=1,
            )
            await subscriptions.insert(work, webhook)
            await subscriptions.add_secret(work, webhook_id, box.close(secret, webhook_id, 1), keep_until=None)
            kept = StoredAnswer(201, _json(WebhookMade(id=webhook_id, secret=None)), f"{PATH}/{webhook_id}", _tag(1))
            await asked.store(work, kept)
        return replace(kept, body=_json(WebhookMade(id=webhook_id, secret=shown(secret)))).response()

    @api.get(PATH, summary="Every webhook", dependencies=_READS)
    async def show_all() -> list[WebhookShown]:
        async with begin(runtime.engine) as work:
            found = await subscriptions.listed(work)
            live = await subscriptions.live_secrets(work, [each.id for each in found])
        return [WebhookShown.of(each, len(live.get(each.id, ()))) for each in found]

    @api.get(ONE, summary="One webhook", dependencies=_READS, response_model=WebhookShown)
    async def show(webhook_id: UUID) -> Response:
        async with begin(runtime.engine) as work:
            return await _shown(work, webhook_id)

    @api.patch(ONE, summary="Change, pause or take up a webhook", dependencies=_WRITES, response_model=WebhookShown)
    async def change(webhook_id: UUID, body: WebhookChange, if_match: IfMatch = None) -> Response:
        if body.filters is not None:
            body.filters.require_known()
        if body.url is not None:
            reach.target(body.url)
        if body.state == "paused" or body.filters is not None:
            # What was recorded until now is told by what holds until now.
            await gatherer.catch_up()
        async with begin(runtime.engine) as work:
            # First of all locks, and needed only where it begins anew.
            starts = await _starts(runtime, work) if body.state == "active" else None
            webhook = await subscriptions.find(work, webhook_id, lock=True)
            _require(webhook, if_match)
            changed = replace(
                webhook,
                url=body.url or webhook.url,
                filters=body.filters or webhook.filters,
                description=webhook.description if body.description is None else body.description,
            )
            if body.state == "paused" and webhook.state != "paused":
                changed = replace(changed, state="paused", stopped_at=work.now)
            if starts is not None and webhook.state != "active":
                collected = (
                    webhook.state == "disabled"
                    and webhook.stopped_at is not None
                    and webhook.stopped_at > work.now - KEEP
                )
                begun = webhook.starts if collected else starts
                changed = replace(changed, state="active", stopped_at=None, starts=begun)
                await queue.take_up(work, webhook_id)
            await subscriptions.write(work, changed)
            return await _shown(work, webhook_id)

    @api.delete(ONE, summary="End a webhook", dependencies=_WRITES, status_code=204)
    async def end(webhook_id: UUID, if_match: IfMatch = None) -> Response:
        async with begin(runtime.engine) as work:
            _require(await subscriptions.find(work, webhook_id, lock=True), if_match)
            await subscriptions.delete(work, webhook_id)
        return Response(status_code=204)

    @api.post(
        f"{ONE}/secret-rotations",
        summary="Give a webhook a new secret; the former signs beside it for a while",
        status_code=201,
        response_model=WebhookMade,
    )
    async def rotate(webhook_id: UUID, body: RotationAsked, asked: Writing) -> Response:
        box, secret = SecretBox.load(key_file_of(runtime.settings)), new_secret()

        async def do(work: Work) -> StoredAnswer:
            await subscriptions.find(work, webhook_id, lock=True)
            number = await subscriptions.next_number(work, webhook_id)
            until = work.now + timedelta(hours=body.keep_hours)
            await subscriptions.add_secret(work, webhook_id, box.close(secret, webhook_id, number), keep_until=until)
            return StoredAnswer(201, _json(WebhookMade(id=webhook_id, secret=None)), f"{PATH}/{webhook_id}")

        answer, replayed = await _once(runtime, asked, do)
        if not replayed:
            answer = replace(answer, body=_json(WebhookMade(id=webhook_id, secret=shown(secret))))
        return answer.response(replayed=replayed)

    @api.post(f"{ONE}/pings", summary="Send a test delivery, once", status_code=202, response_model=Pinged)
    async def ping(webhook_id: UUID, asked: Writing) -> Response:
        async def do(work: Work) -> StoredAnswer:
            await subscriptions.find(work, webhook_id, lock=True)
            delivery = runtime.store.mint()
            body = ping_of(webhook_id, rfc3339(work.now))
            await queue.add(work, [New(delivery, webhook_id, delivery, None, PING, body)], ping=True)
            return StoredAnswer(202, _json(Pinged(delivery_id=delivery)))

        return await _answered(runtime, asked, do)

    @api.post(
        f"{ONE}/deliveries/{{delivery_id}}/redelivery",
        summary="Send one delivery again, whatever became of it",
        status_code=202,
        response_model=Redelivered,
    )
    async def redeliver(webhook_id: UUID, delivery_id: UUID, asked: Writing) -> Response:
        async def do(work: Work) -> StoredAnswer:
            await subscriptions.find(work, webhook_id, lock=True)
            many = await queue.try_again(work, webhook_id, only=delivery_id)
            if not many:
                raise subscriptions.UnknownWebhook(f"There is no delivery {delivery_id} of webhook {webhook_id}.")
            return StoredAnswer(202, _json(Redelivered(put_back=many)))

        return await _answered(runtime, asked, do)

    @api.post(
        f"{ONE}/redeliveries",
        summary="Send again all that was given up since a time",
        status_code=202,
        response_model=Redelivered,
    )
    async def redeliver_since(webhook_id: UUID, body: RedeliveryAsked, asked: Writing) -> Response:
        async def do(work: Work) -> StoredAnswer:
            await subscriptions.find(work, webhook_id, lock=True)
            many = await queue.try_again(work, webhook_id, since=body.since)
            return StoredAnswer(202, _json(Redelivered(put_back=many)))

        return await _answered(runtime, asked, do)

    return api


Do = Callable[[Work], Awaitable[StoredAnswer]]


async def _once(runtime: ServiceRuntime, asked: Once, do: Do) -> tuple[StoredAnswer, bool]:
    """What `do` answers, done once for its Idempotency-Key, and whether it was done before."""
    async with begin(runtime.engine) as work:
        answered = await asked.claim(work)
        if answered is not None:
            return answered, True
        answer = await do(work)
        await asked.store(work, answer)
    return answer, False


async def _answered(runtime: ServiceRuntime, asked: Once, do: Do) -> Response:
    answer, replayed = await _once(runtime, asked, do)
    return answer.response(replayed=replayed)


async def _starts(runtime: ServiceRuntime, work: Work) -> dict[str, list[int]]:
    return await begin_at_now(work, runtime.reactor.consumer, runtime.name, runtime.shards)


async def _shown(work: Work, webhook_id: UUID) -> Response:
    webhook = await subscriptions.find(work, webhook_id)
    live = await subscriptions.count_live_secrets(work, webhook_id)
    headers: dict[str, Any] = {"etag": _tag(webhook.revision)}
    return Response(_json(WebhookShown.of(webhook, live)), media_type="application/json", headers=headers)


def _require(webhook: Webhook, if_match: str | None) -> None:
    if if_match is not None and if_match.strip() != _tag(webhook.revision):
        raise WebhookChanged(f"The webhook is at {_tag(webhook.revision)} now; read it again.")


def _tag(revision: int) -> str:
    return f'"webhook:{revision}"'


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json().encode()
