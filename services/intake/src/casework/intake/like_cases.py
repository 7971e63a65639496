"""Which cases rest on the same ground: shown to the handler, and read by no rule.

Invariant: nothing that decides reads this table. It holds a code, an organisation and a day, and nothing personal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from casework.shared.contracts.around import GroundRecorded
from casework.shared.contracts.envelope import Envelope
from casework.shared.http.commands import UnknownCase
from casework.shared.runtime.database import Work

DAYS = 30
"""How many days apart the receipts of like cases may lie."""
MOST = 20
"""How many are shown, the newest first."""


class Like(NamedTuple):
    """A case on the ground."""

    case_id: UUID
    organisation: str | None
    received_at: datetime


class Hint(NamedTuple):
    """The ground of a case, and all cases on it, this one among them; none where there is no other."""

    ground: str | None
    cases: Sequence[Like]


async def like(work: Work, case_id: UUID) -> Hint:
    """What there is to show of a case. Raises `UnknownCase`."""
    if not await work.fetch_value("SELECT EXISTS (SELECT FROM case_state WHERE case_id = $1)", case_id):
        raise UnknownCase(f"Intake has no case {case_id}.")
    rows = await work.fetch(
        "SELECT o.case_id, o.ground, o.organisation, o.received_at FROM ground g JOIN ground o ON o.ground = g.ground"
        " AND o.received_at BETWEEN g.received_at - make_interval(days => $2)"
        " AND g.received_at + make_interval(days => $2)"
        " WHERE g.case_id = $1 ORDER BY o.received_at DESC, o.case_id LIMIT $3",
        case_id,
        DAYS,
        MOST,
    )
    cases = [Like(row["case_id"], row["organisation"], row["received_at"]) for row in rows]
    return Hint(rows[0]["ground"] if rows else None, cases if len(cases) > 1 else [])


async def write(work: Work, events: Iterable[tuple[Envelope, Any]]) -> None:
    """Keep the last ground of each case, when it is recorded and after a restore."""
    last = {envelope.case_id: event for envelope, event in events if isinstance(event, GroundRecorded)}
    if not last:
        return
    cases = sorted(last)
    await work.execute(
        "INSERT INTO ground (case_id, ground, organisation, received_at)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])"
        " ON CONFLICT (case_id) DO UPDATE SET ground = excluded.ground",
        cases,
        [last[case_id].ground for case_id in cases],
        [last[case_id].organisation for case_id in cases],
        [last[case_id].received_at for case_id in cases],
    )
