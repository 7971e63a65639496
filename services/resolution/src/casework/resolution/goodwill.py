"""The purse of goodwill: what was given in a quarter over all cases.

Invariant: whoever looks at a purse holds it until their transaction ends, so that no two spend the same money. What was
given is one row for each remedy, so that taking in an event again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.remedies.amounts import number_of
from casework.shared.runtime.database import Work

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('casework.goodwill.' || $1 || '.' || $2, 0))"


def quarter_of(at: datetime) -> str:
    """The quarter of an instant, such as `2026-Q1`, by UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.year}-Q{(utc.month + 2) // 3}"


async def given(work: Work, quarter: str, currency: str) -> Decimal:
    """What was given in the quarter in that currency. The purse is held until the transaction ends."""
    await work.execute(_LOCK, quarter, currency)
    found: Decimal = await work.fetch_value(
        "SELECT coalesce(sum(amount), 0) FROM goodwill WHERE quarter = $1 AND currency = $2", quarter, currency
    )
    return found


async def spend(work: Work, happened: Sequence[tuple[Envelope, Any]]) -> None:
    """Write down what these events give for goodwill."""
    for envelope, event in happened:
        if not isinstance(event, RemedyProposed) or event.remedy_class != "goodwill" or event.amount is None:
            continue
        await work.execute(
            "INSERT INTO goodwill (case_id, version, quarter, currency, amount) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING",
            envelope.case_id,
            envelope.version,
            quarter_of(envelope.occurred_at or envelope.time),
            event.amount.currency,
            number_of(event.amount),
        )
