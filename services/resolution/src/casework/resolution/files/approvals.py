"""What went up and what came of it; restricted: what the approver is brought, and what was said in talks."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.authority import (
    ApprovalAsked,
    ApprovalGiven,
    ApprovalPackBrought,
    ApprovalRefused,
    OptionChosen,
    OptionsCompared,
    OutsideActionAllowed,
    OutsideActionReported,
    OutsideActionTaken,
    ReadingAmended,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.remedies import LeaderAsked, LeaderDeclined, LeaderTookOver, LimitsTalkHeld
from casework.shared.files.parts import Document, FilePart


def _approvals(document: Document, _envelope: Envelope, event: Any) -> None:
    asked = document.setdefault("asked", [])
    match event:
        case ApprovalAsked():
            asked.append(
                {
                    "number": event.number,
                    "kind": event.kind,
                    "description": event.description,
                    "amount": event.amount,
                    "asked_by": event.asked_by,
                    "ground": event.ground,
                    "role": event.roles[0],
                    "needs_pack": event.needs_pack,
                    "status": "open",
                }
            )
        case ApprovalPackBrought(number=number):
            asked[number - 1]["packed"] = True
        case ApprovalGiven(number=number, by=by):
            asked[number - 1] |= {"status": "given", "by": by}
        case ApprovalRefused(number=number, by=by, reason=reason):
            asked[number - 1] |= {"status": "refused", "by": by, "reason": reason}
        case _:
            pass


def _packs(document: Document, _envelope: Envelope, event: Any) -> None:
    packs: list[Document] = document.setdefault("packs", [])
    match event:
        case ApprovalPackBrought():
            known = next((each for each in packs if each["number"] == event.number), {})
            # The complainant's own words come first, then what is made of them; they stay when the rest is new.
            said = {
                name: value
                for name in ("quote", "reading")
                if (value := getattr(event, name) or known.get(name)) is not None
            }
            brought = said | {
                "number": event.number,
                "facts": event.facts,
                "scenarios": event.scenarios,
                "options": event.options,
            }
            if (floor := event.floor or known.get("floor")) is not None:
                brought["floor"] = floor
            packs[:] = [*(each for each in packs if each is not known), brought]
        case ReadingAmended(number=number, reading=reading):
            at = next(at for at, each in enumerate(packs) if each["number"] == number)
            packs[at] = {"quote": packs[at]["quote"], "reading": reading} | {
                name: value for name, value in packs[at].items() if name not in ("quote", "reading")
            }
        case _:
            pass


def _options(document: Document, _envelope: Envelope, event: Any) -> None:
    comparisons = document.setdefault("comparisons", [])
    match event:
        case OptionsCompared():
            comparisons.append({"number": event.number, "options": event.options})
        case OptionChosen():
            comparisons[event.number - 1] |= {"chosen": event.option, "left": event.left, "reason": event.reason}
        case _:
            pass


def _outside(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case OutsideActionAllowed():
            found = {"number": event.number, "action": event.action, "by": event.by, "reason": event.reason}
            document.setdefault("allowed", []).append(found)
        case OutsideActionTaken():
            taken = {
                "number": event.number,
                "at": envelope.occurred_at or envelope.time,
                "action": event.action,
                "by": event.by,
                "reason": event.reason,
                "allowed": event.allowed,
                "ground": event.ground,
            }
            document.setdefault("taken", []).append({name: each for name, each in taken.items() if each is not None})
        case OutsideActionReported():
            document["taken"][event.number - 1] |= {"reported_to": event.to, "report": event.report}
        case _:
            pass


def _talks(document: Document, _envelope: Envelope, event: Any) -> None:
    talks = document.setdefault("talks", [])
    match event:
        case LimitsTalkHeld():
            talks.append(
                {
                    "number": event.number,
                    "held_at": event.held_at,
                    "by": event.by,
                    "said": event.said,
                    "agreed": event.agreed,
                    "hardship": event.hardship,
                    "hardship_shown_by": event.hardship_shown_by,
                }
            )
        case LeaderAsked():
            talks[event.talk - 1]["leader"] = {"role": event.roles[0], "asked_by": event.asked_by, "status": "open"}
        case LeaderTookOver():
            talks[event.talk - 1]["leader"] |= {"status": "taken", "by": event.by}
        case LeaderDeclined():
            talks[event.talk - 1]["leader"] |= {"status": "declined", "by": event.by, "reason": event.reason}
        case _:
            pass


APPROVALS = FilePart("approvals", _approvals)
PACKS = FilePart("approval-packs", _packs, restricted=True)
OPTIONS = FilePart("options", _options)
OUTSIDE_ACTIONS = FilePart("outside-actions", _outside, restricted=True)
TALKS = FilePart("limits-talks", _talks, restricted=True)
