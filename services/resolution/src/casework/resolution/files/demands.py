"""The demands of a case and the answer to each, with what they come to as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from casework.resolution.domain.demand_answers import outcome_of
from casework.shared.contracts.demand_answers import DemandAnswered, DemandsNoted
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart


def _demands(document: Document, envelope: Envelope, event: Any) -> None:
    found: dict[int, Document] = document.setdefault("numbered", {})
    match event:
        case DemandsNoted(demands=noted):
            for each in noted:
                known = found.setdefault(each.number, {"number": each.number, "version": each.version})
                if known["version"] != each.version:
                    # The answer to the version before stays readable beside the one that is wanted now.
                    answered = known.pop("answer", None)
                    if answered is not None:
                        known.setdefault("answers_before", []).append(answered)
                known |= {"version": each.version, "kind": each.kind}
                if each.owner is not None:
                    known["owner"] = each.owner
                for name, claimed in (("amounts", each.amounts), ("alternatives", each.alternatives)):
                    known.pop(name, None)
                    if claimed is not None:
                        known[name] = claimed
        case DemandAnswered(number=number):
            found[number]["answer"] = {
                "version": event.version,
                "answer": event.answer,
                "reason": event.reason,
                "evidence": event.evidence or (),
                "by": event.by or "organisation",
                "at": envelope.occurred_at or envelope.time,
            }
            if event.granted is not None:
                found[number]["answer"]["granted"] = event.granted
        case _:
            pass


def _as_a_whole(document: Document, _now: datetime) -> Document:
    demands = [demand for _, demand in sorted(document.get("numbered", {}).items())]
    answers = [each["answer"]["answer"] for each in demands if "answer" in each]
    met, refused, all_ = answers.count("met"), answers.count("refused"), len(demands)
    shown: Document = {"demands": demands}
    if demands:
        still = all_ - len(answers)
        waiting = (f", {still} open", f",{still}项待答复") if still else ("", "")
        shown["summary"] = {
            "en": f"{met} of {all_} met, {refused} refused{waiting[0]}",
            "zh": f"{all_}项诉求:{met}项满足,{refused}项拒绝{waiting[1]}",
        }
        shown["state"] = "open" if still else outcome_of(answers)
    return shown


DEMANDS = FilePart("demands", _demands, show=_as_a_whole)
