"""What an integrator posts: one complaint, as the body of `POST /v1/complaints` and as a message on the inbox topic.

Invariant: the post's id is worked out from what it says, so the same content posted again, by whichever
run of whichever program, carries the same id and is known for a repetition.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from casework.shared.contracts.canonical import canonical_trusted
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.types import Fact, rfc3339

Channel: TypeAlias = Literal["web", "phone", "email", "letter", "fax", "counter", "referral", "chat", "api"]
Language: TypeAlias = Literal["en", "zh"]

POSTED_TYPE = "casework.inbox.complaint-posted.v1"
MAX_WORDS = 20_000
"""Characters. Longer words are refused whole: what somebody wrote is never cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complainant:
    """Who complains and how to reach them, as far as the integrator knows. All of it is personal."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedHistory:
    """That the complaint's life is recorded already, and when its later steps happened, as far as is known."""

    first_step_at: datetime | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintPost:
    """One complaint as the integrator tells it. Checked by the receiver, not here: a refusal must come from there.

    `source` is the integrator's own system and `source_reference` the complaint's name in it; together they
    say which case is meant. `received_at` is business time and may lie in the past. `words` is verbatim.
    """

    source: str
    source_reference: str
    channel: Channel
    received_at: datetime
    language: Language
    category: str
    organisation: str | None = None
    issue: str | None = None
    words: str | None = None
    complainant: Complainant | None = None
    wish: str | None = None
    facts: tuple[Fact, ...] = ()
    history: PostedHistory | None = None

    def to_json(self) -> dict[str, Any]:
        """The body of `POST /v1/complaints`. What is absent is left out, never null."""
        document: dict[str, Any] = {
            "source": self.source,
            "source_reference": self.source_reference,
            "channel": self.channel,
            "received_at": rfc3339(self.received_at),
            "language": self.language,
            "category": self.category,
            "facts": [{"name": fact.name, "value": fact.value} for fact in self.facts],
        }
        document |= _known(self, "organisation", "issue", "words", "wish")
        if self.complainant is not None and (known := _known(self.complainant, "name", "phone", "email", "address")):
            document["complainant"] = known
        if (history := self.history) is not None:
            times = (history.first_step_at, history.decided_at, history.closed_at)
            named = zip(("first_step_at", "decided_at", "closed_at"), times, strict=True)
            document["history"] = {name: rfc3339(at) for name, at in named if at is not None}
        return document

    def post_id_in(self, run: UUID) -> UUID:
        """The id of this content posted in `run`: repeated as often as need be, it is one post. In another run
        the same content is another post, which is told what is known already."""
        return derived_id(self.post_id, str(run), 0)

    @property
    def post_id(self) -> UUID:
        """The same for the same content, another for any other. Raises `NotCanonical` for text that is not Unicode."""
        digest = hashlib.sha256(canonical_trusted(self.to_json())).digest()
        return derived_id(UUID(bytes=digest[:16]), "complaint-posted", 0)

    def inbox_value(self, post_id: UUID, time: datetime) -> bytes:
        """The message's value: a CloudEvents 1.0 document in structured mode. `time` is when it is first posted."""
        return canonical_trusted(
            {
                "specversion": "1.0",
                "id": str(post_id),
                "source": self.source,
                "type": POSTED_TYPE,
                "time": rfc3339(time),
                "datacontenttype": "application/json",
                "data": self.to_json(),
            }
        )

    def inbox_key(self) -> bytes:
        """The message's key, so that all that is posted about one complaint stays in order."""
        return f"{self.source}|{self.source_reference}".encode()


def _known(holder: object, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(holder, name)) is not None}
