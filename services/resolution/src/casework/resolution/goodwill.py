"""The purse of goodwill: what was given in a quarter over all cases.

Invariant: whoever looks at a purse holds it until their transaction ends, so that no two spend the same money. What was
given is one row for each remedy, so that taking in an event again changes nothing; what the complainant does not take
is free again, until it is offered anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.remedies import RemedyOfferAnswered, RemedyOffered, RemedyOfferUnanswered, RemedyWaived
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.contracts.types import Money
from casework.shared.remedies.amounts import number_of
from casework.shared.runtime.database import Work

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('casework.goodwill.' || $1 || '.' || $2, 0))"


def quarter_of(at: datetime) -> str:
    """The quarter of an instant, such as `2026-Q1`, by UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.year}-Q{(utc.month + 2) // 3}"


async def given(work: Work, quarter: str, currency: str) -> Decimal:
    """What is given in the quarter in that currency. The purse is held until the transaction ends."""
    await work.execute(_LOCK, quarter, currency)
    found: Decimal = await work.fetch_value(
        "SELECT coalesce(sum(amount), 0) FROM goodwill WHERE quarter = $1 AND currency = $2 AND NOT free",
        quarter,
        currency,
    )
    return found


async def spend(work: Work, happened: Sequence[tuple[Envelope, Any]]) -> None:
    """Write down what these events give for goodwill, and what was declined, left unanswered or waived."""
    for envelope, event in happened:
        match event:
            case RemedyProposed(remedy_class="goodwill", amount=Money() as amount, number=int() as remedy):
                await work.execute(
                    "INSERT INTO goodwill (case_id, remedy, quarter, currency, amount) VALUES ($1, $2, $3, $4, $5)"
                    " ON CONFLICT DO NOTHING",
                    envelope.case_id,
                    remedy,
                    quarter_of(envelope.occurred_at or envelope.time),
                    amount.currency,
                    number_of(amount),
                )
            case RemedyOffered(remedy=remedy):
                await _set_free(work, envelope, remedy, free=False)
            case (
                RemedyOfferAnswered(remedy=remedy, answer="declined")
                | RemedyOfferUnanswered(remedy=remedy)
                | RemedyWaived(remedy=remedy)
            ):
                await _set_free(work, envelope, remedy, free=True)
            case _:
                pass


async def _set_free(work: Work, envelope: Envelope, remedy: int, *, free: bool) -> None:
    await work.execute(
        "UPDATE goodwill SET free = $3 WHERE case_id = $1 AND remedy = $2", envelope.case_id, remedy, free
    )
