"""What intake publishes: receipt, acknowledgement and initial assessment (ISO 10002, 7.2, 7.4, 7.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casework.shared.contracts import access, handoff
from casework.shared.contracts.acknowledgements import SentText
from casework.shared.contracts.assessment import ImmediateActions
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.procedures import ProcedureRef
from casework.shared.contracts.roads import Origin
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import (
    Channel,
    Complexity,
    ContactWay,
    Facts,
    Impact,
    Language,
    Motive,
    Severity,
    Speaker,
    Track,
    Urgency,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintReceived:
    """A complaint reached us: the first event of its case.

    `source` and `source_reference` are how the sender knows it; `organisation` is whom it is about; `owner`
    is the case owner, responsible to the complainant to the end. What was said and by whom is sealed:
    `words` verbatim, `complainant` who and how to reach them, `wish` the remedy asked for. `reachable_by` names
    the ways to reach them that are under the seal; it is absent where nobody said who complains. `continues` is the
    case that this one goes on from, closed for too long to be reopened. `origin` is where it came from, absent for a
    direct one. `procedures` are the versions that served the day of receipt: they apply to the case to its end.
    """

    source: Name
    source_reference: Name
    channel: Channel
    received_at: Instant
    language: Language
    organisation: Name | None = None
    category: Name
    issue: Name | None = None
    words: Sealed | None = None
    complainant: Sealed | None = None
    wish: Sealed | None = None
    facts: Facts = ()
    owner: Name
    reachable_by: tuple[ContactWay, ...] | None = None
    continues: UUID | None = None
    origin: Origin | None = None
    procedures: Annotated[tuple[ProcedureRef, ...], Field(max_length=50)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAcknowledged:
    """The complainant was told that we have the complaint, and what happens next.

    `statements` names what was said of that which rules want said, such as `time-limit`. `sent` is the text as
    it was sent, absent where it was sent before it was recorded here, or by nobody in person.
    """

    channel: Channel
    next_step: Sentence
    statements: tuple[Name, ...] | None = None
    sent: SentText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAssessed:
    """How grave and how involved it is, whether safety is at stake, and whether something must be done at once.

    `policy` is the matrix by which that was set, `rows` the names of those of its rows that said something. Absent from
    what a standing solution or an import assessed. `motive` is a guess, and no more.
    """

    severity: Severity
    complexity: Complexity
    safety: bool
    immediate_action: bool
    reason: Sentence
    impact: Impact | None = None
    urgency: Urgency | None = None
    track: Track | None = None
    policy: DeadlineRef | None = None
    rows: tuple[Word, ...] | None = None
    motive: Motive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsAdded:
    """More about the same complaint: only facts that are new or have another value, and further words."""

    facts: Facts = ()
    words: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintWithdrawn:
    """The complainant asked to stop. Whether that came before the decision is resolution's to say.

    `by` says whose wish it was, as we got it; `person` is the name of who said so; `number` which withdrawal of this
    complaint it is, from the second on.
    """

    reason: Sentence
    channel: Channel
    by: Speaker | None = None
    person: Sealed | None = None
    number: SafeInt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintResumed:
    """The complaint goes on as if the withdrawal of that number had not been: resolution decides the case again."""

    withdrawal: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffOffered(handoff.Offered):
    """Intake offers the assessed complaint to investigation. `immediate_actions` says what was done at once, or is
    being done."""

    immediate_actions: ImmediateActions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffTakenBack(handoff.TakenBack):
    """Investigation declined, or let the offer lapse: intake has the work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened(access.Opened):
    """Somebody read a restricted part of the file that intake keeps of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused(access.Refused):
    """Somebody asked for a restricted part of that file and was not given it."""
