"""What investigation publishes (ISO 10002, 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casework.shared.contracts import access, handoff
from casework.shared.contracts.assessment import ImmediateActions
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.inquiry import Number, Numbers, Unheard
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Name, Prose, SafeInt, Sentence
from casework.shared.contracts.vocabulary import Channel, Lateness, Outcome, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationOpened:
    """Intake's offer is before investigation and waits to be accepted or declined. `immediate_actions` says what was
    done at once, or is being done: rescue goes before inquiry."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None
    immediate_actions: ImmediateActions | None = None
    routing: handoff.Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffAccepted(handoff.Accepted):
    """Investigation took the work from intake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffDeclined(handoff.Declined):
    """Investigation did not take the work: intake still has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLapsed(handoff.Lapsed):
    """Investigation did not answer intake's offer in its time: intake still has the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecorded:
    """One thing established, and whose side of the story it rests on; which sides were heard, and why one was not.

    `last_holder` is who had the object last, as far as something other than the respondent's own word shows it.
    `demand` is the number of the demand that it answers, `evidence` are the numbers of the items that it rests on."""

    finding: Prose
    side: Side
    last_holder: Name | None = None
    sides_heard: tuple[Side, ...] | None = None
    unheard: tuple[Unheard, ...] | None = None
    demand: Number | None = None
    evidence: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequested:
    """A party was asked for evidence, by when, and told what comes of it if it does not arrive.

    `said_en` and `said_zh` are the words for that effect, as they went out with the request. `document` is the number
    of the paper that is asked for, where it has one.
    """

    request_id: UUID
    of: Side
    what: Prose
    due_at: Instant
    effect: Lateness
    said_en: Sentence
    said_zh: Sentence
    channel: Channel
    asked_by: Name | None = None
    document: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReceived:
    """What was asked for arrived; `what` is the handler's list of it. `late` says that its time was over by then: it is
    kept all the same."""

    request_id: UUID
    of: Side
    what: Prose
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequestLapsed:
    """The time for the evidence is over and nothing arrived: the effect that was announced holds, and is sent."""

    request_id: UUID
    of: Side
    effect: Lateness
    said_en: Sentence
    said_zh: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationConcluded:
    """What the findings come to, and with it what `inquiry.CauseRecorded` says, where that was not recorded before.

    The decision itself is resolution's."""

    outcome: Outcome
    summary: Prose
    cause: Prose | None = None
    not_found_after: tuple[Sentence, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationDiscontinued:
    """Nothing more is done in investigation; what was found stays recorded.

    It says nothing about the case as a whole: whether the withdrawal ends it is resolution's to say.
    """

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationResumed:
    """The complaint goes on after the withdrawal of that number: evidence is taken, and resolution has the work."""

    withdrawal: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffOffered(handoff.Offered):
    """Investigation offers the concluded complaint to resolution, with the evidence as it stands."""

    evidence: EvidenceStandings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffTakenBack(handoff.TakenBack):
    """Resolution declined, or let the offer lapse: investigation has the work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened(access.Opened):
    """Somebody read a restricted part of the file that investigation keeps of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused(access.Refused):
    """Somebody asked for a restricted part of that file and was not given it."""
