"""What intake publishes about what is said in public: posts that were caught, who wrote them, and our replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.types import Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, ContactWay, Language, Severity

Many: TypeAlias = Annotated[SafeInt, Field(ge=0)]
PublicStatement: TypeAlias = Literal["seen-we-write-to-you", "please-write-to-us", "we-are-looking-into-it"]
"""What may be said in public. Nothing else is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSignalNoted:
    """A post was caught: how often it was shared, how many of its readers it concerns, how many shares an hour it
    gains. `severity` is the highest that any of the three gives it."""

    shares: Many
    readers_concerned: Many
    shares_per_hour: Many
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSignalLookedAt:
    """Somebody of ours has looked at the post."""

    remark: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplainantIdentified:
    """It is known now who complains, and by which ways they can be reached."""

    complainant: Sealed
    reachable_by: tuple[ContactWay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReplyGiven:
    """We replied in public, in the approved words of `statement`, under the name of `author`."""

    channel: Channel
    statement: PublicStatement
    language: Language
    text: Sentence
    author: Name
