"""What goes up: who has to approve a remedy that is held back, what they are brought, and what they say.

Invariant: nobody approves what they asked for. The complainant's own words stand as they were taken down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from casework.resolution.domain.errors import RemedyAlreadyProposed
from casework.resolution.domain.options import require_options
from casework.shared.contracts.authority import (
    ApprovalAsked,
    ApprovalGiven,
    ApprovalPackBrought,
    ApprovalRefused,
    Option,
    ReadingAmended,
)
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.contracts.types import Sealed, Sentence
from casework.shared.contracts.vocabulary import RemedyKind
from casework.shared.errors import Refusal
from casework.shared.remedies.limits import Acting
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class BringPack:
    """Bring the approver what they decide on. The fields are those of `ApprovalPackBrought`."""

    number: int | None
    facts: tuple[Sentence, ...]
    scenarios: tuple[Sentence, ...]
    options: tuple[Option, ...]
    floor: Sealed | None = None
    quote: Sealed | None = None
    reading: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendReading:
    """Put another reading of the complainant's words in the place of the one before."""

    number: int | None
    reading: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    """Approve what is held back, or say no with a reason. Without `number` the one that waits is meant."""

    number: int | None
    granted: bool
    acting: Acting
    reason: Sentence | None = None


ApprovalCommand: TypeAlias = BringPack | AmendReading | DecideApproval
ApprovalEvent: TypeAlias = ApprovalAsked | ApprovalGiven | ApprovalRefused | ApprovalPackBrought | ReadingAmended


class OwnApproval(Refusal):
    code = "own-approval"

    def __init__(self) -> None:
        super().__init__("Nobody approves what they asked for themselves; somebody else of that role has to.")


class NotHighEnough(Refusal):
    code = "not-high-enough"

    def __init__(self, role: str) -> None:
        super().__init__(f"This waits for the {role}, or somebody above; leave it to them.")


class ApprovalAlreadyDecided(Refusal):
    code = "approval-already-decided"

    def __init__(self) -> None:
        super().__init__("This was decided already; propose the remedy again if something has changed.")


class PackMissing(Refusal):
    code = "pack-missing"

    def __init__(self) -> None:
        super().__init__("Facts, scenarios and at least two options have to be brought first, for an amount like this.")


class NoReasonGiven(Refusal):
    code = "no-reason-given"

    def __init__(self) -> None:
        super().__init__("A no needs a reason that can be told to the person who asked; give one.")


class QuoteStands(Refusal):
    code = "quote-stands"

    def __init__(self) -> None:
        super().__init__(
            "The complainant's words stand as they were taken down. Amend your reading of them, or bring the rest again"
            " without the quote."
        )


class NoQuote(Refusal):
    code = "no-quote"

    def __init__(self) -> None:
        super().__init__("There are no words of the complainant to read yet; bring the quote with its reading.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What later decisions need to know: what was asked, whether a pack and a quote are there, and how it stands."""

    asked: ApprovalAsked
    packed: bool = False
    quoted: bool = False
    status: Literal["open", "given", "refused"] = "open"

    def suffices(self, role: str, rank: int) -> bool:
        """Whether whoever has such a key may decide it."""
        return role in self.asked.roles or rank >= self.asked.rank


Approvals: TypeAlias = tuple[Approval, ...]


def decide(
    command: ApprovalCommand, approvals: Approvals, proposed: Iterable[RemedyKind], *, remedies: int
) -> tuple[ApprovalEvent | RemedyProposed, ...]:
    """The events that `command` brings about; `proposed` are the kinds that are proposed already in this
    round, `remedies` so many were proposed in the case.

    Raises the refusals above, those of `which`, and `RemedyAlreadyProposed`."""
    match command:
        case BringPack():
            approval = _open(command.number, approvals)
            require_options(command.options)
            if command.quote is not None and approval.quoted:
                raise QuoteStands
            if command.reading is not None and command.quote is None and not approval.quoted:
                raise NoQuote
            return (
                ApprovalPackBrought(
                    number=approval.asked.number,
                    facts=command.facts,
                    scenarios=command.scenarios,
                    options=command.options,
                    floor=command.floor,
                    quote=command.quote,
                    reading=command.reading,
                ),
            )
        case AmendReading(reading=reading):
            approval = _open(command.number, approvals)
            if not approval.quoted:
                raise NoQuote
            return (ReadingAmended(number=approval.asked.number, reading=reading),)
        case DecideApproval():
            return _decided(command, _open(command.number, approvals), proposed, remedies)
        case _:
            assert_never(command)


def evolve(approvals: Approvals, event: ApprovalEvent) -> Approvals:
    """The approvals after `event`."""
    match event:
        case ApprovalAsked():
            return (*approvals, Approval(asked=event))
        case ApprovalPackBrought(number=number, quote=quote):
            return tuple(
                replace(each, packed=True, quoted=each.quoted or quote is not None)
                if each.asked.number == number
                else each
                for each in approvals
            )
        case ReadingAmended():
            return approvals
        case ApprovalGiven(number=number):
            return _answered(approvals, number, "given")
        case ApprovalRefused(number=number):
            return _answered(approvals, number, "refused")
        case _:
            assert_never(event)


def _answered(approvals: Approvals, number: int, status: Literal["given", "refused"]) -> Approvals:
    return tuple(replace(each, status=status) if each.asked.number == number else each for each in approvals)


def _open(named: int | None, approvals: Approvals) -> Approval:
    number = which("approval", named, {each.asked.number: each.status == "open" for each in approvals})
    approval = approvals[number - 1]
    if approval.status != "open":
        raise ApprovalAlreadyDecided
    return approval


def _decided(
    command: DecideApproval, approval: Approval, proposed: Iterable[RemedyKind], remedies: int
) -> tuple[ApprovalEvent | RemedyProposed, ...]:
    asked = approval.asked
    if command.acting.id == asked.asked_by:
        raise OwnApproval
    if not approval.suffices(command.acting.role, command.acting.rank):
        raise NotHighEnough(asked.roles[0])
    if not command.granted:
        if command.reason is None:
            raise NoReasonGiven
        return (
            ApprovalRefused(
                approval_id=asked.approval_id, number=asked.number, by=command.acting.id, reason=command.reason
            ),
        )
    if asked.needs_pack and not approval.packed:
        raise PackMissing
    if asked.kind in proposed:
        raise RemedyAlreadyProposed(asked.kind)
    return (
        ApprovalGiven(approval_id=asked.approval_id, number=asked.number, by=command.acting.id),
        RemedyProposed(
            number=remedies + 1,
            kind=asked.kind,
            description=asked.description,
            amount=None if asked.at_cost else asked.amount,
            remedy=asked.remedy,
            remedy_class=asked.remedy_class,
            proof=asked.proof,
            approval=asked.number,
            authority=asked.authority,
        ),
    )
