"""What intake publishes beyond the bare assessment: what is done at once, what waits, what was threatened, what is kept
about a person for a purpose, and the incident mode (ISO 10002, 7.5); and what the other services record because of it.

What is said by people, or about them, is `Sealed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.demands import DemandNumber
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel

FlagKind: TypeAlias = Literal["vulnerable", "health", "safety", "legal-hold"]
"""Why a case is treated with care. Always sealed in events: it says something about a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingStarted:
    """The complaint is prepared before it is acted on, until the next contact on the day `until` of `zone`, at the
    latest `cap` after receipt. `contact_by` is the end of that day."""

    cooling_id: UUID
    reason: Sentence
    cap: Length
    until: date
    zone: Name
    contact_by: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolingEnded:
    """The complainant was contacted again."""

    cooling_id: UUID
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateActionStarted:
    """Something is done at once, before anything is looked into. `policy` is the matrix that says how soon such a thing
    has to be done."""

    action_id: UUID
    what: Sentence
    holder: Name
    due_at: Instant
    policy: DeadlineRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateActionDone:
    """It is done; `proof` shows it, `late` says whether that was after its time."""

    action_id: UUID
    proof: Sentence
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmediateAction:
    """How an immediate action stands, as it travels with the offer to investigation."""

    action_id: UUID
    what: Sentence
    due_at: Instant
    state: Literal["running", "done"]


ImmediateActions: TypeAlias = Annotated[tuple[ImmediateAction, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintContained:
    """The harm goes no further, since `contained_at`; `proof` shows it. The answer is still owed."""

    contained_at: Instant
    proof: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRaised:
    """Something about the person is kept for a purpose, until the day `until` of `zone` is over. `flag` holds a
    `FlagKind`; `source` says where it comes from."""

    flag_id: UUID
    flag: Sealed
    purpose: Sealed
    source: Sealed
    until: date
    zone: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagLifted:
    """The flag was taken off before its day."""

    flag_id: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirDeadlineSet:
    """The complainant set a time of their own. It warns and binds nobody. `words` are what they said, word for word,
    at `said_at`; `threat` says whether they announced what they would do otherwise. `demand` is the number of the
    demand that they want by then, where it is one."""

    deadline_id: UUID
    words: Sealed
    said_at: Instant
    due_at: Instant
    threat: bool = False
    demand: DemandNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirDeadlineAnswered:
    """The complainant got word on what they wanted by their own time."""

    deadline_id: UUID
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentModeSet:
    """A matter that has left the building: negotiated first, evidence held, the top rung asked at once.

    `people` is how many are there. The safety lead looks after everybody on the spot, the spokesperson alone speaks
    in public, and whoever prepares the legal route does so beside the talks and never in their place.
    """

    what: Sealed
    people: SafeInt | None = None
    safety_lead: Name
    spokesperson: Name
    legal_route: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentModeEnded:
    """The incident is over, and with it the hold on the evidence."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldPlaced:
    """Investigation holds the evidence of the case: nothing of it is disposed of. `since` is when the incident
    began."""

    cause: Literal["incident"]
    since: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHoldReleased:
    """The evidence is held no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDisposedOf:
    """What had arrived on a request was disposed of, by the rule that allows it."""

    request_id: UUID
    rule: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentNoted:
    """Resolution knows that something had to be done at once, or that the harm goes no further."""

    is_contained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UncontainedAnswerExplained:
    """Why the answer goes out before the harm is contained."""

    reason: Sentence
