"""Write the catalogue of events for people: `python -m casework.shared.http.event_catalogue FILE SAMPLES`.

Invariant: every line is taken from the registry, the schemas, the stored samples and the reactors, so the catalogue
says what is true.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, dataschema, json_schema, service_of
from casework.shared.http.export import described_runtimes
from casework.shared.inbox.reactor import Reactor

_HEAD = """# Events

What the four services record and publish on `casework.events.v1`, type by type. Written by `make schemas` from the \
code; nobody edits it.

Each event is a CloudEvents 1.0 document in canonical JSON, in structured mode, keyed by its case. How to read the \
topic, and what to do when something is missing, is in [integrators.md](integrators.md).

**Order.** Events of one case from one service come in the order of `streamversion`, without holes. Between services \
no event comes before the one that caused it, to who holds back what names a cause not seen yet (`causesource`, \
`causeposition`). Nothing is promised between cases.

**Retry.** A record may come again, after a restart by the thousand: its `id` says that you have it, and so do its \
source, shard and position. What Kafka lost is sent again from the stores; what you lost is in the feed, \
`GET /v1/feeds/{service}`. An event is never changed and never taken back: what corrects it is another event.

**Cause.** `causationid` is the id of the event that brought this one about, or of the request where a person did. \
From what a person asked for, go on to the event before it in the same stream (`prevhash`), on which it was decided: \
every walk back ends at the receipt, whose id is the `correlationid` of all.

**Versions.** A type's fields only grow by optional ones: what breaks a reader gets a new version in its name, and CI \
refuses anything else (`make compatible`). The JSON Schema of each is served at the address that `dataschema` names.

`sealed` values are personal and open only with the person's key.
"""


def catalogue(reactors: Mapping[ServiceName, Reactor[Any, Any]], samples: Path) -> str:
    """The Markdown text. `reactors` say which service reads what; followup reads everything, for the status. `samples`
    is the folder with a stored sample of each type's data."""
    lines = [_HEAD]
    for service in SERVICES:
        types = [name for name in sorted(EVENT_TYPES) if service_of(name) == service]
        lines.append(f"## {service}\n")
        lines += [line for name in types for line in _one(name, service, reactors, samples)]
    return "\n".join(lines)


def _one(
    name: str, service: ServiceName, reactors: Mapping[ServiceName, Reactor[Any, Any]], samples: Path
) -> Iterator[str]:
    payload = EVENT_TYPES[name]
    readers = [other for other in SERVICES if other != service and reactors[other].cares_for(name)]
    yield f"### `{name}`\n"
    yield (inspect.getdoc(payload) or "").replace("\n", " ").strip() + "\n"
    yield (
        f"Sent by: {service}. Read by: {', '.join(readers) or 'nobody beside the status and the auditors'}. "
        f"Schema: `{dataschema(name)}`.\n"
    )
    schema = json_schema(name)
    fields: Mapping[str, Any] = schema.get("properties", {})
    if fields:
        yield "| field | what it is | |\n|---|---|---|"
        wanted = set(schema.get("required", ()))
        for field, kind in fields.items():
            yield f"| `{field}` | {_kind(kind, schema)} | {'' if field in wanted else 'optional'} |"
        yield ""
    sample = json.loads((samples / f"{name}.json").read_bytes())
    yield f"```json\n{json.dumps(sample, ensure_ascii=False)}\n```\n"


def _kind(kind: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        name = str(kind["$ref"]).rpartition("/")[2]
        found = schema["$defs"][name]
        return "sealed" if name == "Sealed" else (_kind(found, schema) if "properties" not in found else f"`{name}`")
    if "const" in kind:
        return f"`{kind['const']}`"
    if "enum" in kind:
        return ", ".join(f"`{each}`" for each in kind["enum"])
    for several in ("anyOf", "oneOf"):
        if several in kind:
            return " or ".join(dict.fromkeys(_kind(each, schema) for each in kind[several]))
    match kind.get("type"):
        case "array":
            return f"list of {_kind(kind.get('items', {}), schema)}"
        case "string":
            return {"uuid": "id", "date": "day", "date-time": "instant"}.get(str(kind.get("format")), "text")
        case "integer":
            return "whole number"
        case "boolean":
            return "yes or no"
        case other:
            return str(other or "any")


def current(samples: Path) -> str:
    """The catalogue of this release."""
    return catalogue({runtime.name: runtime.reactor for runtime in described_runtimes()}, samples)


def main(arguments: Sequence[str]) -> int:
    """The command line: the file to write, and the folder of samples. Returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m casework.shared.http.event_catalogue FILE SAMPLES", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(current(Path(arguments[1])), encoding="utf-8")
    print(arguments[0])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
