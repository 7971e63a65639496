"""What intake publishes about reaching people: attempts, left messages, watch notes (ISO 10002, 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from casework.shared.contracts.types import Instant, Sealed
from casework.shared.contracts.vocabulary import CallResult, Channel, Language

Watched: TypeAlias = Literal["number", "person"]
"""By what a watch note is found when somebody calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAttempted:
    """Somebody tried `number` at `at` and did not reach the complainant. It keeps no duty by itself."""

    number: Sealed
    at: Instant
    result: CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """A message was left with somebody else who answered `number` at `at`.

    `message` is what was said: who called, where to call back, and "please call back". It keeps no duty by itself.
    """

    number: Sealed
    at: Instant
    message: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplainantReached:
    """Somebody spoke with the complainant, or with who may speak for them. `said` is what was said, in short."""

    channel: Channel
    at: Instant
    said: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSet:
    """Until `until`, whoever calls from this number or under this name is put through to the owner of the case.

    `whom` is the number or the name, `note` what whoever answers has to know.
    """

    watch_id: UUID
    of: Watched
    whom: Sealed
    note: Sealed
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchShown:
    """Somebody called for whom there was a watch: its note was shown, and the call was to go to `route_to`."""

    watch_id: UUID
    route_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded:
    """The watch was ended before its time."""

    watch_id: UUID


DayPart: TypeAlias = Literal["morning", "afternoon", "evening"]
ContactPurpose: TypeAlias = Literal["progress-update", "call-back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPreferencesSet:
    """How the complainant wants to be addressed and reached, in place of what was known before.

    `name` is the one to use, `avoid` what not to say or do. No `hours` means at any time.
    """

    name: Sealed | None = None
    language: Language | None = None
    channel: Channel | None = None
    hours: tuple[DayPart, ...] = ()
    avoid: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlanned:
    """The complainant is to hear from us between `begins` and `ends`, before `due_at`. Planned again, the later plan
    takes the place of the earlier one. `as_wished` says whether that is at an hour that they asked for."""

    contact_id: UUID
    purpose: ContactPurpose
    channel: Channel
    begins: Instant
    ends: Instant
    due_at: Instant
    as_wished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContactEnded:
    """What was planned was done, or another contact took its place."""

    contact_id: UUID
