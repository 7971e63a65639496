"""The event log as XES (IEEE 1849-2023): a trace a case, an event for each of Casework's, in the order of the record.

`time:timestamp` is when it happened; `recorded` when that was recorded, where it differs. Each event is atomic, so its
lifecycle transition is `complete`. Attributes without a prefix are Casework's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

from casework.shared.audit.event_logs import Told, ToldCase
from casework.shared.contracts.types import rfc3339

_EXTENSIONS = (("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"), ("Organizational", "org"))


async def xes_lines(cases: AsyncIterator[ToldCase], installation: str) -> AsyncIterator[str]:
    """The document, piece by piece. Raises what reading the cases does."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<log xmlns="http://www.xes-standard.org/" xes.version="1849.2023" xes.features="">\n'
    for name, prefix in _EXTENSIONS:
        yield f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>\n'
    yield f'<global scope="trace">{_string("concept:name", "unknown")}</global>\n'
    yield (
        f'<global scope="event">{_string("concept:name", "unknown")}{_date("time:timestamp", _EPOCH)}'
        f"{_string('lifecycle:transition', 'complete')}{_string('org:resource', 'unknown')}</global>\n"
    )
    yield '<classifier name="Activity" keys="concept:name"/>\n<classifier name="Resource" keys="org:resource"/>\n'
    yield f"{_string('concept:name', 'Casework')}{_string('lifecycle:model', 'standard')}"
    yield f"{_string('installation', installation)}\n"
    async for case in cases:
        yield "".join(_trace(case))
    yield "</log>\n"


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _trace(case: ToldCase) -> Iterator[str]:
    yield f"<trace>{_string('concept:name', case.id)}"
    # As the case was at last; a key stands once in a component.
    for name, value in {name: value for name, value, _ in case.attributes}.items():
        yield _string(name, value)
    for event in case.events:
        yield "\n" + "".join(_event(event))
    yield "</trace>\n"


def _event(event: Told) -> Iterator[str]:
    yield "<event>"
    yield _string("concept:name", event.activity)
    yield _date("time:timestamp", event.at)
    yield _string("lifecycle:transition", "complete")
    yield _string("org:resource", event.resource)
    yield _string("org:group", event.group)
    yield _string("resourcekind", event.kind)
    yield _string("eventid", event.id)
    if event.step is not None:
        yield _string("iso10002", event.step)
    if event.recorded_at != event.at:
        yield _date("recorded", event.recorded_at)
    for name, value in event.attributes.items():
        yield _string(name, value)
    for kind, id_ in {kind: id_ for kind, id_, _ in event.about}.items():
        yield _string(f"about-{kind}", id_)
    yield "</event>"


def _string(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(''.join(map(_legal, value)))}/>"


def _date(key: str, at: datetime) -> str:
    return f'<date key={quoteattr(key)} value="{rfc3339(at)}"/>'


def _legal(character: str) -> str:
    """XML has no way at all to write most control characters."""
    code = ord(character)
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
    return character if legal else "\N{REPLACEMENT CHARACTER}"
