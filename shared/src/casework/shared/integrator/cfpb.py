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

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from casework.shared.contracts.types import Fact
from casework.shared.integrator.posts import MAX_WORDS, Channel, ComplaintPost, Language
from casework.shared.integrator.table import (
    BadRow,
    Columns,
    Layout,
    Unreadable,
    cells_of,
    columns_of,
    needed,
    open_text,
    rows_of,
)

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

_LAYOUT = Layout(
    "a CFPB file",
    _COLUMNS,
    {"complaint_id": "Complaint ID", "date_received": "Date received", "product": "Product"},
    "the names of the CFPB's export (Complaint ID, Date received, Product, ...) or of its API (complaint_id, "
    "date_received, product, ...)",
)
_FACTS = (
    *("sub_product", "sub_issue", "company_response", "company_public_response", "timely_response"),
    *("consumer_disputed", "consumer_consent", "state", "zip_code", "tags"),
)
_CHANNELS: Mapping[str, Channel] = {
    **{"web": "web", "phone": "phone", "email": "email", "fax": "fax", "postal mail": "letter"},
    **{"referral": "referral", "web referral": "referral"},
    **{"letter": "letter", "counter": "counter", "chat": "chat", "api": "api"},
}
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", re.ASCII)
_TELLING_DATES = 100


def read_cfpb(path: Path, limit: int | None = None, *, source: str = "cfpb") -> Iterator[ComplaintPost | BadRow]:
    """The first `limit` rows (all by default) of a CSV file, plain or gzipped. `source` names the posting system.

    The file is read twice, since dates need to be understood before the first row. Raises `UnknownHeader`
    instead of the first row, and OSError when the file cannot be opened.
    """
    with open_text(path) as file:
        rows = rows_of(file)
        columns = columns_of(next(rows, (1, [])), _LAYOUT)
        day_first = _is_day_first(rows, columns)
    with open_text(path) as file:
        for line, row in islice(rows_of(file), 1, None if limit is None else limit + 1):
            try:
                yield _post(cells_of(row, columns), day_first, source)
            except Unreadable as error:
                yield BadRow(line, str(error))


def _post(cells: dict[str, str], day_first: bool, source: str) -> ComplaintPost:
    needed(cells, _LAYOUT)
    words = cells.pop("narrative", None)
    if words is not None and len(words) > MAX_WORDS:
        raise Unreadable(f"a narrative of {len(words):,} characters; at most {MAX_WORDS:,} can be posted")
    said = {meaning: text.strip() for meaning, text in cells.items()}
    facts = [Fact(name=name, value=said[name]) for name in _FACTS if name in said]
    if "date_sent_to_company" in said:
        sent = _date("date_sent_to_company", said, day_first)
        # The day as the file writes it: the three dialects must give one fact for one complaint.
        facts.append(Fact(name="date_sent_to_company", value=sent.date().isoformat()))
    return ComplaintPost(
        source=source,
        source_reference=said["complaint_id"],
        channel=_channel(said.get("submitted_via")),
        received_at=_date("date_received", said, day_first),
        language=_language(said.get("language")),
        category=_category(said["product"]),
        organisation=said.get("company"),
        issue=said.get("issue"),
        words=words,
        facts=tuple(facts),
    )


def _is_day_first(rows: Iterable[tuple[int, list[str] | Unreadable]], columns: Columns) -> bool:
    balance = telling = 0
    for _, row in rows:
        if isinstance(row, Unreadable) or len(row) != columns.width:
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


def _date(name: str, said: Mapping[str, str], day_first: bool) -> datetime:
    with suppress(ValueError):
        instant = _instant(said[name], day_first)
        if 1900 <= instant.year < 2200:  # Also keeps clear of the ends of the calendar, where zones overflow.
            return instant
    order = "day/month/year" if day_first else "month/day/year"
    raise Unreadable(f"{name} is not a date; this file writes {order} or ISO 8601")


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
        raise Unreadable(f"submitted_via is not a way to submit a complaint; known are {', '.join(_CHANNELS)}")
    return channel


def _language(text: str | None) -> Language:
    if text is None or text.lower() == "en":
        return "en"
    if text.lower() == "zh":
        return "zh"
    raise Unreadable("language is not one Casework speaks; known are en, zh")


def _category(product: str) -> str:
    """One spelling for one product: the CFPB wrote `Consumer Loan` and `Consumer loan` in different years."""
    first, *others = product.split()
    return " ".join([first, *(word.lower() if word.istitle() else word for word in others)])
