"""Which cases are closed, and since when: follow-up's word, kept where erasures and the rule of retention need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.followup import CaseClosed, CaseReopened
from casework.shared.runtime.database import Work


async def write(work: Work, events: Iterable[tuple[Envelope, Any]]) -> None:
    """Take in what follow-up recorded, in its order. The newest word on a case counts."""
    ends: dict[UUID, Envelope | None] = {}
    for envelope, event in events:
        if isinstance(event, CaseClosed):
            ends[envelope.case_id] = envelope
        elif isinstance(event, CaseReopened):
            ends[envelope.case_id] = None
    open_again = sorted(case_id for case_id, end in ends.items() if end is None)
    closed = sorted(((case_id, end.occurred_at or end.time) for case_id, end in ends.items() if end is not None))
    if open_again:
        await work.execute("DELETE FROM case_end WHERE case_id = ANY($1)", open_again)
    if closed:
        await work.execute(
            "INSERT INTO case_end (case_id, ended_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])"
            " ON CONFLICT (case_id) DO UPDATE SET ended_at = excluded.ended_at",
            [case_id for case_id, _ in closed],
            [at for _, at in closed],
        )


async def ended(work: Work, cases: Collection[UUID]) -> set[UUID]:
    """Those of the cases that are closed."""
    rows = await work.fetch("SELECT case_id FROM case_end WHERE case_id = ANY($1)", sorted(cases))
    return {UUID(int=row["case_id"].int) for row in rows}
