"""The demands of a complaint and the answer to each: one may be met on the first day and another refused on the ninth.

Invariant: each version of a demand has at most one answer, unless the complainant contests the decision; a refusal
has its reason. The outcome of the whole follows from the answers alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.claims import NO_CLAIM, Claim, require_claimed
from casework.shared.contracts.demand_answers import Answer, AnsweredBy, DemandAnswered, DemandsNoted, NotedDemand
from casework.shared.contracts.demands import DemandKind
from casework.shared.contracts.types import Money, Prose
from casework.shared.contracts.vocabulary import Outcome
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDemand:
    """Intake recorded a demand, a change of one, or who answers for it. Never refused: an older version than is known
    has no effect. What is None is left as it is. `claim` is what the demand asks for in money."""

    number: int
    version: int | None = None
    kind: DemandKind | None = None
    demand_id: UUID | None = None
    owner: str | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDemand:
    """Decide one demand. A refusal needs a reason; `evidence` are the numbers of what the answer rests on, and `by`
    who answers where that is not the organisation. With `version` only that one is answered. `granted` is what it gives
    in money, where the answer says so. `is_history`: it was answered long ago."""

    number: int
    answer: Answer
    version: int | None = None
    reason: Prose | None = None
    evidence: tuple[int, ...] = ()
    by: AnsweredBy | None = None
    granted: Money | None = None
    is_history: bool = False


DemandCommand: TypeAlias = NoteDemand | AnswerDemand
DemandEvent: TypeAlias = DemandsNoted | DemandAnswered


class UnknownDemand(Refusal):
    code = "demand-unknown"

    def __init__(self, number: int, known: Iterable[int]) -> None:
        there = ", ".join(map(str, known))
        has = f"it has the numbers {there}" if there else "it has none yet; record what is demanded first"
        super().__init__(f"This case has no demand number {number}; {has}.")


class DemandNowAnother(Refusal):
    code = "demand-now-another"

    def __init__(self, number: int, version: int) -> None:
        super().__init__(
            f"Demand number {number} is at version {version}: the complainant wants something else than what you "
            "answer. Read it again, and answer that."
        )


class DemandAlreadyAnswered(Refusal):
    code = "demand-already-answered"

    def __init__(self, number: int, answer: Answer) -> None:
        super().__init__(
            f"Demand number {number} was {answer} already; it is decided again only where the complainant changes it "
            "or contests the decision."
        )


class RefusalWithoutReason(Refusal):
    code = "refusal-without-reason"

    def __init__(self, number: int) -> None:
        super().__init__(f"Demand number {number} can be refused only with a reason; say why it is not met.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What later decisions need to know of a demand. `contested`: its answer may be given once more."""

    number: int
    version: int
    kind: DemandKind
    demand_id: UUID | None = None
    owner: str | None = None
    answer: Answer | None = None
    contested: bool = False
    claim: Claim = NO_CLAIM


Demands: TypeAlias = tuple[Demand, ...]
"""In the order of their numbers."""


def decide(command: DemandCommand, demands: Demands) -> tuple[DemandEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `claims`."""
    known = {each.number: each for each in demands}
    match command:
        case NoteDemand():
            return _note(command, known.get(command.number))
        case AnswerDemand(number=number, answer=answer):
            demand = known.get(number)
            if demand is None:
                raise UnknownDemand(number, known)
            if command.version not in (None, demand.version):
                raise DemandNowAnother(number, demand.version)
            if demand.answer is not None and not demand.contested:
                raise DemandAlreadyAnswered(number, demand.answer)
            if answer == "refused" and command.reason is None:
                raise RefusalWithoutReason(number)
            if command.granted is not None and not command.is_history:
                require_claimed(number, answer, command.granted, demand.claim)
            return (
                DemandAnswered(
                    number=number,
                    version=demand.version,
                    answer=answer,
                    reason=command.reason,
                    evidence=tuple(sorted(set(command.evidence))) or None,
                    demand_id=demand.demand_id,
                    by=command.by,
                    granted=command.granted,
                ),
            )
        case _:
            assert_never(command)


def evolve(demands: Demands, event: DemandEvent) -> Demands:
    """The demands after `event`. A new version of a demand has no answer yet."""
    by_number = {each.number: each for each in demands}
    match event:
        case DemandsNoted(demands=noted):
            for each in noted:
                before = by_number.get(each.number)
                now = Demand(
                    number=each.number,
                    version=each.version,
                    kind=each.kind,
                    demand_id=each.demand_id,
                    owner=each.owner,
                    claim=Claim(amounts=each.amounts or (), alternatives=each.alternatives),
                )
                if before is not None and before.version == each.version:
                    now = replace(now, answer=before.answer, contested=before.contested)
                by_number[each.number] = now
        case DemandAnswered(number=number, answer=answer):
            if number in by_number:
                by_number[number] = replace(by_number[number], answer=answer, contested=False)
        case _:
            assert_never(event)
    return tuple(by_number[number] for number in sorted(by_number))


def contested(demands: Demands) -> Demands:
    """The demands once the complainant has contested the decision: every answer stands until it is given anew."""
    return tuple(each if each.answer is None else replace(each, contested=True) for each in demands)


def unanswered(demands: Demands) -> tuple[int, ...]:
    """The numbers that have no answer yet."""
    return tuple(each.number for each in demands if each.answer is None)


def outcome_of(answers: Iterable[Answer]) -> Outcome | None:
    """What the answers come to as a whole; None where there are none."""
    given = set(answers)
    if not given:
        return None
    if given == {"met"}:
        return "upheld"
    return "not-upheld" if given == {"refused"} else "partly-upheld"


def _note(command: NoteDemand, before: Demand | None) -> tuple[DemandsNoted, ...]:
    if before is None:
        if command.kind is None:
            return ()
        before = Demand(number=command.number, version=0, kind=command.kind)
    is_older = (command.version or 1) < before.version
    claim = before.claim if command.claim is None or is_older else command.claim
    now = replace(
        before,
        version=max(before.version, command.version or 1),
        kind=before.kind if command.kind is None or is_older else command.kind,
        demand_id=command.demand_id or before.demand_id,
        owner=command.owner or before.owner,
        claim=claim,
    )
    if now == before:
        return ()
    noted = NotedDemand(
        number=now.number,
        version=now.version,
        kind=now.kind,
        demand_id=now.demand_id,
        owner=now.owner,
        amounts=claim.amounts or None,
        alternatives=claim.alternatives,
    )
    return (DemandsNoted(demands=(noted,)),)
