"""The nine clauses of ISO 10002 (7.1 to 7.9), the six procedures of the shop floor, and what shows that each was done.

Invariant: every stage that people are told is in one clause, and every clause and procedure has events that show it.
No case is ever in 7.1: it is what everybody is told before they complain, and what is told to them on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.types import Sentence

ClauseNumber: TypeAlias = Literal["7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8", "7.9"]
ProcedureCode: TypeAlias = Literal[
    "receive", "judge", "cause-and-responsibility", "solution", "sanction", "improve-and-file"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause, its name in English and Chinese, and the types of the events that show it."""

    number: ClauseNumber
    en: str
    zh: str
    shown_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One of the six, the clauses that it maps onto, and the types of the events that show it."""

    code: ProcedureCode
    en: str
    zh: str
    clauses: tuple[ClauseNumber, ...]
    shown_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedProcedure:
    """One of the six was not done in a case, and why."""

    procedure: ProcedureCode
    reason: Sentence


CLAUSES: tuple[Clause, ...] = (
    Clause(
        number="7.1",
        en="communication",
        zh="沟通",
        shown_by=(
            "casework.intake.public-reply-given.v1",
            "casework.intake.contact-preferences-set.v1",
            "casework.resolution.message-sent.v1",
            "casework.resolution.progress-update-sent.v1",
        ),
    ),
    Clause(number="7.2", en="receipt", zh="受理", shown_by=("casework.intake.complaint-received.v1",)),
    Clause(number="7.3", en="tracking", zh="跟踪", shown_by=("casework.followup.follow-up-opened.v1",)),
    Clause(number="7.4", en="acknowledgement", zh="告知", shown_by=("casework.intake.complaint-acknowledged.v1",)),
    Clause(number="7.5", en="initial assessment", zh="初步评审", shown_by=("casework.intake.complaint-assessed.v1",)),
    Clause(
        number="7.6",
        en="investigation",
        zh="调查",
        shown_by=(
            "casework.investigation.finding-recorded.v1",
            "casework.investigation.investigation-concluded.v1",
        ),
    ),
    Clause(
        number="7.7",
        en="response",
        zh="响应",
        shown_by=("casework.resolution.remedy-proposed.v1", "casework.resolution.remedy-offered.v1"),
    ),
    Clause(
        number="7.8",
        en="communicating the decision",
        zh="沟通决定",
        shown_by=("casework.resolution.decision-communicated.v1",),
    ),
    Clause(number="7.9", en="closing", zh="终止", shown_by=("casework.followup.case-closed.v1",)),
)

PROCEDURES: tuple[Procedure, ...] = (
    Procedure(
        code="receive",
        en="receive",
        zh="受理",
        clauses=("7.1", "7.2", "7.4"),
        shown_by=("casework.intake.complaint-received.v1",),
    ),
    Procedure(
        code="judge",
        en="judge",
        zh="判断",
        clauses=("7.5",),
        shown_by=("casework.intake.complaint-assessed.v1",),
    ),
    Procedure(
        code="cause-and-responsibility",
        en="cause and responsibility",
        zh="查明原因与责任",
        clauses=("7.6",),
        shown_by=(
            "casework.investigation.investigation-concluded.v1",
            "casework.investigation.cause-recorded.v1",
            "casework.investigation.shares-ruled.v1",
            "casework.investigation.root-cause-verified.v1",
        ),
    ),
    Procedure(
        code="solution",
        en="solution",
        zh="提出解决方案",
        clauses=("7.7", "7.8"),
        shown_by=("casework.resolution.decision-communicated.v1",),
    ),
    Procedure(
        code="sanction",
        en="sanction",
        zh="处罚",
        clauses=("7.7",),
        shown_by=(
            "casework.resolution.infringement-upheld.v1",
            "casework.resolution.party-sanctioned.v1",
            "casework.resolution.sanction-imposed.v1",
        ),
    ),
    Procedure(
        code="improve-and-file",
        en="improve and file",
        zh="改进与归档",
        clauses=("7.3", "7.9"),
        shown_by=(
            "casework.investigation.measure-put-in-place.v1",
            "casework.investigation.recurrence-prevented.v1",
            "casework.investigation.effect-shown.v1",
        ),
    ),
)

WHERE_UPHELD: frozenset[ProcedureCode] = frozenset({"sanction", "improve-and-file"})
"""What is due only where the complaint was upheld, at least in part."""


def clause(number: ClauseNumber) -> Clause:
    """The clause with that number."""
    return next(each for each in CLAUSES if each.number == number)


def procedure(code: ProcedureCode) -> Procedure:
    """The procedure with that code."""
    return next(each for each in PROCEDURES if each.code == code)
