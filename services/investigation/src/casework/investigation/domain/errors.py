"""The rules of investigation that can refuse. Each says what is wrong and what would be allowed.

Those of offering and answering a hand-off are in `casework.shared.handoffs`.
"""

from __future__ import annotations

from casework.shared.errors import Refusal


class HandOffAlreadyAccepted(Refusal):
    code = "hand-off-already-accepted"

    def __init__(self, holder: str) -> None:
        super().__init__(f"The hand-off was accepted already and {holder} has the work; go on from there.")


class InvestigationIsDiscontinued(Refusal):
    code = "investigation-is-discontinued"

    def __init__(self) -> None:
        super().__init__(
            "The complaint was withdrawn and the investigation discontinued; once the case is closed, reopen it: then "
            "evidence is taken again, and resolution decides."
        )


class ResolutionHasTheCase(Refusal):
    code = "resolution-has-the-case"

    def __init__(self) -> None:
        super().__init__(
            "The complaint was withdrawn and the case reopened, so resolution has it; record evidence here, and have "
            "the rest done there."
        )


class NoFinding(Refusal):
    code = "no-finding"

    def __init__(self) -> None:
        super().__init__("Nothing was found yet; record at least one finding before concluding.")


class InvestigationAlreadyConcluded(Refusal):
    code = "investigation-already-concluded"

    def __init__(self, status: str) -> None:
        super().__init__(f"The investigation was concluded already and is now {status}; go on from there.")


class InvestigationNotConcluded(Refusal):
    code = "investigation-not-concluded"

    def __init__(self) -> None:
        super().__init__("The investigation is still going on; conclude it before offering the hand-off.")
