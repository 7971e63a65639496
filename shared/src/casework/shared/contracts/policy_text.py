"""The TOML text of a policy: reading it, and where a mistake stands in it, for those who have to correct it.

Invariant: the place is looked up in the text after parsing, so it decides about nothing: a wrong line number is the
worst it can do. That happens when a text in triple quotes has a line that looks like a table's header.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from casework.shared.errors import FieldError, InvalidMessage

T = TypeVar("T")
Location: TypeAlias = tuple[int | str, ...]
"""The way to a field: names of keys, and indexes from 0, as in `("solution", 2, "severity")`."""

_HEADER = re.compile(r"^\s*(?:\[\[([^\[\]]+)\]\]|\[([^\[\]]+)\])\s*(?:#.*)?$")


class InvalidPolicy(InvalidMessage):
    """The policy's text cannot be used. The message names the file and, where it can be told, line and field."""

    code = "invalid-policy"


def read_toml(text: str, file_name: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises `InvalidPolicy`; `file_name` is for its message only."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"{file_name}: not TOML: {error}. Correct the text at that place.") from None


def read_typed(text: str, file_name: str, adapter: TypeAdapter[T]) -> T:
    """The whole document of a TOML text as a value. Raises `InvalidPolicy` with file, line and field of the first
    mistake, and all of them as `errors`: a wrong type, a missing or an unknown key."""
    try:
        # By way of JSON, where strict means no coercion ("8" is not 8) and yet lists and tables are taken.
        document = json.dumps(read_toml(text, file_name), default=str)
        return adapter.validate_json(document, strict=True, extra="forbid")
    except ValidationError as error:
        found = tuple(FieldError("/" + "/".join(map(str, item["loc"])), item["msg"]) for item in error.errors())
        where = place(text, error.errors()[0]["loc"])
        raise InvalidPolicy(f"{file_name}{where}: {found[0].detail}", found) from None


def place(text: str, location: Location) -> str:
    """Where a field of a TOML text stands: ", line 12, solution 3, field severity". Raises nothing."""
    line, table, rest = _find(text.splitlines(), location)
    said = "" if line is None else f", line {line + 1}"
    said += "".join(f", {name} {int(at) + 1}" for name, at in pairwise(table) if isinstance(at, int))
    field = ".".join(str(step + 1) if isinstance(step, int) else step for step in rest)
    return said + (f", field {field}" if field else "")


def line_of(text: str, location: Location) -> int | None:
    """The line of a field, from 0. A missing field points at the header of its table; None without any header."""
    return _find(text.splitlines(), location)[0]


def _find(lines: Sequence[str], location: Location) -> tuple[int | None, Location, Location]:
    """The line, the way to the innermost table that has a header, and the way on from there to the field."""
    tables = list(_tables(lines))
    inside = [number for number, (path, _) in enumerate(tables) if location[: len(path)] == path]
    best = max(inside, key=lambda number: len(tables[number][0]), default=None)
    path, start = tables[best] if best is not None else ((), 0)
    # Before the first header stand the fields of no table.
    following = 0 if best is None else best + 1
    end = tables[following][1] if following < len(tables) else len(lines)
    rest = location[len(path) :]
    key = re.compile(rf"^\s*{re.escape(str(rest[0]))}\s*[=.]") if rest else None
    found = next((at for at in range(start, end) if key is not None and key.match(lines[at])), None)
    return (found if found is not None else start if best is not None else None), path, rest


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
