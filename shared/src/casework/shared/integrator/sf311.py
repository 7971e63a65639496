"""Reads the service requests of San Francisco's 311 as recorded histories.

Invariant: every row of the file comes out exactly once, in order, as a `History` or as a `BadRow` that says why not.

| step of the case                    | in the file                                                                  |
|-------------------------------------|------------------------------------------------------------------------------|
| received, acknowledged, assessed,   | created_date: the caller is given a number, and the request goes to an       |
| offered to investigation            | agency at once; agency_name is the organisation and who holds it             |
| accepted by the agency              | Closed: closed_date; Open: resolution_action_updated_date, if it is later    |
| finding, conclusion, handed to      | closed_date, where status is Closed                                          |
| resolution and accepted, remedy     |                                                                              |
| (explanation), decision, handed to  |                                                                              |
| follow-up and accepted, closed      |                                                                              |

Left out: when an agency began (the file does not say); status_notes (they name staff and telephone numbers);
addresses, places on the map and pictures; everything between opening and closing but the last update of an open
request. The file says nothing of severity or outcome: all are medium and simple, all decisions are recorded as upheld.

A row that is closed before it opened, or last acted upon before it opened, is posted with these times and refused by
the receiver, which says so. A status that does not go with closed_date makes the row unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from casework.shared.contracts.types import Fact
from casework.shared.integrator.histories import History, Life
from casework.shared.integrator.posts import Channel, ComplaintPost, PostedHistory
from casework.shared.integrator.table import (
    BadRow,
    Layout,
    Unreadable,
    cells_of,
    columns_of,
    needed,
    open_text,
    rows_of,
)

_FACTS = ("descriptor", "supervisor_district", "neighborhood", "police_district", "source")
_MEANINGS = (
    *("unique_key", "created_date", "closed_date", "resolution_action_updated_date", "status", "agency_name"),
    *("category", "complaint_type", *_FACTS),
)
_LAYOUT = Layout(
    "a file of San Francisco's 311",
    {re.sub(r"[\W_]", "", meaning): meaning for meaning in _MEANINGS},
    {meaning: meaning for meaning in ("unique_key", "created_date", "status", "category")},
    "unique_key, created_date, closed_date, status, agency_name, category, ...",
)
_CHANNELS: Mapping[str, Channel] = {
    **{"phone": "phone", "web": "web", "mobile/open311": "web", "twitter": "chat", "email": "email"},
    **{"integrated agency": "referral", "other department": "referral"},
}


def read_sf311(path: Path, limit: int | None = None, *, source: str = "sf311") -> Iterator[History | BadRow]:
    """The first `limit` rows (all by default) of a file, plain or gzipped. `source` names the posting system.

    Raises `UnknownHeader` instead of the first row, and OSError when the file cannot be opened.
    """
    with open_text(path) as file:
        rows = rows_of(file)
        columns = columns_of(next(rows, (1, [])), _LAYOUT)
        for line, row in islice(rows, limit):
            try:
                yield _history(line, {name: text.strip() for name, text in cells_of(row, columns).items()}, source)
            except Unreadable as error:
                yield BadRow(line, str(error))


def _history(line: int, said: Mapping[str, str], source: str) -> History:
    needed(said, _LAYOUT)
    created_at, closed_at = _time(said, "created_date"), _time(said, "closed_date")
    updated_at = _time(said, "resolution_action_updated_date")
    assert created_at is not None
    is_closed = said["status"].lower() == "closed"
    if not is_closed and said["status"].lower() != "open":
        raise Unreadable("status is neither Open nor Closed")
    if is_closed != (closed_at is not None):
        raise Unreadable(
            f"status {said['status']} contradicts closed_date, which is {'empty' if is_closed else 'given'}"
        )
    channel = _channel(said.get("source"))
    post = ComplaintPost(
        source=source,
        source_reference=said["unique_key"],
        channel=channel,
        received_at=created_at,
        language="en",
        organisation=said.get("agency_name"),
        category=said["category"],
        issue=said.get("complaint_type"),
        facts=tuple(Fact(name=name, value=said[name]) for name in _FACTS if name in said),
        history=PostedHistory(first_step_at=None if is_closed else updated_at, closed_at=closed_at),
    )
    life = Life(channel)
    if all(at is None or at >= created_at for at in (closed_at, None if is_closed else updated_at)):
        _live(life, said.get("agency_name", "an agency"), created_at, updated_at, closed_at)
    return History(post=post, steps=tuple(life.steps), line=line)


def _live(
    life: Life, agency: str, created_at: datetime, updated_at: datetime | None, closed_at: datetime | None
) -> None:
    life.acknowledged(created_at, f"The request goes to {agency}.")
    life.assessed(created_at, severity="medium", complexity="simple", urgent=False, reason="As it was filed.")
    life.offered(created_at, f"For {agency}.")
    if closed_at is not None:
        life.accepted(closed_at, agency)
        life.investigated(closed_at, f"{agency} has dealt with the request.")
        life.decided(closed_at, "explanation", "The request was dealt with.")
        life.closed(closed_at, closed_at, "Closed by the agency.")
    elif updated_at is not None and updated_at > created_at:
        life.accepted(updated_at, agency)


def _time(said: Mapping[str, str], name: str) -> datetime | None:
    if name not in said:
        return None
    try:
        instant = datetime.fromisoformat(said[name])
    except ValueError:
        raise Unreadable(f"{name} is not a time as in 2016-07-13 15:11:07+00:00") from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _channel(text: str | None) -> Channel:
    if text is None:
        return "api"
    if (channel := _CHANNELS.get(text.lower())) is None:
        raise Unreadable(f"source is not a way to make a request; known are {', '.join(_CHANNELS)}")
    return channel
