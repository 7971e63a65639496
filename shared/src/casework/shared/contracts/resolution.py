"""What resolution publishes: response and decision (ISO 10002, 7.7, 7.8), and its ruling on withdrawals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casework.shared.contracts import access, handoff
from casework.shared.contracts.answers import OutsideRoute
from casework.shared.contracts.appeals import AppealTerms
from casework.shared.contracts.authority import PolicyRef
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.evidence import EvidenceStandings
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Instant, Money, Name, Prose, SafeInt, Sentence, Word
from casework.shared.contracts.vocabulary import (
    CallResult,
    Channel,
    LiftingCause,
    Outcome,
    PromiseKind,
    ProofKind,
    Reach,
    RemedyClass,
    RemedyKind,
    SanctionCause,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionOpened:
    """Investigation's offer is before resolution and waits to be accepted or declined."""

    offer_id: UUID
    category: Name
    owner: Name
    standing: StandingRef | None = None
    evidence: EvidenceStandings | None = None
    routing: handoff.Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffAccepted(handoff.Accepted):
    """Resolution took the work from investigation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffDeclined(handoff.Declined):
    """Resolution did not take the work: investigation still has it, unless the complaint is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffLapsed(handoff.Lapsed):
    """Resolution did not answer investigation's offer in its time: investigation still has the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyProposed:
    """What could put it right; `amount` for a remedy in money. A case's remedies count from 1, in their order.

    `remedy` is its name in the catalogue and `proof` what is to show that it arrived; `approval` the number of the
    approval it needed; `authority` the limits it was judged by, absent where nobody's authority was in question. Where
    it was, and for goodwill, `number` repeats the remedy's own.
    """

    kind: RemedyKind
    description: Prose
    amount: Money | None = None
    number: SafeInt | None = None
    remedy: Word | None = None
    remedy_class: RemedyClass | None = None
    proof: ProofKind | None = None
    approval: SafeInt | None = None
    authority: PolicyRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCommunicated:
    """The complainant was given the decision with its reasons and the way outside that stays open. `by` gave it;
    `appeal` is how long one may come; `wording` is the version of the policy that the words were checked by.

    `evidence` is every item that investigation handed on: its hash, how it was ruled on and why, or by which rule it is
    no longer there."""

    outcome: Outcome
    answer: Prose
    channel: Channel
    reasons: Prose | None = None
    route: OutsideRoute | None = None
    wording: SafeInt | None = None
    by: Name | None = None
    appeal: AppealTerms | None = None
    evidence: EvidenceStandings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAccepted:
    """The complainant said that the decision settles it."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContested:
    """The complainant does not accept the decision: it is decided again."""

    reason: Sentence
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalHonoured:
    """The withdrawal came before a decision: the case ends with it."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalCameAfterDecision:
    """The withdrawal came when the decision had been communicated: the decision stands."""

    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionReopened:
    """The case was reopened by staff: it is decided again, under the category and owner it has now.

    `withdrawal` is the number of the newest that was answered before: with it falls every one up to it.
    """

    reason: Sentence
    category: Name
    owner: Name
    withdrawal: SafeInt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffOffered(handoff.Offered):
    """Resolution offers the decided complaint to follow-up. A later contestation or reopening ends the offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffTakenBack(handoff.TakenBack):
    """Follow-up declined, or let the offer lapse: resolution has the work again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade:
    """The complainant was promised something by a time, or set that time. `owner` answers for it; `words` are ours.

    For a call-back: `skill` is what its holder must be able to do, `reach` which of the complainant's details is used,
    `holder_by` by when somebody with the skill must hold it. `amount` is what was promised in money. With `due_on` a
    whole day was promised: `due_at` is its end. What is promised every time is a `series` of promises, each with the
    number of its `occurrence`, from 1.
    """

    promise_id: UUID
    kind: PromiseKind
    words: Sentence
    due_at: Instant
    owner: Name
    skill: Name | None = None
    reach: Reach | None = None
    holder_by: Instant | None = None
    amount: Money | None = None
    due_on: date | None = None
    series: UUID | None = None
    occurrence: SafeInt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseHeldBack:
    """The answer that was promised is held back on purpose until `waits_for` can give it. Its time does not move."""

    promise_id: UUID
    waits_for: Name
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseTaken:
    """Somebody who has the skill that is wanted holds the promise now."""

    promise_id: UUID
    holder: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackAttempted:
    """The complainant was called and not reached: the promise still stands."""

    promise_id: UUID
    by: Name
    result: CallResult


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseKept:
    """What was promised was done, shown by `proof`. `late` says that its time was over by then."""

    promise_id: UUID
    kind: PromiseKind
    by: Name
    proof: Sentence
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBroken:
    """The time of the promise is over and nothing shows that it was kept."""

    promise_id: UUID
    kind: PromiseKind
    owner: Name
    series: UUID | None = None
    occurrence: SafeInt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressUpdateSent:
    """The complainant was sent word of how it stands, and by when the next word comes. Without `news` there is none."""

    update_id: UUID
    channel: Channel
    next_by: Instant
    news: Prose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressUpdateDelivered:
    """The update reached the complainant, shown by `proof`."""

    update_id: UUID
    proof: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressUpdateBounced:
    """The update did not reach the complainant."""

    update_id: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickSettlementTimed:
    """Before `due_at` an acceptance settles the complaint quickly, as `policy` wants it; follow-up's clock says so.

    `received_on` is the date of receipt in the policy's zone.
    """

    due_at: Instant
    received_on: date
    policy: DeadlineRef


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickSettlementAccepted:
    """The complainant accepted that the complaint is resolved. Only `in_time` does the rule's longer time end.

    `proof` refers to what shows it, such as a recording; what was said is not repeated here.
    """

    channel: Channel
    proof: Sentence
    in_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryResolutionSent:
    """The written summary of a complaint that was settled quickly went out. `statements` names what it said."""

    channel: Channel
    statements: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionalMeasureImposed:
    """Something was done before the decision, such as taking a link down, and the party it strikes was notified.

    `party` is a reference, such as a shop's number. `sanction` is what follows if its appeal fails or does not come.
    """

    measure_id: UUID
    party: Name
    what: Sentence
    reason: Sentence
    sanction: Sentence
    notified_by: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealLodged:
    """The party appealed against the measure, on `grounds` as the handler sums them up. `late` says that the sanction
    for its silence was there before."""

    measure_id: UUID
    grounds: Prose
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecided:
    """The appeal against the measure succeeded, or did not."""

    measure_id: UUID
    succeeded: bool
    reason: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLifted:
    """What the measure took away is restored, and a sanction that followed from it is gone."""

    measure_id: UUID
    cause: LiftingCause


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionImposed:
    """The sanction that was announced with the measure holds."""

    measure_id: UUID
    party: Name
    sanction: Sentence
    cause: SanctionCause


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened(access.Opened):
    """Somebody read a restricted part of the file that resolution keeps of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused(access.Refused):
    """Somebody asked for a restricted part of that file and was not given it."""
