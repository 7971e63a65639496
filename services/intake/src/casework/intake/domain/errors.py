"""The rules of intake that can refuse. Each says what is wrong and what would be allowed.

Those of offering and answering a hand-off are in `casework.shared.handoffs`.
"""

from __future__ import annotations

from datetime import datetime

from casework.shared.contracts.types import rfc3339
from casework.shared.errors import Refusal


class ComplaintNotReceived(Refusal):
    code = "complaint-not-received"

    def __init__(self) -> None:
        super().__init__("No complaint was received under this case; receive it first.")


class ComplaintAlreadyReceived(Refusal):
    code = "complaint-already-received"

    def __init__(self) -> None:
        super().__init__("This complaint was received already; add facts to it instead of receiving it again.")


class ComplaintIsWithdrawn(Refusal):
    code = "complaint-is-withdrawn"

    def __init__(self) -> None:
        super().__init__(
            "The complaint was withdrawn, so intake does nothing more for it; once the case is closed, reopen it, and "
            "then go on here."
        )


class ResolutionHasTheCase(Refusal):
    code = "resolution-has-the-case"

    def __init__(self) -> None:
        super().__init__(
            "The complaint was withdrawn and the case reopened, so resolution has it; have it decided there instead of "
            "investigated."
        )


class ComplaintAlreadyAcknowledged(Refusal):
    code = "complaint-already-acknowledged"

    def __init__(self, status: str) -> None:
        super().__init__(f"The complaint was acknowledged already and is now {status}; go on from there.")


class ComplaintNotAcknowledged(Refusal):
    code = "complaint-not-acknowledged"

    def __init__(self) -> None:
        super().__init__("The complaint is received but not acknowledged; acknowledge it before assessing it.")


class ComplaintAlreadyAssessed(Refusal):
    code = "complaint-already-assessed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The complaint was assessed already and is now {status}; go on from there.")


class ComplaintNotAssessed(Refusal):
    code = "complaint-not-assessed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The complaint is {status} but not assessed; assess it before offering the hand-off.")


class BeforeReceipt(Refusal):
    code = "before-receipt"

    def __init__(self, received_at: datetime) -> None:
        super().__init__(
            f"The complaint was received at {rfc3339(received_at)}, so nothing can have been done about it earlier; "
            "give a later time, or none for now."
        )
