"""What investigation is asked across cases: scorecards of suppliers, like cases, reports by number.

Invariant: each row follows from the events of one case and is written in their transaction; written again by the same
events it is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from casework.shared.contracts import bearing, eight_d, investigation
from casework.shared.contracts.envelope import Envelope
from casework.shared.runtime.database import Work

_FIRST_REPORT = 1


class Score(NamedTuple):
    """How often a supplier bore a share, how often it denied what was proven, and what is asked back by currency."""

    cases: int
    denied_despite_proof: int
    recourse: dict[str, Decimal]


async def project(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Write the rows of what was recorded."""
    opened = [(envelope, event) for envelope, event in events if isinstance(event, investigation.InvestigationOpened)]
    if opened:
        await work.execute(
            "INSERT INTO case_base (case_id, category, opened_at)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) ON CONFLICT (case_id) DO NOTHING",
            [envelope.case_id for envelope, _ in opened],
            [event.category for _, event in opened],
            [envelope.occurred_at or envelope.time for envelope, _ in opened],
        )
    for envelope, event in events:
        await _one(work, envelope.case_id, event)


async def rebuild(work: Work, _shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """Write the rows of events of any service once more."""
    await project(work, [(envelope, event) for envelope, event in events if envelope.source == "investigation"])
    return ()


async def _one(work: Work, case_id: UUID, event: Any) -> None:
    match event:
        case bearing.SharesRuled(shares=shares):
            await work.execute("DELETE FROM supplier_share WHERE case_id = $1", case_id)
            for share in shares:
                if share.bearer == "supplier":
                    await work.execute(
                        "INSERT INTO supplier_share (case_id, supplier, percent, amount, currency, denied)"
                        " VALUES ($1, $2, $3, $4, $5, $6)",
                        case_id,
                        share.name,
                        share.percent,
                        Decimal(share.amount.amount),
                        share.amount.currency,
                        share.stance == "denies",
                    )
        case eight_d.ReportOpened(report=number):
            await work.execute(
                "INSERT INTO report (number, case_id) VALUES ($1, $2) ON CONFLICT (case_id) DO NOTHING", number, case_id
            )
        case eight_d.CaseTakenIntoReport(report=number, case=case):
            await work.execute(
                "INSERT INTO report_case (number, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", number, case
            )
        case eight_d.CaseLeftReport(report=number, case=case):
            await work.execute("DELETE FROM report_case WHERE number = $1 AND case_id = $2", number, case)
        case _:
            pass


async def score_of(work: Work, supplier: str) -> Score:
    """The scorecard of a supplier, by its name as it stands in the rulings."""
    rows = await work.fetch("SELECT amount, currency, denied FROM supplier_share WHERE supplier = $1", supplier)
    recourse: dict[str, Decimal] = {}
    for row in rows:
        recourse[row["currency"]] = recourse.get(row["currency"], Decimal(0)) + row["amount"]
    return Score(len(rows), sum(row["denied"] for row in rows), dict(sorted(recourse.items())))


async def like_cases(work: Work, case_id: UUID, category: str, since: datetime, until: datetime) -> int:
    """How many other cases of the category were opened after `since`, up to `until`."""
    found: int = await work.fetch_value(
        "SELECT count(*) FROM case_base WHERE category = $1 AND opened_at > $2 AND opened_at <= $3 AND case_id <> $4",
        category,
        since,
        until,
        case_id,
    )
    return found


async def next_report_number(work: Work) -> str:
    """The next free number of a report. Whoever asks has it: others wait until that transaction is over."""
    await work.execute("SELECT pg_advisory_xact_lock(hashtext('casework.investigation.report'))")
    last: str | None = await work.fetch_value(
        "SELECT number FROM report ORDER BY length(number) DESC, number DESC LIMIT 1"
    )
    return f"8D-{_FIRST_REPORT if last is None else int(last.removeprefix('8D-')) + 1:04d}"


async def lead_of(work: Work, number: str) -> UUID | None:
    """The case that leads a report."""
    found: UUID | None = await work.fetch_value("SELECT case_id FROM report WHERE number = $1", number)
    return found


async def cases_of(work: Work, lead: UUID) -> list[UUID]:
    """The other cases that the report of a case is about."""
    rows = await work.fetch(
        "SELECT c.case_id FROM report r JOIN report_case c ON c.number = r.number WHERE r.case_id = $1", lead
    )
    return [row["case_id"] for row in rows]
