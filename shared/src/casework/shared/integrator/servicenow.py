"""Reads an incident log of ServiceNow as recorded histories.

Invariant: every row belongs to one case that comes out once, in the order of the file, as a `History` with all its
rows, or is told of in a `BadRow`. Rows of one case stand together. One unreadable row makes its case unreadable.

The log has a row for each change of an incident, with its state after it; times are day/month/year, taken as UTC.

| step of the case              | in the log                                                                     |
|-------------------------------|--------------------------------------------------------------------------------|
| received                      | opened_at; the complainant is caller_id                                        |
| acknowledged                  | the first row: sys_updated_at                                                  |
| assessed                      | the first row that names an assignment_group (else the first row); priority    |
|                               | Critical and High are high, Moderate is medium, Low is low; complex where more |
|                               | than one group had it before it was resolved                                   |
| offered to investigation      | with the assessment                                                            |
| declined, and offered again   | each change of assignment_group before the first row Resolved or Closed        |
| accepted                      | the first row of the last of those groups whose state is not New               |
| finding, conclusion, handed to resolution and accepted, remedy (repair), decision communicated                 |
|                               | the first row Resolved or Closed; the last time resolved_at, where it is given |
| decision contested            | a row in another state after Resolved                                          |
| handed to follow-up, accepted | with the last decision before a row Closed                                     |
| closed                        | the row Closed; the last time closed_at                                        |
| reopened                      | a row in another state after Closed                                            |

A round that begins with a contestation or a reopening ends with the next decision.

Left out: rows that change neither state nor group as above; the states Awaiting User Info, Problem, Vendor and
Evidence (nothing here pauses a case yet); changes of group after the first resolution and of the person assigned;
who made each change; made_sla as a judgement (it is kept as a fact). The log says nothing of an outcome or of the
words of an answer: all decisions are recorded as upheld, with the closed_code.

A case whose times contradict each other (closed_at or resolved_at or an update before opened_at) is posted with
these times, and refused by the receiver, which says which lies before which. Rows out of their own order
(sys_mod_count or sys_updated_at goes back) and rows that disagree on opened_at, resolved_at or closed_at make their
case unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice, pairwise
from pathlib import Path

from casework.shared.contracts.types import Fact
from casework.shared.integrator.histories import History, Life
from casework.shared.integrator.posts import Channel, Complainant, ComplaintPost, PostedHistory
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

_FACTS: Mapping[str, str] = {
    "location": "location",
    "impact": "impact",
    "urgency": "urgency",
    "priority": "priority",
    "u_symptom": "symptom",
    "reassignment_count": "reassignment_count",
    "reopen_count": "reopen_count",
    "made_sla": "made_sla",
    "closed_code": "closed_code",
}
"""A column and the name of the fact: its value in the last row of the case."""
_MEANINGS = (
    *("number", "incident_state", "sys_mod_count", "opened_at", "sys_created_at", "sys_updated_at"),
    *("resolved_at", "closed_at", "caller_id", "contact_type", "category", "subcategory", "assignment_group"),
    *_FACTS,
)
_REQUIRED = ("number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_at")
_LAYOUT = Layout(
    "an incident log of ServiceNow",
    {re.sub(r"[\W_]", "", meaning): meaning for meaning in _MEANINGS},
    {meaning: meaning for meaning in _REQUIRED},
    "number, incident_state, sys_mod_count, opened_at, sys_updated_at, ...",
)
_STATES = frozenset({"New", "Active", "Resolved", "Closed"})
_ENDED = frozenset({"Resolved", "Closed"})
_CHANNELS: Mapping[str, Channel] = {
    **{"phone": "phone", "email": "email", "self service": "web"},
    **{"direct opening": "api", "ivr": "phone"},
}
_SEVERITIES = {"1": "high", "2": "high", "3": "medium", "4": "low"}
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    state: str
    order: int
    at: datetime
    group: str | None


def read_servicenow(path: Path, limit: int | None = None, *, source: str = "servicenow") -> Iterator[History | BadRow]:
    """The first `limit` cases (all by default) of a log, plain or gzipped. `source` names the posting system.

    Raises `UnknownHeader` instead of the first case, and OSError when the file cannot be opened.
    """
    with open_text(path) as file:
        rows = rows_of(file)
        columns = columns_of(next(rows, (1, [])), _LAYOUT)
        number = columns.at["number"]

        def case_of(row: tuple[int, list[str] | Unreadable]) -> object:
            line, cells = row
            return cells[number] if isinstance(cells, list) and len(cells) == columns.width else line

        seen: set[object] = set()
        for name, group in islice(groupby(rows, case_of), limit):
            found = list(group)
            try:
                if name in seen:
                    raise Unreadable(f"the rows of {name} do not stand together")
                seen.add(name)
                yield _history([_row(line, row, columns) for line, row in found], source)
            except _BadCase as error:
                yield BadRow(error.line, str(error))
            except Unreadable as error:
                yield BadRow(found[0][0], str(error))


class _BadCase(Unreadable):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def _row(line: int, row: list[str] | Unreadable, columns: Columns) -> _Row:
    try:
        cells = {name: text.strip() for name, text in cells_of(row, columns).items()}
        needed(cells, _LAYOUT)
        state = cells["incident_state"]
        if state not in _STATES and not state.startswith("Awaiting "):
            raise Unreadable("incident_state is not a state of an incident")
        if not cells["sys_mod_count"].isdecimal():
            raise Unreadable("sys_mod_count is not a number")
        at = _time(cells, "sys_updated_at")
        assert at is not None
        return _Row(line, cells, state, int(cells["sys_mod_count"]), at, cells.get("assignment_group"))
    except Unreadable as error:
        raise _BadCase(line, str(error)) from None


def _time(cells: Mapping[str, str], name: str) -> datetime | None:
    if name not in cells:
        return None
    try:
        match = _TIME.fullmatch(cells[name])
        if match is None:
            raise ValueError
        day, month, year, hour, minute = map(int, match.groups())
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        raise Unreadable(f"{name} is not a time; this log writes day/month/year hour:minute") from None


def _history(rows: Sequence[_Row], source: str) -> History:
    first, last = rows[0], rows[-1]
    for name in ("opened_at", "resolved_at", "closed_at"):
        for row in rows:
            if row.cells.get(name) != first.cells.get(name):
                raise _BadCase(row.line, f"{name} differs from the first row of {first.cells['number']}")
    opened_at = _time(first.cells, "opened_at")
    assert opened_at is not None
    resolved_at, closed_at = _time(first.cells, "resolved_at"), _time(first.cells, "closed_at")
    first_at = min(at for at in (_time(first.cells, "sys_created_at"), *(row.at for row in rows)) if at is not None)
    contradicts = any(at is not None and at < opened_at for at in (resolved_at, closed_at, first_at)) or (
        resolved_at is not None and closed_at is not None and closed_at < resolved_at
    )
    if not contradicts:
        for before, row in pairwise(rows):
            if row.order < before.order or row.at < before.at:
                what = "sys_mod_count" if row.order < before.order else "sys_updated_at"
                raise _BadCase(row.line, f"{what} goes back: the rows of {row.cells['number']} contradict their order")
    channel = _channel(first.cells.get("contact_type"))
    said = last.cells
    post = ComplaintPost(
        source=source,
        source_reference=said["number"],
        channel=channel,
        received_at=opened_at,
        language="en",
        category=said.get("category", "Uncategorised"),
        issue=said.get("subcategory"),
        complainant=Complainant(name=said["caller_id"]) if "caller_id" in said else None,
        facts=tuple(Fact(name=fact, value=said[column]) for column, fact in _FACTS.items() if column in said),
        history=PostedHistory(
            first_step_at=first_at if first_at < opened_at else rows[0].at, decided_at=resolved_at, closed_at=closed_at
        ),
    )
    # The receiver will refuse what contradicts itself: there are no steps to do.
    life = Life(channel) if contradicts else _life(rows, channel, resolved_at, closed_at)
    return History(post=post, steps=tuple(life.steps), line=first.line, rows=len(rows))


def _channel(text: str | None) -> Channel:
    if text is None:
        return "api"
    if (channel := _CHANNELS.get(text.lower())) is None:
        raise Unreadable(f"contact_type is not a way to make contact; known are {', '.join(_CHANNELS)}")
    return channel


def _life(rows: Sequence[_Row], channel: str, resolved_at: datetime | None, closed_at: datetime | None) -> Life:
    life = Life(channel)
    ended = next((index for index, row in enumerate(rows) if row.state in _ENDED), len(rows))
    open_rows = rows[:ended] or rows[:1]
    life.acknowledged(rows[0].at, "The service desk looks into it.")
    groups = [row for row in open_rows if row.group is not None]
    hands = [next(rows_) for _, rows_ in groupby(groups, lambda row: row.group)]
    begun = hands[0] if hands else rows[0]
    priority = begun.cells.get("priority", "")
    life.assessed(
        begun.at,
        severity=_SEVERITIES.get(priority[:1], "medium"),
        complexity="complex" if len(hands) > 1 else "simple",
        urgent=priority.startswith("1"),
        reason=f"Priority {priority or 'not given'}.",
    )
    life.offered(begun.at, f"For {begun.group or 'any group'}.")
    for before, hand in pairwise(hands):
        life.add("investigation/declination", hand.at, reason=f"{before.group} passed it on to {hand.group}.")
        life.offered(hand.at, f"For {hand.group}.")
    holder = hands[-1] if hands else rows[0]
    taken = next((row for row in open_rows if row.at >= holder.at and row.state != "New" and row in groups), None)
    if ended == len(rows):
        if taken is not None:
            life.accepted(taken.at, holder.group)
        return life
    life.accepted(rows[ended].at if taken is None else taken.at, holder.group)
    _rounds(life, rows[ended:], resolved_at, closed_at)
    return life


def _rounds(life: Life, rows: Sequence[_Row], resolved_at: datetime | None, closed_at: datetime | None) -> None:
    """From the first resolution on: decided, then contested, or closed and perhaps reopened, as often as it was."""
    code = rows[-1].cells.get("closed_code", "no code")
    spells = [(is_end, list(spell)) for is_end, spell in groupby(rows, lambda row: row.state in _ENDED)]
    for number, (is_end, spell) in enumerate(spells):
        if not is_end:
            continue
        is_last = number == len(spells) - 1
        decided_at = spell[0].at if not is_last or resolved_at is None else max(spell[0].at, resolved_at)
        closing = next((row for row in spell if row.state == "Closed"), None)
        if number == 0:
            life.investigated(decided_at, f"Resolved: {code}.")
        life.decided(decided_at, "repair", f"The incident was resolved: {code}.")
        after = None if is_last else spells[number + 1][1][0]
        if closing is not None:
            life.closed(decided_at, closed_at or closing.at if is_last else closing.at, "The resolution stood.")
            if after is not None:
                life.add("reopening", after.at, reason=f"The incident became {after.state} again.")
        elif after is not None:
            said = f"The incident became {after.state} again."
            life.add("resolution/reply", after.at, reply="contested", channel=life.channel, reason=said)
