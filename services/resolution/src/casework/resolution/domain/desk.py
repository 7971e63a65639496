"""All that is decided about remedies in one case: what may be offered, who has to approve, what is sent and received.

Invariant: only dispatches; every rule is in the capability's own module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.resolution.domain import (
    approvals,
    ledger,
    limits_talks,
    options,
    outside_actions,
    ready_answers,
    remedies,
)
from casework.resolution.domain.approvals import AmendReading, Approvals, BringPack, DecideApproval
from casework.resolution.domain.errors import RemedyAlreadyProposed
from casework.resolution.domain.ledger import (
    AnswerOffer,
    LeaveUnanswered,
    Ledger,
    OfferNothing,
    OfferRemedy,
    RecordCameBack,
    RecordReceived,
    RecordWaiver,
    SendRemedy,
)
from casework.resolution.domain.limits_talks import NO_TALKS, AnswerLeaderOffer, HoldTalk, Talks
from casework.resolution.domain.options import ChooseOption, CompareOptions, Comparisons
from casework.resolution.domain.outside_actions import (
    NOTHING_OUTSIDE,
    AllowOutsideAction,
    Outside,
    TakeOutsideAction,
    TakeReport,
)
from casework.resolution.domain.ready_answers import (
    NOTHING_READY,
    LeaveReadyAnswer,
    OfferReadyAnswer,
    Ready,
    TakeReadyAnswer,
)
from casework.resolution.domain.remedies import (
    NOTHING_CHECKED,
    Allowed,
    AssessRefund,
    CheckRemedies,
    ProposeRemedy,
)
from casework.resolution.domain.second_tries import CheckSecondTry, RecordFailure, TryCommand
from casework.shared.contracts.authority import (
    ApprovalAsked,
    ApprovalGiven,
    ApprovalPackBrought,
    ApprovalRefused,
    OptionChosen,
    OptionsCompared,
    OutsideActionAllowed,
    OutsideActionReported,
    OutsideActionTaken,
    ReadingAmended,
)
from casework.shared.contracts.remedies import (
    LeaderAsked,
    LeaderDeclined,
    LeaderTookOver,
    LimitsTalkHeld,
    NothingOffered,
    ReadyAnswerLeft,
    ReadyAnswerOffered,
    ReadyAnswerTaken,
    RefundAssessed,
    RemediesChecked,
    RemedyCameBack,
    RemedyFailed,
    RemedyOfferAnswered,
    RemedyOffered,
    RemedyOfferUnanswered,
    RemedyReceived,
    RemedySent,
    RemedyWaived,
    SecondTryChecked,
)
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.contracts.vocabulary import RemedyKind

DecidingCommand: TypeAlias = ProposeRemedy | DecideApproval
"""What belongs to deciding: only while no decision stands."""
AnytimeCommand: TypeAlias = (
    remedies.CatalogueCommand
    | BringPack
    | AmendReading
    | options.OptionCommand
    | OfferRemedy
    | AnswerOffer
    | OfferNothing
    | SendRemedy
    | RecordReceived
    | RecordCameBack
    | RecordWaiver
    | TryCommand
    | outside_actions.OutsideCommand
    | limits_talks.TalkCommand
    | TakeReadyAnswer
    | LeaveReadyAnswer
)
"""What people ask, at any stage of a case that goes on."""
CausedCommand: TypeAlias = LeaveUnanswered | OfferReadyAnswer
"""What follows from what others recorded, and is never refused."""
DeskCommand: TypeAlias = DecidingCommand | AnytimeCommand | CausedCommand
DeskEvent: TypeAlias = (
    remedies.CatalogueEvent
    | approvals.ApprovalEvent
    | options.OptionEvent
    | ledger.LedgerEvent
    | outside_actions.OutsideEvent
    | limits_talks.TalkEvent
    | ready_answers.ReadyEvent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What decisions about remedies need to know. `ledger` has every remedy of the case, whatever the round."""

    allowed: Allowed = NOTHING_CHECKED
    approvals: Approvals = ()
    comparisons: Comparisons = ()
    ledger: Ledger = ()
    outside: Outside = NOTHING_OUTSIDE
    talks: Talks = NO_TALKS
    ready: Ready = NOTHING_READY


EMPTY_DESK = Desk()


def decide(command: DeskCommand, desk: Desk, proposed: Sequence[RemedyKind]) -> tuple[DeskEvent, ...]:
    """The events that `command` brings about. `proposed` are the kinds proposed in this round.

    Raises the refusals of the capability's module."""
    match command:
        case ProposeRemedy(kind=kind):
            if kind in proposed:
                raise RemedyAlreadyProposed(kind)
            if command.terms is not None:
                ready_answers.require_answered(desk.ready)
            return (remedies.propose(command, desk.allowed, approvals=len(desk.approvals), remedies=len(desk.ledger)),)
        case CheckRemedies() | AssessRefund():
            return remedies.decide(command)
        case BringPack() | AmendReading() | DecideApproval():
            return approvals.decide(command, desk.approvals, proposed, remedies=len(desk.ledger))
        case CompareOptions() | ChooseOption():
            return options.decide(command, desk.comparisons)
        case (
            OfferRemedy()
            | AnswerOffer()
            | LeaveUnanswered()
            | OfferNothing()
            | SendRemedy()
            | RecordReceived()
            | RecordCameBack()
            | RecordWaiver()
            | RecordFailure()
            | CheckSecondTry()
        ):
            return ledger.decide(command, desk.ledger)
        case AllowOutsideAction() | TakeOutsideAction() | TakeReport():
            return outside_actions.decide(command, desk.outside)
        case HoldTalk() | AnswerLeaderOffer():
            return limits_talks.decide(command, desk.talks)
        case OfferReadyAnswer() | TakeReadyAnswer() | LeaveReadyAnswer():
            return ready_answers.decide(command, desk.ready)
        case _:
            assert_never(command)


def fall(desk: Desk) -> Desk:
    """The desk once the decision of this round stands no more."""
    return replace(desk, ledger=ledger.fall(desk.ledger))


def evolve(desk: Desk, event: DeskEvent) -> Desk:
    """The state after `event`."""
    match event:
        case RemediesChecked() | RefundAssessed():
            return replace(desk, allowed=remedies.evolve(desk.allowed, event))
        case ApprovalAsked() | ApprovalGiven() | ApprovalRefused() | ApprovalPackBrought() | ReadingAmended():
            return replace(desk, approvals=approvals.evolve(desk.approvals, event))
        case OptionsCompared() | OptionChosen():
            return replace(desk, comparisons=options.evolve(desk.comparisons, event))
        case (
            RemedyProposed()
            | RemedyOffered()
            | RemedyOfferAnswered()
            | RemedyOfferUnanswered()
            | NothingOffered()
            | RemedySent()
            | RemedyReceived()
            | RemedyCameBack()
            | RemedyWaived()
            | RemedyFailed()
            | SecondTryChecked()
        ):
            return replace(desk, ledger=ledger.evolve(desk.ledger, event))
        case OutsideActionAllowed() | OutsideActionTaken() | OutsideActionReported():
            return replace(desk, outside=outside_actions.evolve(desk.outside, event))
        case LimitsTalkHeld() | LeaderAsked() | LeaderTookOver() | LeaderDeclined():
            return replace(desk, talks=limits_talks.evolve(desk.talks, event))
        case ReadyAnswerOffered() | ReadyAnswerTaken() | ReadyAnswerLeft():
            return replace(desk, ready=ready_answers.evolve(desk.ready, event))
        case _:
            assert_never(event)
