"""What integrators may say to intake, over HTTP or on the inbox topic. One model for both doors.

Invariant: a document is taken whole or refused whole, with a pointer to each field that is wrong; what was
sent is never quoted in an answer or a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import combinations
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from casework.shared.contracts.publicity import Many
from casework.shared.contracts.representatives import SpeaksAs
from casework.shared.contracts.roads import Origin
from casework.shared.contracts.types import CalendarDay, Instant, Sentence, no_nul
from casework.shared.contracts.vocabulary import Channel, Language
from casework.shared.errors import FieldError, InvalidMessage

COMPLAINT_POSTED = "casework.inbox.complaint-posted.v1"

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(no_nul)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(no_nul)]


class Part(BaseModel):
    """Strict and frozen: an unknown field is an error, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ComplainantPart(Part):
    """Who complains and how to reach them. Sealed before anything is recorded."""

    name: Label | None = None
    phone: Label | None = None
    email: Label | None = None
    address: Sentence | None = None


class FactPart(Part):
    """A named thing about the complaint that is not personal."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    value: Sentence


class HistoryPart(Part):
    """When the later steps of a recorded history happened, as far as it knows them."""

    first_step_at: Instant | None = None
    decided_at: Instant | None = None
    closed_at: Instant | None = None


class ReceiptProofPart(Part):
    """What shows the receipt: a call's recording, the postmark of a letter, or the note of a visit."""

    recording: Label | None = None
    postmarked_on: CalendarDay | None = None
    visit_note: Words | None = None


class RepresentativePart(Part):
    """Who speaks for the complainant, and as what. `reach` is how to reach them. Sealed before anything is recorded."""

    role: SpeaksAs
    name: Label
    reach: Label | None = None

    @property
    def known_as(self) -> str:
        """Name and reach in one text, as it is sealed."""
        return self.name if self.reach is None else f"{self.name}, {self.reach}"


class ReferencePart(Part):
    """How another sender knows the same complaint."""

    source: Label
    source_reference: Label


class SignalPart(Part):
    """What a public post has come to: how often it was shared, how many readers it concerns, shares an hour."""

    shares: Many = 0
    readers_concerned: Many = 0
    shares_per_hour: Many = 0


class PostedComplaint(Part):
    """A complaint as an integrator posts it. `received_at` is when the complaint reached you; absent means now.

    With `history` its life is over, or on its way, and follows step by step as it happened: no standing solution is
    applied to it. A history that contradicts itself is refused.

    `origin` is where it came from. With `same_as` it is a complaint that was posted before, come by another road: it
    becomes that case. A reference that is not known here makes a case of its own.

    Of a complaint that is known, new `facts` and `words` are added, a `complainant` where nobody was known, and a
    `signal` that differs; all else counts in the first post only.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "crm",
                    "source_reference": "C-2026-0042",
                    "channel": "web",
                    "language": "en",
                    "organisation": "Harbour Bank",
                    "category": "Credit card",
                    "issue": "Fee charged twice",
                    "words": "I was charged the annual fee twice and nobody answers me.",
                    "complainant": {"name": "A. Example", "email": "a@example.org"},
                    "wish": "Refund one of the two fees.",
                    "facts": [{"name": "account_type", "value": "gold"}],
                },
                {
                    "source": "crm",
                    "source_reference": "C-2026-0043",
                    "channel": "phone",
                    "language": "zh",
                    "category": "售后服务",
                    "words": "上周送来的书柜少了三块板，客服一直没有回复。",
                    "wish": "尽快补发缺少的板材。",
                },
            ]
        }
    )

    source: Label
    source_reference: Label
    channel: Channel
    received_at: Instant | None = None
    language: Language = "en"
    organisation: Label | None = None
    continues: UUID | None = None
    category: Label
    issue: Label | None = None
    words: Words | None = None
    complainant: ComplainantPart | None = None
    wish: Words | None = None
    facts: Annotated[tuple[FactPart, ...], Field(max_length=100)] = ()
    history: HistoryPart | None = None
    proof: ReceiptProofPart | None = None
    representative: RepresentativePart | None = None
    origin: Origin = "direct"
    same_as: ReferencePart | None = None
    signal: SignalPart | None = None

    @field_validator("history")
    @classmethod
    def _in_order(cls, history: HistoryPart | None, info: ValidationInfo) -> HistoryPart | None:
        received_at = info.data.get("received_at")
        if history is None:
            return history
        if received_at is None:
            raise PydanticCustomError("no_receipt", "a recorded history needs received_at")
        known = [("received_at", received_at), *((name, at) for name, at in history if at is not None)]
        for (earlier, before), (later, after) in combinations(known, 2):
            if after < before:
                names = {"earlier": earlier, "later": later}
                raise PydanticCustomError(
                    "contradiction", "{later} lies before {earlier}: one of the two is wrong", names
                )
        return history


class InboxMessage(Part):
    """The CloudEvents 1.0 attributes of a post on the inbox topic (structured mode), and its data."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: Label
    source: Label
    type: Literal["casework.inbox.complaint-posted.v1"]
    time: datetime | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    data: PostedComplaint


def read_message(document: Any) -> InboxMessage:
    """A parsed inbox message, checked. Raises `InvalidMessage` with pointers into the document."""
    if not isinstance(document, Mapping):
        raise InvalidMessage("the message must be a JSON object", code="not-an-object")
    try:
        return InboxMessage.model_validate(document)
    except ValidationError as error:
        found = tuple(
            FieldError("".join(f"/{_escaped(step)}" for step in item["loc"]), item["msg"])
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise InvalidMessage("the message does not have the form of a complaint post", found) from None


def _escaped(step: str | int) -> str:
    """A step of an RFC 6901 pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def post_uuid(post_id: str) -> UUID | None:
    """The post id as a UUID where it is one."""
    try:
        return UUID(post_id)
    except ValueError:
        return None
