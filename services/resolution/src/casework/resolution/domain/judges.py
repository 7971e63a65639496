"""Who judges by a command: decides on the complaint, approves or reviews. Nobody whom the case bars does.

Invariant: every command by which somebody judges now is held to `refuse_conflict`. What a standing solution settles
and what an imported history tells names nobody, and passes by.
"""

from __future__ import annotations

from casework.resolution.domain.appeals import DecideDecisionAppeal
from casework.resolution.domain.approvals import DecideApproval
from casework.resolution.domain.commands import Command, CommunicateDecision, ProposeRemedy
from casework.resolution.domain.limits_talks import AnswerLeaderOffer
from casework.resolution.domain.measures import DecideAppeal, ImposeMeasure
from casework.resolution.domain.outside_actions import AllowOutsideAction, TakeReport
from casework.resolution.domain.party_sanctions import (
    EndPartySanction,
    ReverseInfringement,
    SanctionParty,
    UpholdInfringement,
)
from casework.resolution.domain.rulings import RuleForParties
from casework.resolution.domain.statements import ApproveStatement
from casework.shared.conflicts import Conflicts, refuse_conflict


def require_free(command: Command, conflicts: Conflicts) -> None:
    """Raises `ConflictOfInterest` where whoever judges by `command` is barred from the case."""
    judge = _judge(command)
    if judge is not None:
        refuse_conflict(judge, conflicts)


def _judge(command: Command) -> str | None:
    match command:
        case CommunicateDecision(by=by, gate=gate) | RuleForParties(by=by, gate=gate):
            return None if gate is None else by
        case ProposeRemedy(terms=terms):
            # Whoever stays within their own limits approves by proposing.
            return None if terms is None else terms.acting.id
        case (
            DecideApproval(acting=acting)
            | AllowOutsideAction(acting=acting)
            | TakeReport(acting=acting)
            | AnswerLeaderOffer(take=True, acting=acting)
        ):
            return acting.id
        case DecideDecisionAppeal(judge=judge):
            return judge
        case ApproveStatement(by=by):
            return by
        case (
            ImposeMeasure(by=by)
            | DecideAppeal(by=by)
            | UpholdInfringement(by=by)
            | ReverseInfringement(by=by)
            | SanctionParty(by=by)
            | EndPartySanction(by=by)
        ):
            return by
        case _:
            return None
