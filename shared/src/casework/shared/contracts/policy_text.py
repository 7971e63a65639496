"""Where a mistake stands in the TOML text of a policy, for those who have to correct it.

Invariant: the place is looked up in the text after parsing, so it decides about nothing: a wrong line number is the
worst it can do. That happens when a text in triple quotes has a line that looks like a table's header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from casework.shared.errors import InvalidMessage

Location: TypeAlias = tuple[int | str, ...]
"""The way to a field: names of keys, and indexes from 0, as in `("solution", 2, "severity")`."""

_HEADER = re.compile(r"^\s*(?:\[\[([^\[\]]+)\]\]|\[([^\[\]]+)\])\s*(?:#.*)?$")


class InvalidPolicy(InvalidMessage):
    """The policy's text cannot be used. The message names the file and, where it can be told, line and field."""

    code = "invalid-policy"


def place(text: str, location: Location) -> str:
    """Where a field of a TOML text stands: ", line 12, solution 3, field severity". Raises nothing.

    A field that is missing points at the header of its table; without any header the line is left out.
    """
    lines = text.splitlines()
    tables = list(_tables(lines))
    inside = [number for number, (path, _) in enumerate(tables) if location[: len(path)] == path]
    best = max(inside, key=lambda number: len(tables[number][0]), default=None)
    path, start = tables[best] if best is not None else ((), 0)
    end = tables[best + 1][1] if best is not None and best + 1 < len(tables) else len(lines)
    rest = location[len(path) :]
    key = re.compile(rf"^\s*{re.escape(str(rest[0]))}\s*[=.]") if rest else None
    found = next((at for at in range(start, end) if key is not None and key.match(lines[at])), None)
    line = found if found is not None else start if best is not None else None
    said = "" if line is None else f", line {line + 1}"
    said += "".join(f", {name} {int(at) + 1}" for name, at in pairwise(path) if isinstance(at, int))
    field = ".".join(str(step + 1) if isinstance(step, int) else step for step in rest)
    return said + (f", field {field}" if field else "")


def _tables(lines: Sequence[str]) -> Iterator[tuple[Location, int]]:
    """Every table with the number of its header's line, from 0. `[[a.b]]` belongs to the last `[[a]]` before it."""
    current: dict[Location, int] = {}
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header is None:
            continue
        names = [name.strip() for name in (header[1] or header[2]).split(".")]
        path: Location = ()
        for name in names[:-1]:
            path += (name,)
            path += (current[path],) if path in current else ()
        path += (names[-1],)
        if header[1] is not None:
            current[path] = current.get(path, -1) + 1
            path += (current[path],)
        yield path, number
