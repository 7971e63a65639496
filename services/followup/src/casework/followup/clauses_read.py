"""What a case went through, clause by clause and procedure by procedure, and why one was skipped. No I/O.

Invariant: read from the events alone, so that it says of any past case what it says of one today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from casework.shared.contracts.clauses import CLAUSES, PROCEDURES, WHERE_UPHELD, ProcedureCode

_CLOSED = "casework.followup.case-closed.v1"
_REOPENED = "casework.followup.case-reopened.v1"
_DECIDED = "casework.resolution.decision-communicated.v1"
_INFRINGEMENT = "casework.resolution.infringement-upheld.v1"
_OFFERED = "casework.intake.hand-off-offered.v1"


def steps_of(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The document. `events` are the envelopes of all four services, causes first.

    Each of the nine and of the six has `done_at` and `by`, the type of the first event that shows it; or
    `skipped_because`, the reason that was given when the case was closed without it; or `not_due`, the outcome that
    made it needless; or neither, so long as it may still come. `standing` names the standing solution by which the
    case ran straight through: that is the reason why nobody took its steps one by one."""
    first: dict[str, Mapping[str, Any]] = {}
    said: dict[ProcedureCode, str] = {}
    outcome, closed, document = "", False, dict[str, Any]()
    for event in events:
        name, data = event["type"], event["data"]
        if name == _INFRINGEMENT and data.get("free"):
            continue  # it brings nothing
        first.setdefault(name, event)
        if name == _DECIDED:
            outcome = data["outcome"]
        elif name == _OFFERED and data.get("standing"):
            document["standing"] = data["standing"]
        elif name == _CLOSED:
            closed, said = True, _reasons(data)
        elif name == _REOPENED:
            # What was left out may come now; the next closing says anew why it did not.
            closed, said = False, {}
    procedures = []
    for each in PROCEDURES:
        shown = {"code": each.code, "en": each.en, "zh": each.zh, "clauses": list(each.clauses)}
        done = _done(each.shown_by, first)
        if not done and each.code in said:
            done = {"skipped_because": said[each.code]}
        elif not done and closed and each.code in WHERE_UPHELD and outcome == "not-upheld":
            done = {"not_due": outcome}
        procedures.append(shown | done)
    clauses = []
    for clause in CLAUSES:
        reasons = [said[each.code] for each in PROCEDURES if clause.number in each.clauses and each.code in said]
        done = _done(clause.shown_by, first)
        if not done and reasons and clause.number != "7.1":
            done = {"skipped_because": reasons[0]}
        clauses.append({"number": clause.number, "en": clause.en, "zh": clause.zh} | done)
    return document | {"clauses": clauses, "procedures": procedures}


def _reasons(closing: Mapping[str, Any]) -> dict[ProcedureCode, str]:
    """Why each procedure that had not been gone through by this closing was not. What was done has no reason."""
    if closing["outcome"] == "withdrawn":
        return {each.code: closing["reason"] for each in PROCEDURES}
    given: dict[ProcedureCode, str] = {each["procedure"]: each["reason"] for each in closing.get("skipped") or ()}
    for each in closing.get("four_rs") or ():
        if each["r"] == "reform" and "excused" in each:
            given.setdefault("improve-and-file", each["excused"])
    return given


def _done(types: Iterable[str], first: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    shown = [first[name] for name in types if name in first]
    if not shown:
        return {}
    earliest = min(shown, key=lambda each: str(each["time"]))
    return {"done_at": str(earliest.get("occurredat") or earliest["time"]), "by": str(earliest["type"])}
