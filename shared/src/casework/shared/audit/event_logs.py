"""What a process-mining tool is told of each event and each case: the common ground of the XES, OCEL and CSV exports.

Invariant: nothing personal leaves. Of an event's data only what is listed here is taken: words out of closed lists,
numbers, and ids that Casework made. What is sealed is not even looked at, and no free text is taken, since somebody may
have written a name into it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from casework.shared.audit.cuts import cases_until, cut_at
from casework.shared.audit.replay import Happened, causes_first
from casework.shared.audit.sources import Progress
from casework.shared.audit.walk import Stores
from casework.shared.contracts.clauses import CLAUSES
from casework.shared.contracts.envelope import open_envelope

Format: TypeAlias = Literal["xes", "ocel", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

_STEPS: Mapping[str, str] = {type_: f"{clause.number} {clause.en}" for clause in CLAUSES for type_ in clause.shown_by}


@dataclass(frozen=True, slots=True)
class Told:
    """One event as an event log has it. `activity` is its words, `step` the clause of ISO 10002 that it shows;
    `resource` and `kind` who or what did it; `about` what it concerns beside the case: (type, id, role)."""

    id: str
    activity: str
    step: str | None
    at: datetime
    recorded_at: datetime
    resource: str
    kind: str
    group: str
    attributes: Mapping[str, str]
    about: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ToldCase:
    """One case: its events, causes before effects."""

    id: str
    attributes: Sequence[tuple[str, str, datetime]]
    """Name, value, and since when it is that."""
    events: Sequence[Told]


async def told_cases(stores: Stores, now: datetime, *, progress: Progress | None = None) -> AsyncIterator[ToldCase]:
    """Every case, with what was recorded up to `now`. Raises `StoreUnavailable`."""
    until = await cut_at(stores, now)
    total, done = sum(until.values()), 0
    for shard in range(stores.installation.shards):
        async for case_id, streams in cases_until(stores, shard, until):
            happened = [
                Happened(each.position, each.hash, open_envelope(each.document))
                for stream in streams.values()
                for each in stream
            ]
            yield told_case(case_id, list(causes_first(happened)))
            done += len(happened)
            if progress is not None:
                progress(done, total)


def told_case(case_id: UUID, timeline: Sequence[Happened]) -> ToldCase:
    """One case, from its events in their order."""
    attributes: list[tuple[str, str, datetime]] = []
    told: list[Told] = []
    remedies = 0
    for event in timeline:
        type_, data = event.envelope.type, event.envelope.data
        attributes += [
            (name, str(data[field]), event.happened_at) for name, field in _OF_A_CASE.get(type_, ()) if field in data
        ]
        remedies += type_ == _PROPOSED
        told.append(_told(event, remedies))
    return ToldCase(str(case_id), attributes, told)


_PROPOSED = "casework.resolution.remedy-proposed.v1"
_OF_A_CASE: Mapping[str, Sequence[tuple[str, str]]] = {
    "casework.intake.complaint-received.v1": (("category", "category"), ("channel", "channel")),
    "casework.intake.complaint-assessed.v1": (("severity", "severity"),),
    "casework.resolution.decision-communicated.v1": (("decision", "outcome"),),
    "casework.followup.case-closed.v1": (("outcome", "outcome"),),
}
"""Type of event -> what of it an event log says of the case: (name, field). None of it is free text but the category,
which is one of the institution's."""
_PLAIN = ("kind", "purpose", "rung", "percent", "phase", "channel", "outcome", "severity", "reply", "number", "to")
"""What is taken of an event's data, where it is a word out of a closed list or a number."""


def _told(event: Happened, remedies: int) -> Told:
    envelope = event.envelope
    data = envelope.data
    attributes = {"service": envelope.source, "type": envelope.type, "hash": event.hash.hex()}
    for name in _PLAIN:
        value = data.get(name)
        if (isinstance(value, str) and _is_word(value)) or type(value) is int:
            attributes[name] = str(value)
    for name in ("policy", "ladder"):
        value = data.get(name)
        if isinstance(value, Mapping) and "id" in value:
            attributes |= {name: str(value["id"]), f"{name}_version": str(value["version"])}
    return Told(
        id=str(envelope.id),
        activity=event.words,
        step=_STEPS.get(envelope.type),
        at=event.happened_at,
        recorded_at=envelope.time,
        resource=envelope.actor.id,
        kind=envelope.actor.kind,
        group=envelope.source,
        attributes=attributes,
        about=tuple(_about(event, remedies)),
    )


def _is_word(value: str) -> bool:
    return len(value) <= 100 and value.replace("-", "").isalnum() and value.isascii() and value.islower()


def _about(event: Happened, remedies: int) -> Iterator[tuple[str, str, str]]:
    """The objects that an event concerns beside its case. Ids of demands and remedies count within their case."""
    envelope, data = event.envelope, event.envelope.data
    name = envelope.type.split(".")[2]
    case_id = str(envelope.case_id)
    if name.startswith("clock-") and "clock" in data:
        yield "clock", str(data["clock"]), name.removeprefix("clock-")
    if name.startswith("hand-off-"):
        offer = str(envelope.id) if name == "hand-off-offered" else data.get("offer_id")
        if offer is not None:
            yield "hand-off", str(offer), name.removeprefix("hand-off-")
    if name.startswith("demand-") and type(data.get("number")) is int:
        yield "demand", f"{case_id}/demand/{data['number']}", name.removeprefix("demand-")
    elif type(data.get("demand")) is int:
        yield "demand", f"{case_id}/demand/{data['demand']}", "concerns"
    if name.startswith("remedy-") and type(data.get("remedy")) is int:
        yield "remedy", f"{case_id}/remedy/{data['remedy']}", name.removeprefix("remedy-")
    elif envelope.type == _PROPOSED:
        yield "remedy", f"{case_id}/remedy/{remedies}", "proposed"
    if name in ("case-escalated", "escalation-taken") and "about" in data:
        yield "escalation", f"{case_id}/escalation/{data['about']}", "climbs" if name == "case-escalated" else "taken"
