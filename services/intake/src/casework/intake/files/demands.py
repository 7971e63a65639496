"""What is demanded and who answers for it, the items of a claim, and the problem as it was agreed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from casework.shared.contracts import around
from casework.shared.contracts.demands import DemandChanged, DemandNotStated, DemandStated
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart

_URGENCIES: tuple[around.Urgency, ...] = get_args(around.Urgency)


def numbered(document: Document) -> dict[int, Document]:
    """The numbered things of a part, by number."""
    found: dict[int, Document] = document.setdefault("numbered", {})
    return found


def _demands(document: Document, envelope: Envelope, event: Any) -> None:
    by_number = numbered(document)
    match event:
        case DemandStated() | DemandChanged():
            wanted = {
                "version": event.version if isinstance(event, DemandChanged) else 1,
                "kind": event.kind,
                "how": event.how,
                "asked_directly": event.asked_directly,
                "amounts": event.amounts,
                "words": event.words,
                "since": envelope.occurred_at or envelope.time,
            }
            demand = by_number.setdefault(event.number, {"number": event.number})
            if isinstance(event, DemandChanged):
                demand.setdefault("before", []).append(event.before)
            demand.pop("alternatives", None)
            if event.alternatives is not None:
                wanted["alternatives"] = event.alternatives
            demand |= wanted
        case DemandNotStated(asked_by=asked_by):
            document["not_stated"] = {"asked_by": asked_by}
        case around.DemandTaken(number=number):
            by_number[number] |= {"owner": event.owner, "urgency": event.urgency, "due_at": event.due_at}
        case around.DemandPassedOn(number=number):
            by_number[number] |= {"owner": event.owner, "urgency": event.urgency}
        case _:
            pass


def _by_urgency(document: Document, _now: datetime) -> Document:
    """The most urgent first; nobody has looked yet at those that come last."""

    def rank(demand: Document) -> tuple[int, int]:
        urgency = demand.get("urgency")
        return (len(_URGENCIES) if urgency is None else _URGENCIES.index(urgency), demand["number"])

    shown: Document = {"demands": sorted(numbered(document).values(), key=rank)}
    if "not_stated" in document:
        shown["not_stated"] = document["not_stated"]
    return shown


def fold_items(document: Document, envelope: Envelope, event: Any) -> None:
    """The items by number, in `items`."""
    items: dict[int, Document] = document.setdefault("items", {})
    match event:
        case around.ItemListed():
            items[event.number] = {
                "number": event.number,
                "goods": event.goods,
                "quantity": event.quantity,
                "delivered": event.delivered,
                "condition": event.condition,
                "demand": event.demand,
                "state": "open",
            }
        case around.ItemSettled(number=number):
            settled = {"state": "settled", "result": event.result, "note": event.note}
            items[number] |= settled | {"settled_at": envelope.occurred_at or envelope.time}
        case _:
            pass


def _listed(document: Document, _now: datetime) -> Any:
    return list(document.get("items", {}).values())


def _problem(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case around.ProblemStated():
            at = envelope.occurred_at or envelope.time
            version = {"version": event.version, "statement": event.statement, "stated_at": at, "agreed": False}
            document.setdefault("versions", []).append(version)
        case around.ProblemAgreed(version=version):
            document["versions"][version - 1] |= {"agreed": True, "agreed_by": event.channel}
            document["scope"] = version
            document["next_step"] = {"what": event.next_step, "by": event.next_by}
        case _:
            pass


DEMANDS_IN_FULL = FilePart("demands-in-full", _demands, restricted=True, show=_by_urgency)
DEMANDS = FilePart("demands", _demands, show=_by_urgency)
ITEMS = FilePart("items", fold_items, show=_listed)
PROBLEM_IN_FULL = FilePart("problem-in-full", _problem, restricted=True)
PROBLEM = FilePart("problem", _problem)
