"""Reads complaint files of the US Consumer Financial Protection Bureau (CFPB) as posts.

Invariant: every row of the file comes out exactly once, in order, as a `ComplaintPost` or as a `BadRow` that
says why not; memory does not grow with the file.

Three header dialects are known (the export of 18 columns, the API's names, the older export of 14), told
apart by nothing but the names of their columns, whatever their order. A column `Language` may be added.

Dates are ISO 8601 or written with slashes. Slashed dates of one file are all of one order. It is month first,
as the CFPB writes, unless most of the first hundred dates that can only be read one way are day first
(29/2/2016). A date of the other order in that file is a bad row: guessing row by row would swap days and
months in silence. Years of two digits are of this century. A date alone means midnight UTC.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import ClassVar

from casework.shared.contracts.types import Fact
from casework.shared.errors import InvalidMessage
from casework.shared.integrator.posts import MAX_WORDS, Channel, ComplaintPost, Language

_COLUMNS: Mapping[str, str] = {
    "complaintid": "complaint_id",
    "datereceived": "date_received",
    "datesenttocompany": "date_sent_to_company",
    "product": "product",
    "subproduct": "sub_product",
    "issue": "issue",
    "subissue": "sub_issue",
    "consumercomplaintnarrative": "narrative",
    "complaintwhathappened": "narrative",
    "company": "company",
    "companyresponsetoconsumer": "company_response",
    "companyresponse": "company_response",
    "companypublicresponse": "company_public_response",
    "consumerconsentprovided": "consumer_consent",
    "timelyresponse": "timely_response",
    "timely": "timely_response",
    "consumerdisputed": "consumer_disputed",
    "submittedvia": "submitted_via",
    "zipcode": "zip_code",
    "state": "state",
    "tags": "tags",
    "language": "language",
}
"""A column's name in letters and digits only, and what it holds. Columns not named here are left alone."""

