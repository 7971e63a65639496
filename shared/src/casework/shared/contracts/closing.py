"""What followup publishes about the end of a case: opinions, silence, owners, and on what terms it was closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel

OpinionOn: TypeAlias = Literal["result", "process"]
Score: TypeAlias = Annotated[SafeInt, Field(ge=1, le=5)]
R: TypeAlias = Literal["regret", "reform", "restitution", "recovery"]
"""What an upheld complaint is owed: an apology, a change, what was lost, and the relation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingTerms:
    """By which version of which rule a case was closed, and the instant before which it can be reopened."""

    policy: PolicyId
    version: SafeInt
    reopen_until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedR:
    """One of the four: what was `done`, or why it is `excused`."""

    r: R
    done: Sentence | None = None
    excused: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionAsked:
    """The complainant was asked what they think of the result and of how they were treated."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionNotToBeHad:
    """The complainant wants no contact, or cannot be reached: nobody asks any more."""

    cause: Literal["contact-refused", "contact-impossible"]
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionRecorded:
    """The complainant's opinion of the result, or of the process: from 1 to 5, and in their words, sealed."""

    on: OpinionOn
    score: Score
    channel: Channel
    words: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondContactWanted:
    """The complainant has not replied in the time for it: somebody has to ask by another way before the case ends."""

    holder: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondContactMade:
    """They were asked by another way, and `reached` or not."""

    channel: Channel
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChanged:
    """Somebody else answers to the complainant from here on."""

    owner: Name
    before: Name
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLookedIn:
    """The case owner saw how the work of others stands. `note` holds nothing personal."""

    note: Sentence
