"""The rules of evidence that can refuse. Each says what is wrong and what would be allowed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from casework.shared.contracts.types import rfc3339
from casework.shared.errors import Refusal


class HashMismatch(Refusal):
    code = "hash-mismatch"
    status = 422

    def __init__(self) -> None:
        super().__init__("The bytes that came along have another SHA-256 than was declared; send the right ones.")


class TooManyItems(Refusal):
    code = "too-many-items"

    def __init__(self, most: int) -> None:
        super().__init__(f"The case has {most} items of evidence, and no more can be named in a decision; bundle them.")


class UnknownItem(Refusal):
    code = "unknown-evidence"

    def __init__(self, number: int, known: int) -> None:
        have = f"it has those from 1 to {known}" if known else "it has none so far"
        super().__init__(f"This case has no item of evidence {number}; {have}.")


class PreContractUndated(Refusal):
    code = "pre-contract-undated"

    def __init__(self) -> None:
        super().__init__("What was agreed before the order needs its own time and that of the order; give both.")


class NotPreContract(Refusal):
    code = "not-pre-contract"

    def __init__(self, made_at: datetime, ordered_at: datetime) -> None:
        super().__init__(
            f"It is of {rfc3339(made_at)}, and the order of {rfc3339(ordered_at)}: it was not agreed before the order. "
            "It can be given as a document."
        )


class OwnRecordUnsourced(Refusal):
    code = "own-record-unsourced"

    def __init__(self) -> None:
        super().__init__("A record of our own needs its document number, its source and the day as of which it holds.")


class SlipMisplaced(Refusal):
    code = "slip-misplaced"

    def __init__(self) -> None:
        super().__init__("A delivery slip says who signed, for how many and when, and nothing else does; give it so.")


class CredentialExpired(Refusal):
    code = "credential-expired"

    def __init__(self, document: str, valid_until: date) -> None:
        super().__init__(f"{document} was valid until {valid_until}; ask for one that is valid.")


class ItemUnavailable(Refusal):
    code = "evidence-unavailable"

    def __init__(self, number: int) -> None:
        super().__init__(f"Item {number} is no longer there, so there is nothing to rule on; its rule stands instead.")


class NothingContests(Refusal):
    code = "nothing-contests"

    def __init__(self, number: int) -> None:
        super().__init__(f"Nobody contests item {number}; record what the other side says of it, then rule.")


class ContestedNotVoid(Refusal):
    code = "contested-not-void"

    def __init__(self, number: int) -> None:
        super().__init__(f"That nobody counted makes item {number} contested, not void; rule it contested.")


class RetentionRuleMissing(Refusal):
    code = "retention-rule-missing"

    def __init__(self) -> None:
        super().__init__("No longer available needs the retention rule by which it is; give the id of the rule.")


class RuleOfAnotherTime(Refusal):
    code = "retention-rule-of-another-time"

    def __init__(self, rule: str, dated: date) -> None:
        super().__init__(f"The rule {rule} is not for records of {dated}; give the one that is.")


class StillRetained(Refusal):
    code = "still-retained"

    def __init__(self, rule: str, disposed_on: date) -> None:
        super().__init__(f"By the rule {rule} it is kept until {disposed_on}, so it must be there; fetch it.")


class HeldAlready(Refusal):
    code = "held-already"

    def __init__(self, document: str, where: str) -> None:
        super().__init__(f"We hold {document} already, {where}; attach it instead of asking for it.")


class NotHeld(Refusal):
    code = "not-held"

    def __init__(self, what: str) -> None:
        super().__init__(f"We hold nothing by {what} that may be used; ask for it.")


class ChecklistIncomplete(Refusal):
    code = "evidence-incomplete"

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__(f"Missing: {', '.join(missing)}. Record each as evidence, or waive it with a reason.")


class NotOnChecklist(Refusal):
    code = "not-on-checklist"

    def __init__(self, entry: str, known: Iterable[str]) -> None:
        super().__init__(f"{entry} is not on the checklist; it asks for {', '.join(known)}.")


class OneSidedEvidence(Refusal):
    code = "one-sided-evidence"

    def __init__(self) -> None:
        super().__init__(
            "The only evidence is what the respondent says; get something else, such as a photograph of the hand-over, "
            "before concluding against the complainant."
        )


class CustodyBackwards(Refusal):
    code = "custody-backwards"

    def __init__(self, since: datetime) -> None:
        super().__init__(f"The hand-over before this one was at {rfc3339(since)}; give the links in their order.")
