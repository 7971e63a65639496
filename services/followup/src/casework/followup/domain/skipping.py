"""Procedures that a case did not go through: each with a reason, before a person closes it.

Invariant: what is recorded as skipped was not done. What a decision makes needless is not skipped: nobody is sanctioned
and nothing improved because of a complaint that was not upheld.
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.followup.domain.commands import CloseCase
from casework.shared.contracts.clauses import (
    WHERE_UPHELD,
    ProcedureCode,
    SkippedProcedure,
    procedure,
)
from casework.shared.errors import Refusal


class ReasonForSkippingMissing(Refusal):
    code = "reason-for-skipping-missing"

    def __init__(self, missing: Sequence[ProcedureCode]) -> None:
        named = ", ".join(f"{code} ({procedure(code).en}, {procedure(code).zh})" for code in missing)
        super().__init__(
            "A step that is skipped needs a reason. Do it, or say in `skipped` why it was not done, of: " + named + "."
        )


def reasons(command: CloseCase) -> tuple[SkippedProcedure, ...]:
    """What was skipped and why, the first reason for each.

    Raises `ReasonForSkippingMissing`, naming those without one. What the four Rs say of reform, done or excused, is the
    reason for `improve-and-file`."""
    given: dict[ProcedureCode, SkippedProcedure] = {}
    for each in command.skipped:
        given.setdefault(each.procedure, each)
    skipped = [code for code in command.undone if _is_due(code, command)]
    missing = [code for code in skipped if code not in given]
    if missing:
        raise ReasonForSkippingMissing(missing)
    return tuple(given[code] for code in skipped)


def _is_due(code: ProcedureCode, command: CloseCase) -> bool:
    if code not in WHERE_UPHELD:
        return True
    if command.outcome != "decided" or command.decision not in ("upheld", "partly-upheld"):
        return False
    return code == "sanction" or not any(each.r == "reform" and (each.done or each.excused) for each in command.four_rs)
