"""What is asked of, and answered about, webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from casework.followup.webhooks.addresses import LONGEST
from casework.followup.webhooks.filters import Filters
from casework.followup.webhooks.payload import message_id
from casework.followup.webhooks.queue import State as DeliveryState
from casework.followup.webhooks.subscriptions import State, Webhook
from casework.shared.contracts.types import Instant, no_nul

Url = Annotated[str, Field(min_length=1, max_length=LONGEST, description="https://host/path")]
Description = Annotated[str, Field(max_length=200), AfterValidator(no_nul)]
MOST_KEEP_HOURS = 168


class WebhookAsked(BaseModel, extra="forbid", frozen=True):
    """A new webhook."""

    url: Url
    filters: Filters
    description: Description = ""


class WebhookChange(BaseModel, extra="forbid", frozen=True):
    """What is to be different about a webhook; what is left out stays."""

    url: Url | None = None
    filters: Filters | None = None
    description: Description | None = None
    state: Literal["active", "paused"] | None = None


class RotationAsked(BaseModel, extra="forbid", frozen=True):
    """How long the former secret stays live beside the new one."""

    keep_hours: Annotated[int, Field(ge=0, le=MOST_KEEP_HOURS)] = 24


class RedeliveryAsked(BaseModel, extra="forbid", frozen=True):
    """Which failed deliveries are sent again: those made since then."""

    since: Instant


class WebhookShown(BaseModel, frozen=True):
    """A webhook. Its secrets are never shown again; `live_secrets` says how many sign."""

    id: UUID
    url: str
    description: str
    filters: Filters
    state: State
    created_at: datetime
    changed_at: datetime
    stopped_at: datetime | None
    last_success_at: datetime | None
    live_secrets: int

    @classmethod
    def of(cls, webhook: Webhook, live: int) -> WebhookShown:
        return cls(
            id=webhook.id,
            url=webhook.url,
            description=webhook.description,
            filters=webhook.filters,
            state=webhook.state,
            created_at=webhook.created_at,
            changed_at=webhook.changed_at,
            stopped_at=webhook.stopped_at,
            last_success_at=webhook.last_success_at,
            live_secrets=live,
        )


class WebhookMade(BaseModel, frozen=True):
    """The id of a webhook, and its new secret: in the first answer and never again, so null where the request is
    repeated under its Idempotency-Key. Whoever lost it rotates."""

    id: UUID
    secret: str | None


class Try(BaseModel, frozen=True):
    """One try. `reason` is `answered`, `refused`, `redirect`, or why there was no answer."""

    at: datetime
    status: int | None
    reason: str
    milliseconds: int


class DeliveryShown(BaseModel, frozen=True):
    """A delivery and its newest tries. `message_id` is what its receiver sees as `webhook-id`."""

    id: UUID
    message_id: str
    type: str
    case_id: UUID | None
    event_id: UUID | None
    state: DeliveryState
    made_at: datetime
    settled_at: datetime | None
    attempts: int
    tries: list[Try]

    @classmethod
    def of(cls, row: dict[str, object], tries: list[Try]) -> DeliveryShown:
        """Of a row of the table."""
        of_event = row["event_id"] is not None
        delivery = row["id"]
        assert isinstance(delivery, UUID)
        return cls.model_validate(
            {
                **{
                    name: row[name] for name in ("id", "type", "event_id", "state", "made_at", "settled_at", "attempts")
                },
                "message_id": message_id(delivery),
                "case_id": row["line"] if of_event else None,
                "tries": tries,
            }
        )


class Redelivered(BaseModel, frozen=True):
    """How many deliveries were put back into their lines."""

    put_back: int


class Pinged(BaseModel, frozen=True):
    """The test delivery that was made. It is tried once, whatever the state of the webhook."""

    delivery_id: UUID
