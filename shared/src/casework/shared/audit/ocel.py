"""The event log as OCEL 2.0, in JSON: events that each concern a case, and demands, remedies, hand-offs, clocks,
escalations and actors besides.

What changes in an object's life is an attribute with the time from which it holds, as the standard has it: the state of
a clock, the severity of a case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

import orjson

from casework.shared.audit.event_logs import Told, ToldCase
from casework.shared.contracts.types import rfc3339

_EVENT_ATTRIBUTES = (("service", "string"), ("kind", "string"), ("iso10002", "string"), ("recorded", "time"))
_OF_OBJECTS: Mapping[str, tuple[str, ...]] = {
    "clock": ("policy", "policy_version", "kind", "purpose"),
    "demand": ("kind",),
    "remedy": ("kind",),
    "hand-off": ("to",),
    "escalation": ("ladder", "ladder_version", "rung"),
}
"""What of its events' attributes is an object's own; beside them each has its `state`."""
_OF_CASES = ("category", "channel", "severity", "decision", "outcome")
_IN_MEMORY = 32 * 1024 * 1024


async def ocel_lines(cases: AsyncIterator[ToldCase]) -> AsyncIterator[str]:
    """The document, piece by piece. Raises what reading the cases does."""
    activities: set[str] = set()
    actors: dict[str, str] = {}
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as objects:
        yield '{"events":['
        before = ""
        async for case in cases:
            for event in case.events:
                activities.add(event.activity)
                actors.setdefault(event.resource, event.kind)
                yield before + _json(_event(event, case.id))
                before = ",\n"
            for found in _objects(case):
                objects.write(_json(found).encode() + b",\n")
        yield '],\n"objects":['
        objects.seek(0)
        for line in objects:
            yield line.decode()
        yield ",\n".join(_json(_actor(name, kind)) for name, kind in sorted(actors.items()))
    event_attributes = [{"name": name, "type": type_} for name, type_ in _EVENT_ATTRIBUTES]
    yield '],\n"eventTypes":'
    yield _json([{"name": activity, "attributes": event_attributes} for activity in sorted(activities)])
    yield ',\n"objectTypes":'
    yield _json(
        [
            {"name": name, "attributes": [{"name": each, "type": "string"} for each in attributes]}
            for name, attributes in (
                ("case", _OF_CASES),
                ("actor", ("kind",)),
                *((name, ("state", *own)) for name, own in _OF_OBJECTS.items()),
            )
        ]
    )
    yield "}\n"


def _event(event: Told, case_id: str) -> dict[str, Any]:
    attributes = [{"name": "service", "value": event.group}, {"name": "kind", "value": event.kind}]
    if event.step is not None:
        attributes.append({"name": "iso10002", "value": event.step})
    attributes.append({"name": "recorded", "value": rfc3339(event.recorded_at)})
    return {
        "id": event.id,
        "type": event.activity,
        "time": rfc3339(event.at),
        "attributes": attributes,
        "relationships": [
            {"objectId": case_id, "qualifier": "case"},
            {"objectId": _actor_id(event.resource), "qualifier": "by"},
            *({"objectId": id_, "qualifier": role} for _, id_, role in event.about),
        ],
    }


def _objects(case: ToldCase) -> Iterator[dict[str, Any]]:
    """The case, and every object of it."""
    kinds: dict[str, str] = {}
    values: dict[str, list[dict[str, str]]] = defaultdict(list)
    for event in case.events:
        at = rfc3339(event.at)
        for kind, id_, role in event.about:
            first = kinds.setdefault(id_, kind) == kind and not values[id_]
            if role != "concerns":
                values[id_].append({"name": "state", "value": role, "time": at})
            values[id_] += [
                {"name": name, "value": event.attributes[name], "time": at}
                for name in _OF_OBJECTS[kind]
                if name in event.attributes and (first or name == "rung")
            ]
    yield {
        "id": case.id,
        "type": "case",
        "attributes": [{"name": name, "value": value, "time": rfc3339(at)} for name, value, at in case.attributes],
        "relationships": [{"objectId": id_, "qualifier": kind} for id_, kind in kinds.items()],
    }
    for id_, kind in kinds.items():
        yield {"id": id_, "type": kind, "attributes": values[id_]}


def _actor(name: str, kind: str) -> dict[str, Any]:
    attributes = [{"name": "kind", "value": kind, "time": "1970-01-01T00:00:00Z"}]
    return {"id": _actor_id(name), "type": "actor", "attributes": attributes}


def _actor_id(name: str) -> str:
    """No other object has such an id, whatever an actor is called."""
    return f"actor:{name}"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
