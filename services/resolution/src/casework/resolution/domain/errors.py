"""The rules of resolution that can refuse. Each says what is wrong and what would be allowed.

Those of offering and answering a hand-off are in `casework.shared.handoffs`.
"""

from __future__ import annotations

from casework.shared.errors import Refusal


class ResolutionHasTheWork(Refusal):
    code = "resolution-has-the-work"

    def __init__(self, status: str) -> None:
        super().__init__(f"Resolution has the work already and the case is {status}; go on from there.")


class WithdrawalWasHonoured(Refusal):
    code = "withdrawal-was-honoured"

    def __init__(self) -> None:
        super().__init__("The complaint was withdrawn before a decision; to decide it, have the closed case reopened.")


class RemedyAlreadyProposed(Refusal):
    code = "remedy-already-proposed"

    def __init__(self, kind: str) -> None:
        super().__init__(f"The remedy {kind} is proposed already; propose another kind or communicate the decision.")


class NoRemedy(Refusal):
    code = "no-remedy"

    def __init__(self) -> None:
        super().__init__("No remedy is proposed; propose one (an explanation is one too) before the decision.")


class DecisionAlreadyCommunicated(Refusal):
    code = "decision-already-communicated"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The decision was communicated already and the case is {status}; only a contestation reopens it here."
        )


class NoDecision(Refusal):
    code = "no-decision"

    def __init__(self) -> None:
        super().__init__("The case is being decided and no decision stands; communicate a decision first.")


class DecisionAlreadyAccepted(Refusal):
    code = "decision-already-accepted"

    def __init__(self) -> None:
        super().__init__("The complainant accepted this decision already; they can still contest it.")


class ReasonMissing(Refusal):
    code = "reason-missing"

    def __init__(self) -> None:
        super().__init__("A contested decision needs the complainant's reason; record the reply with its reason.")