_REQUIRED = {"complaint_id": "Complaint ID", "date_received": "Date received", "product": "Product"}
_FACTS = (
    *("sub_product", "sub_issue", "company_response", "company_public_response", "timely_response"),
    *("consumer_disputed", "consumer_consent", "state", "zip_code", "tags"),
)
_NO_VALUE = frozenset({"", "n/a", "none", "null", "?"})
_CHANNELS: Mapping[str, Channel] = {
    **{"web": "web", "phone": "phone", "email": "email", "fax": "fax", "postal mail": "letter"},
    **{"referral": "referral", "web referral": "referral"},
    **{"letter": "letter", "counter": "counter", "chat": "chat", "api": "api"},
}
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", re.ASCII)
_TELLING_DATES = 100
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read: the line of the file where it begins (from 1), and why."""

    line: int
    reason: str


class UnknownHeader(InvalidMessage):
    """The first row does not name the columns of a CFPB file, or names one of them twice."""

    code: ClassVar[str] = "unknown-header"


class _Unreadable(ValueError):
    """One row cannot be read; the message says why."""


def read_cfpb(path: Path, limit: int | None = None, *, source: str = "cfpb") -> Iterator[ComplaintPost | BadRow]:
    """The first `limit` rows (all by default) of a CSV file, plain or gzipped. `source` names the posting system.

    The file is read twice, since dates need to be understood before the first row. Raises `UnknownHeader`
    instead of the first row, and OSError when the file cannot be opened.
    """
    with _open(path) as file:
        rows = _rows(file)
        columns = _columns(next(rows, (1, [])))
        day_first = _is_day_first(rows, columns)
    with _open(path) as file:
        for line, row in islice(_rows(file), 1, None if limit is None else limit + 1):
            try:
                yield _post(_cells(row, columns), day_first, source)
            except _Unreadable as error:
                yield BadRow(line, str(error))


@contextmanager
def _open(path: Path) -> Iterator[io.TextIOWrapper]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if zipped else raw
        # surrogateescape: bytes that are not UTF-8 must spoil their row, not the file.
        with io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield text


def _rows(file: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | _Unreadable]]:
    """Each row with the line it begins on, the header first; blank lines are no rows."""
    reader = csv.reader(file)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # The reader takes up again at the next line.
            yield line, _Unreadable(f"not a CSV row: {error}")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield line, _Unreadable(f"the compressed file is damaged, nothing can be read from here on: {error}")
            return
        else:
            if row:
                yield line, row


@dataclass(frozen=True, slots=True)
class _Columns:
    at: Mapping[str, int]
    width: int


def _columns(first: tuple[int, list[str] | _Unreadable]) -> _Columns:
    names = [] if isinstance(first[1], _Unreadable) else first[1]
    at: dict[str, int] = {}
    for index, name in enumerate(names):
        meaning = _COLUMNS.get(re.sub(r"[\W_]", "", name).lower())
        if meaning in at:
            raise UnknownHeader(f"The header names {name!r} twice, as column {at[meaning] + 1} and {index + 1}.")
        if meaning is not None:
            at[meaning] = index
    if missing := [name for meaning, name in _REQUIRED.items() if meaning not in at]:
        raise UnknownHeader(
            f"This is not a header of a CFPB file: {', '.join(missing)} not found. Columns found: "
            f"{', '.join(names) or 'none'}. Expected the names of the CFPB's export (Complaint ID, Date received, "
            "Product, ...) or of its API (complaint_id, date_received, product, ...), as the first row."
        )
    return _Columns(at, len(names))


def _cells(row: list[str] | _Unreadable, columns: _Columns) -> dict[str, str]:
    """What the row says, by meaning, without the many spellings of saying nothing."""
    if isinstance(row, _Unreadable):
        raise row
    if len(row) != columns.width:
        raise _Unreadable(f"{len(row)} fields, but the header has {columns.width}")
    cells = {meaning: row[index] for meaning, index in columns.at.items()}
    for meaning, text in cells.items():
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise _Unreadable(f"{meaning} is not UTF-8 text")
        if "\x00" in text:
            raise _Unreadable(f"{meaning} contains a NUL character")
    return {meaning: text for meaning, text in cells.items() if text.strip().lower() not in _NO_VALUE}


def _post(cells: dict[str, str], day_first: bool, source: str) -> ComplaintPost:
    if missing := [name for meaning, name in _REQUIRED.items() if meaning not in cells]:
        raise _Unreadable(f"no {' and no '.join(missing)}")
    words = cells.pop("narrative", None)
    if words is not None and len(words) > MAX_WORDS:
        raise _Unreadable(f"a narrative of {len(words):,} characters; at most {MAX_WORDS:,} can be posted")
    said = {meaning: text.strip() for meaning, text in cells.items()}
    facts = [Fact(name=name, value=said[name]) for name in _FACTS if name in said]
    if "date_sent_to_company" in said:
        sent = _date(said["date_sent_to_company"], day_first)
        # The day as the file writes it: the three dialects must give one fact for one complaint.
        facts.append(Fact(name="date_sent_to_company", value=sent.date().isoformat()))
    return ComplaintPost(
        source=source,
        source_reference=said["complaint_id"],
        channel=_channel(said.get("submitted_via")),
        received_at=_date(said["date_received"], day_first),
        language=_language(said.get("language")),
        category=_category(said["product"]),
        organisation=said.get("company"),
        issue=said.get("issue"),
        words=words,
        facts=tuple(facts),
    )


def _is_day_first(rows: Iterable[tuple[int, list[str] | _Unreadable]], columns: _Columns) -> bool:
    balance = telling = 0
    for _, row in rows:
        if isinstance(row, _Unreadable) or len(row) != columns.width:
            continue
        for meaning in ("date_received", "date_sent_to_company"):
            text = row[columns.at[meaning]].strip() if meaning in columns.at else ""
            if match := _SLASHED.fullmatch(text):
                first, second = int(match[1]), int(match[2])
                if (first > 12) != (second > 12):
                    balance += 1 if first > 12 else -1
                    telling += 1
            elif _is_iso(text):
                return False  # One style a file: no slashes will come.
        if telling >= _TELLING_DATES:
            break
    return balance > 0


def _is_iso(text: str) -> bool:
    return len(text) >= 10 and text[4] == text[7] == "-"


def _date(text: str, day_first: bool) -> datetime:
    with suppress(ValueError):
        instant = _instant(text, day_first)
        if 1900 <= instant.year < 2200:  # Also keeps clear of the ends of the calendar, where zones overflow.
            return instant
    order = "day/month/year" if day_first else "month/day/year"
    raise _Unreadable(f"{text!r} is not a date; this file writes {order} or ISO 8601")


def _instant(text: str, day_first: bool) -> datetime:
    if match := _SLASHED.fullmatch(text):
        first, second, year = (int(part) for part in match.groups())
        day, month = (first, second) if day_first else (second, first)
        return datetime(year + 2000 if len(match[3]) == 2 else year, month, day, tzinfo=UTC)
    if not _is_iso(text):
        raise ValueError
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _channel(text: str | None) -> Channel:
    """A complaint whose file does not say how it came has come through an integrator's interface."""
    if text is None:
        return "api"
    if (channel := _CHANNELS.get(text.lower())) is None:
        raise _Unreadable(f"{text!r} is not a way to submit a complaint; known are {', '.join(_CHANNELS)}")
    return channel


def _language(text: str | None) -> Language:
    if text is None or text.lower() == "en":
        return "en"
    if text.lower() == "zh":
        return "zh"
    raise _Unreadable(f"{text!r} is not a language Casework speaks; known are en, zh")


def _category(product: str) -> str:
    """One spelling for one product: the CFPB wrote `Consumer Loan` and `Consumer loan` in different years."""
    first, *others = product.split()
    return " ".join([first, *(word.lower() if word.istitle() else word for word in others)])
