"""The rules of followup that can refuse. Each says what is wrong and what would be allowed."""

from __future__ import annotations

from uuid import UUID

from casework.shared.errors import Refusal


class CaseNotOpened(Refusal):
    code = "case-not-opened"

    def __init__(self) -> None:
        super().__init__("Follow-up knows no such case yet; it is opened when intake has received the complaint.")


class CaseIsClosed(Refusal):
    code = "case-is-closed"

    def __init__(self, outcome: str) -> None:
        super().__init__(f"The case is closed ({outcome}); reopen it first if it should go on.")


class CaseNotClosed(Refusal):
    code = "case-not-closed"

    def __init__(self) -> None:
        super().__init__("The case is not closed, so it need not be reopened; go on from where it is.")


class NothingOffered(Refusal):
    code = "nothing-offered"

    def __init__(self) -> None:
        super().__init__("No offer is before follow-up; resolution has to offer the decided case first.")


class AnotherOffer(Refusal):
    code = "another-offer"

    def __init__(self, offer: UUID) -> None:
        super().__init__(f"The offer before follow-up is {offer}; accept or decline that one.")


class HandOffAlreadyAccepted(Refusal):
    code = "hand-off-already-accepted"

    def __init__(self, holder: str) -> None:
        super().__init__(f"The hand-off was accepted already and {holder} has the work; the case can be closed.")


class HandOffAlreadyAnswered(Refusal):
    code = "hand-off-already-answered"

    def __init__(self) -> None:
        super().__init__("This offer was answered before; resolution has to offer the case again first.")


class HandOffNotAccepted(Refusal):
    code = "hand-off-not-accepted"

    def __init__(self) -> None:
        super().__init__("Follow-up does not have the work; accept resolution's hand-off before closing the case.")
