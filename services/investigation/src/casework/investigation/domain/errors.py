"""The rules of investigation that can refuse. Each says what is wrong and what would be allowed."""

from __future__ import annotations

from uuid import UUID

from casework.shared.errors import Refusal


class NothingOffered(Refusal):
    code = "nothing-offered"

    def __init__(self) -> None:
        super().__init__("Investigation was not offered this case; intake has to offer the hand-off first.")


class AnotherOffer(Refusal):
    code = "another-offer"

    def __init__(self, offer: UUID | None) -> None:
        super().__init__(f"The offer before investigation is {offer}; accept or decline that one.")


class HandOffAlreadyAccepted(Refusal):
    code = "hand-off-already-accepted"

    def __init__(self, holder: str) -> None:
        super().__init__(f"The hand-off was accepted already and {holder} has the work; go on from there.")


class HandOffAlreadyDeclined(Refusal):
    code = "hand-off-already-declined"

    def __init__(self) -> None:
        super().__init__("The hand-off was declined, so intake has the work; it has to be offered again first.")


class HandOffNotAccepted(Refusal):
    code = "hand-off-not-accepted"

    def __init__(self) -> None:
        super().__init__("The hand-off is offered but not accepted; accept it before working on the case.")


class InvestigationIsDiscontinued(Refusal):
    code = "investigation-is-discontinued"

    def __init__(self) -> None:
        super().__init__("The investigation was discontinued; once closed, the case can be reopened and decided.")


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


class HandOffAlreadyOffered(Refusal):
    code = "hand-off-already-offered"

    def __init__(self) -> None:
        super().__init__("The case is offered to resolution already; it can be offered again only if that is declined.")
