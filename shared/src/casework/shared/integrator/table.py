"""Reads the rows of a CSV file that others wrote: plain or gzipped, columns found by name, whatever their order.

Invariant: every row comes out exactly once, in order, with the line it begins on; one that cannot be read says why,
and spoils no other.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from casework.shared.errors import InvalidMessage

_NO_VALUE = frozenset({"", "n/a", "none", "null", "?"})
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read: the line of the file where it begins (from 1), and why."""

    line: int
    reason: str


class UnknownHeader(InvalidMessage):
    """The first row does not name the columns of such a file, or names one of them twice."""

    code: ClassVar[str] = "unknown-header"


class Unreadable(ValueError):
    """One row cannot be read. The message says why, names the column, and the case by its
    reference, but never says what stands in a cell: where columns are shifted that may be anything of anybody."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind of file looks like. `columns`: a column's name in letters and digits only, and what it holds;
    others are left alone. `required`: what must be there, and its name. `expected` is said where it is not."""

    what: str
    columns: Mapping[str, str]
    required: Mapping[str, str]
    expected: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each meaning stands in a row."""

    at: Mapping[str, int]
    width: int


@contextmanager
def open_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """The file as text. Raises OSError when it cannot be opened."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if zipped else raw
        # surrogateescape: bytes that are not UTF-8 must spoil their row, not the file.
        with io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield text


def rows_of(file: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | Unreadable]]:
    """Each row with the line it begins on, the header first; blank lines are no rows."""
    reader = csv.reader(file)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # The reader takes up again at the next line.
            yield line, Unreadable(f"not a CSV row: {error}")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield line, Unreadable(f"the compressed file is damaged, nothing can be read from here on: {error}")
            return
        else:
            if row:
                yield line, row


def columns_of(first: tuple[int, list[str] | Unreadable], layout: Layout) -> Columns:
    """Where the columns are, by the header. Raises `UnknownHeader`."""
    names = [] if isinstance(first[1], Unreadable) else first[1]
    at: dict[str, int] = {}
    for index, name in enumerate(names):
        meaning = layout.columns.get(re.sub(r"[\W_]", "", name).lower())
        if meaning in at:
            raise UnknownHeader(f"The header names {name!r} twice, as column {at[meaning] + 1} and {index + 1}.")
        if meaning is not None:
            at[meaning] = index
    if missing := [name for meaning, name in layout.required.items() if meaning not in at]:
        raise UnknownHeader(
            f"This is not a header of {layout.what}: {', '.join(missing)} not found. Columns found: "
            f"{', '.join(names) or 'none'}. Expected {layout.expected}, as the first row."
        )
    return Columns(at, len(names))


def cells_of(row: list[str] | Unreadable, columns: Columns) -> dict[str, str]:
    """What the row says, by meaning, without the many spellings of saying nothing. Raises `Unreadable`."""
    if isinstance(row, Unreadable):
        raise row
    if len(row) != columns.width:
        raise Unreadable(f"{len(row)} fields, but the header has {columns.width}")
    cells = {meaning: row[index] for meaning, index in columns.at.items()}
    for meaning, text in cells.items():
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise Unreadable(f"{meaning} is not UTF-8 text")
        if "\x00" in text:
            raise Unreadable(f"{meaning} contains a NUL character")
    return {meaning: text for meaning, text in cells.items() if text.strip().lower() not in _NO_VALUE}


def needed(cells: Mapping[str, str], layout: Layout) -> None:
    """Raises `Unreadable` when the row says nothing in a column that is required."""
    if missing := [name for meaning, name in layout.required.items() if meaning not in cells]:
        raise Unreadable(f"no {' and no '.join(missing)}")
