"""What followup publishes: tracking and closing (ISO 10002, 7.3, 7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from casework.shared.contracts import access, handoff
from casework.shared.contracts.clauses import SkippedProcedure
from casework.shared.contracts.clocks import DeadlineRef, PolicyId
from casework.shared.contracts.closing import ClosingTerms, OwedR
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import Motive, RemedyKind, Severity

Closure: TypeAlias = Literal["decided", "withdrawn", "unresolved", "silent"]
"""How a case ends. `unresolved`: every offer was refused. `silent`: the complainant said nothing, asked twice."""
EscalationReason: TypeAlias = Literal[
    "deadline-missed", "nobody-acted", "passed-on-too-often", "threat", "incident", "remedy-failed"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpOpened:
    """The case is being tracked, from its receipt on. `owner` is the case owner.

    `imported` says that the receipt was backdated: clocks are judged by business time, and nothing is sent (K14).
    `deadlines` are the institution's for such a complaint, as of then.
    """

    owner: Name
    source: Name
    category: Name
    received_at: Instant
    imported: bool | None = None
    deadlines: tuple[PolicyId, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEscalated:
    """Something went up to the next rung of a ladder: a missed clock, an offer nobody answered, work passed on too
    often, a threat with a time, an incident, a remedy that failed. `about` is that clock or offer, or the event that
    brought it; `rung` counts from 1; `role` is who is asked now, `urgent` also at night."""

    about: UUID
    ladder: DeadlineRef
    rung: SafeInt
    role: Word
    urgent: bool = False
    reason: EscalationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityNoted:
    """How grave the case was assessed to be, where its clocks climb another ladder for that."""

    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class MotiveCompared:
    """The guess at what would settle the complaint, beside what was `given`. `words` is what the complainant said to
    it, absent where what was given speaks for itself."""

    motive: Motive
    given: tuple[RemedyKind, ...]
    words: Sealed | None = None
    result: Literal["matched", "not-matched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationTaken:
    """Whoever was asked has taken it on: it climbs no further."""

    about: UUID
    rung: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffAccepted(handoff.Accepted):
    """Follow-up took the work from resolution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffDeclined(handoff.Declined):
    """Follow-up did not take the work: resolution still has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLapsed(handoff.Lapsed):
    """Follow-up did not answer resolution's offer in its time: resolution still has the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffOverdue:
    """The time for an answer to the offer of `giver` is over: the stream of `receiver` now says whether the offer
    lapsed or was answered. Recorded only after an event of followup's that the offer caused, so that this never
    overtakes the offer on its way to the receiver."""

    offer_id: UUID
    giver: ServiceName
    receiver: ServiceName


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """The case ended: with a decision that was communicated, or with a withdrawal that came before one.

    Where it ended unresolved, `offers` are all that were made, and the route outside is what the complainant was told.
    `flags` are what a reviewer should see, such as `not-thanked`. `skipped` are those of the six procedures that were
    not done, and why.
    """

    outcome: Closure
    reason: Sentence
    terms: ClosingTerms | None = None
    offers: tuple[Sentence, ...] | None = None
    route_en: Sentence | None = None
    route_zh: Sentence | None = None
    four_rs: tuple[OwedR, ...] | None = None
    flags: tuple[Word, ...] | None = None
    skipped: tuple[SkippedProcedure, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened:
    """A closed case goes on. `contestation` is the event of resolution that reopened it; absent when staff did.

    `category` and `owner` are those the case has now, for the service that takes it up.
    """

    reason: Sentence
    category: Name
    owner: Name
    contestation: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffReturned:
    """Resolution decides again: follow-up gives the work back."""

    to: Literal["resolution"] = "resolution"
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsReceivedAfterClosure:
    """Facts were added to a case that was closed by then; `facts_event` is the event that added them."""

    facts_event: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffFollowed:
    """Work was offered to people: it is followed until someone has it. `move` counts the offers of this giver on this
    case, from 1: every one after the first means that the work came back."""

    offer_id: UUID
    giver: ServiceName
    receiver: ServiceName
    move: SafeInt
    acting_owner: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingOwnerNamed:
    """The moment came to which an offer was tied, and nobody had accepted it: this one acts until somebody does."""

    offer_id: UUID
    acting_owner: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCovered:
    """Who holds the case is not there: `cover` has the work meanwhile. `reason` says whether `holder` is away, or is
    known to nobody any more."""

    holder: Name
    cover: Name
    reason: Literal["absent", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverEnded:
    """`holder` has the work themselves again, or somebody else has it now."""

    holder: Name
    cover: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened(access.Opened):
    """Somebody read a restricted part of the file that follow-up keeps of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused(access.Refused):
    """Somebody asked for a restricted part of that file and was not given it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOwed:
    """The remedy of that number was accepted or sent, and the complainant does not have it yet: the case stays open."""

    remedy: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedySettled:
    """The complainant has the remedy, or does not want it any more."""

    remedy: SafeInt
