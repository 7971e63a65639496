"""What followup can be asked to do. Each carries every value its decision needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from casework.followup.domain.agreements import NoteAgreement
from casework.followup.domain.alerts import AlertDuty, NoteSeverity
from casework.followup.domain.case_clocks import TakeEscalation, TellMoment
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock, ScheduleClock
from casework.followup.domain.closing import ClosingCommand
from casework.followup.domain.conduct import ConductCommand
from casework.followup.domain.empty_hands import EMPTY, OpenHands
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.motives import Given, RecordMotiveAnswer
from casework.followup.domain.open_remedies import NoteFailedRemedy as NoteFailedRemedy
from casework.followup.domain.open_remedies import NoteRemedy as NoteRemedy
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clauses import ProcedureCode, SkippedProcedure
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.closing import ClosingTerms, OwedR
from casework.shared.contracts.handoff import Routing
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Instant, Name, Sentence
from casework.shared.files.opening import OpenFilePart as OpenFilePart


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFollowUp:
    """A complaint was received: track its case from now on. Never refused. Fields as in `FollowUpOpened`."""

    owner: Name
    source: Name
    category: Name
    received_at: Instant
    imported: bool = False
    deadlines: tuple[PolicyId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHandOff:
    """Take the work from resolution; `holder` does it from now on.

    `offered` is the id of resolution's offer as far as its events are known here, None where it made none or has
    recorded a contestation, a reopening or a taking back since. `routing` says who was asked, None where that is not
    looked at; `skills` are those that the holder has, None where no file says.
    """

    offer_id: UUID
    offered: UUID | None
    holder: Name
    routing: Routing | None = None
    skills: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineHandOff:
    """Leave the work with resolution. `offered` as in AcceptHandOff."""

    offer_id: UUID
    offered: UUID | None
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase:
    """End the case. `decision` is what was decided, as far as it is known here.

    What a person closes now is `gated`: agreements, remedies on their way, what `hands` says is open, opinion, silence,
    the four Rs, procedures skipped. What a standing solution settles and an imported history are not. `given` is None
    where no motive is to be compared: none was guessed, or the closing is no person's. `undone` are the procedures that
    the case did not go through, as far as is known here, and `skipped` the reasons given.
    """

    reason: Sentence
    given: Given | None = None
    outcome: Literal["decided", "unresolved", "silent"] = "decided"
    decision: str = ""
    gated: bool = False
    terms: ClosingTerms | None = None
    offers: tuple[Sentence, ...] = ()
    route_en: Sentence | None = None
    route_zh: Sentence | None = None
    four_rs: tuple[OwedR, ...] = ()
    thanked: bool = False
    hands: OpenHands = EMPTY
    undone: tuple[ProcedureCode, ...] = ()
    skipped: tuple[SkippedProcedure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase:
    """Take a closed case up again. `at` is when that was asked for, where the window for it counts: in days of the
    institution's `zone`."""

    reason: Sentence
    at: Instant | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContestation:
    """Resolution decides again: it recorded DecisionContested or ResolutionReopened, whose event id this is.

    Never refused.
    """

    contestation: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWithdrawalAnswer:
    """Resolution said whether the withdrawal came before the decision (`honoured`) or after it. Never refused."""

    honoured: bool
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFacts:
    """Intake recorded FactsAdded, whose event id this is. Never refused."""

    facts_event: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowHandOff:
    """Work was offered to people, by the event `offer_id`: see that someone has it. Never refused.

    The work may be offered `most_moves` times by one giver; each offer more climbs a rung of the ladder for unanswered
    offers. `at` is the database's time.
    """

    offer_id: UUID
    giver: ServiceName
    receiver: ServiceName
    most_moves: int
    acting_owner: Name | None
    at: Instant
    rulebook: Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCover:
    """Who answers for what `holder` holds: `cover`, or `holder` again where that is None. Never refused."""

    holder: Name
    cover: Name | None
    reason: Literal["absent", "unknown"] = "absent"


StageCommand: TypeAlias = (
    OpenFollowUp | AcceptHandOff | DeclineHandOff | CloseCase | ReopenCase | NoteContestation | NoteWithdrawalAnswer
)
"""What moves the case from stage to stage."""
CapabilityCommand: TypeAlias = (
    NoteFacts
    | FollowHandOff
    | NoteCover
    | NoteAgreement
    | TellMoment
    | FireClocks
    | ScheduleClock
    | PauseClock
    | ResumeClock
    | ExtendClock
    | TakeEscalation
    | NoteSeverity
    | AlertDuty
    | RecordMotiveAnswer
    | OpenFilePart
    | NoteRemedy
    | NoteFailedRemedy
    | ClosingCommand
    | ConductCommand
)
"""What one capability decides by itself."""
Command: TypeAlias = StageCommand | CapabilityCommand
