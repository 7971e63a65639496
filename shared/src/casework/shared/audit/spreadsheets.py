"""The event log as CSV (RFC 4180), for spreadsheets; and what keeps a cell from being taken for a formula there.

Invariant: no cell begins with a character by which a spreadsheet program knows a formula or a command, whoever chose
the text: an actor may be called `=cmd`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from casework.shared.audit.event_logs import ToldCase
from casework.shared.contracts.types import rfc3339

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
              "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
HEADINGS = (
    *("case_id", "activity", "iso10002", "happened_at", "recorded_at", "resource", "resource_kind", "service"),
    *("event_id", "type", "hash"),
)


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it; NUL, which ends a cell early, is gone."""
    dangerous = cell.lstrip(" \N{NO-BREAK SPACE}").startswith(_DANGEROUS)
    return ("'" if dangerous else "") + cell.replace("\x00", "")


async def csv_lines(cases: AsyncIterator[ToldCase]) -> AsyncIterator[str]:
    """The document, piece by piece. Raises what reading the cases does."""
    yield _rows([HEADINGS])
    async for case in cases:
        yield _rows(
            [
                (
                    *(case.id, event.activity, event.step or "", rfc3339(event.at), rfc3339(event.recorded_at)),
                    *(event.resource, event.kind, event.group, event.id),
                    *(event.attributes["type"], event.attributes["hash"]),
                )
                for event in case.events
            ]
        )


def _rows(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    # Every cell in quotes: a spreadsheet then takes none for a number or a date of its own making.
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [[guarded(c) for c in row] for row in rows]
    )
    return text.getvalue()
