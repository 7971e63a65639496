"""Write the catalogue of events for people: `python -m casework.shared.http.event_catalogue FILE`.

Invariant: every line is taken from the registry, the schemas and the reactors, so the catalogue says what is true.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import EVENT_TYPES, json_schema, service_of
from casework.shared.http.export import described_runtimes
from casework.shared.inbox.reactor import Reactor

_HEAD = """# Events

What the four services record and publish on `casework.events.v1`, type by type. Written by `make schemas` from the \
code; nobody edits it.

Each event is a CloudEvents 1.0 document in canonical JSON, keyed by its case. Events of one case come from \
one service in the order of `streamversion`, and never before the event that caused them; readers drop what \
they have. A type's fields only grow by optional ones: what breaks a reader gets a new version in its name. \
The JSON Schemas are in `schemas/<type without version>/<version>.json` and are served at `/schemas/...`; a \
sample of each is in `schemas/samples/`.

`sealed` values are personal and open only with the person's key.
"""


def catalogue(reactors: Mapping[ServiceName, Reactor[Any, Any]]) -> str:
    """The Markdown text. `reactors` say which service reads what; followup reads everything, for the status."""
    lines = [_HEAD]
    for service in SERVICES:
        types = [name for name in sorted(EVENT_TYPES) if service_of(name) == service]
        lines.append(f"## {service}\n")
        lines += [line for name in types for line in _one(name, service, reactors)]
    return "\n".join(lines)


def _one(name: str, service: ServiceName, reactors: Mapping[ServiceName, Reactor[Any, Any]]) -> Iterator[str]:
    payload = EVENT_TYPES[name]
    readers = [other for other in SERVICES if other != service and reactors[other].cares_for(name)]
    yield f"### `{name}`\n"
    yield (inspect.getdoc(payload) or "").replace("\n", " ").strip() + "\n"
    yield f"Read by: {', '.join(readers) or 'nobody beside the status and the auditors'}.\n"
    schema = json_schema(name)
    fields: Mapping[str, Any] = schema.get("properties", {})
    if fields:
        yield "| field | what it is | |\n|---|---|---|"
        wanted = set(schema.get("required", ()))
        for field, kind in fields.items():
            yield f"| `{field}` | {_kind(kind, schema)} | {'' if field in wanted else 'optional'} |"
        yield ""


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


def current() -> str:
    """The catalogue of this release."""
    return catalogue({runtime.name: runtime.reactor for runtime in described_runtimes()})


def main(arguments: Sequence[str]) -> int:
    """The command line: one argument, the file. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m casework.shared.http.event_catalogue FILE", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(current(), encoding="utf-8")
    print(arguments[0])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
