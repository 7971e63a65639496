"""The register of sanctions by party, over all cases.

Invariant: a row is a function of resolution's events, written in their transaction. What a party's infringements come
to is judged anew at each reading, by the versions of the ladders in force on their days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.sanctions import (
    InfringementReversed,
    InfringementUpheld,
    PartySanctionAppealed,
    PartySanctionConfirmed,
    PartySanctioned,
    PartySanctionReversed,
)
from casework.shared.runtime.database import Work
from casework.shared.sanctions.ladders import (
    Infringement,
    SanctionLadder,
    in_force,
    is_closed,
    judged,
    limited_until,
    points,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a party's infringements of one ladder come to on a day."""

    ladder: str
    points: int
    limited_until: date | None
    closed: bool
    infringements: Sequence[dict[str, Any]]


async def lock(work: Work, party: str) -> None:
    """Let nobody else judge infringements of this party until the transaction ends."""
    await work.execute("INSERT INTO sanctioned_party (party) VALUES ($1) ON CONFLICT DO NOTHING", party)
    await work.fetch("SELECT FROM sanctioned_party WHERE party = $1 FOR UPDATE", party)


async def infringements_of(work: Work, party: str, ladder: str) -> tuple[Infringement, ...]:
    """A party's infringements of a ladder that were not reversed, by day, and as they were recorded."""
    rows = await work.fetch(
        "SELECT infringement_id, on_day, serious FROM infringement WHERE party = $1 AND ladder = $2"
        " AND reversed_on IS NULL ORDER BY on_day, recorded_at, infringement_id",
        party,
        ladder,
    )
    return tuple(Infringement(UUID(int=row["infringement_id"].int), row["on_day"], row["serious"]) for row in rows)


async def write(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Take resolution's events into the register. Events that are in change nothing."""
    for envelope, event in events:
        match event:
            case InfringementUpheld():
                await work.execute(
                    "INSERT INTO infringement (infringement_id, case_id, party, ladder, on_day, serious, ground,"
                    " recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                    event.infringement_id,
                    envelope.case_id,
                    event.party,
                    event.ladder.id,
                    event.on,
                    event.serious,
                    event.ground,
                    envelope.time,
                )
            case InfringementReversed(infringement_id=id_, on=on):
                await work.execute("UPDATE infringement SET reversed_on = $2 WHERE infringement_id = $1", id_, on)
            case PartySanctioned():
                await _entry(work, envelope, event, "imposed", event.starts_on)
            case PartySanctionAppealed(on=on):
                await _entry(work, envelope, event, "appealed", on)
            case PartySanctionConfirmed(on=on):
                await _entry(work, envelope, event, "confirmed", on)
            case PartySanctionReversed(on=on):
                await _entry(work, envelope, event, "reversed", on)
            case _:
                pass


async def standings(work: Work, party: str, ladders: Sequence[SanctionLadder], at: date) -> Sequence[Standing]:
    """A party's standing under each ladder by which it has infringements."""
    found: list[Standing] = []
    for id_ in sorted({ladder.id for ladder in ladders}):

        def ladder_on(on: date, id_: str = id_) -> SanctionLadder:
            return in_force(ladders, id_, on)

        those = judged([each for each in await infringements_of(work, party, id_) if each.on <= at], ladder_on)
        if not those:
            continue
        until = limited_until(those)
        found.append(
            Standing(
                ladder=id_,
                points=points(those, ladder_on, at),
                # Limits end by themselves.
                limited_until=until if until is not None and at < until else None,
                closed=is_closed(those),
                infringements=[
                    {
                        "infringement_id": str(each.infringement.id),
                        "on": each.infringement.on.isoformat(),
                        "version": each.ladder.version,
                        "count": each.nth,
                        "step": each.step.kind,
                        "points": each.step.points,
                        "days": each.step.days,
                        "free": each.free,
                    }
                    for each in those
                ],
            )
        )
    return found


async def ledger(work: Work, party: str) -> tuple[Sequence[dict[str, Any]], dict[str, str]]:
    """Every entry of a party's single sanctions in the order of their recording, and the balance of each currency:
    what was taken and not given back."""
    rows = await work.fetch(
        "SELECT sanction_id, case_id, what, on_day, kind, ends_on, ground, amount, currency FROM sanction_entry"
        " WHERE party = $1 ORDER BY recorded_at, event_id",
        party,
    )
    balance: dict[str, Decimal] = {}
    entries: list[dict[str, Any]] = []
    for row in rows:
        entry = {"sanction_id": str(row["sanction_id"]), "case_id": str(row["case_id"]), "what": row["what"]}
        entry |= {"on": row["on_day"].isoformat(), "kind": row["kind"], "ground": row["ground"]}
        entry["ends_on"] = None if row["ends_on"] is None else row["ends_on"].isoformat()
        if row["amount"] is not None:
            signed = row["amount"] if row["what"] == "imposed" else -row["amount"]
            balance[row["currency"]] = balance.get(row["currency"], Decimal(0)) + signed
            entry["amount"] = {"amount": f"{row['amount']:f}", "currency": row["currency"]}
        entries.append({key: value for key, value in entry.items() if value is not None})
    return entries, {currency: f"{amount:f}" for currency, amount in sorted(balance.items())}


async def _entry(
    work: Work,
    envelope: Envelope,
    event: PartySanctioned | PartySanctionAppealed | PartySanctionConfirmed | PartySanctionReversed,
    what: str,
    on: date,
) -> None:
    amount = event.amount if isinstance(event, PartySanctioned | PartySanctionReversed) else None
    imposed = event if isinstance(event, PartySanctioned) else None
    await work.execute(
        "INSERT INTO sanction_entry (event_id, sanction_id, case_id, party, what, on_day, recorded_at, kind, ends_on,"
        " ground, amount, currency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
        envelope.id,
        event.sanction_id,
        envelope.case_id,
        event.party,
        what,
        on,
        envelope.time,
        None if imposed is None else imposed.kind,
        None if imposed is None else imposed.ends_on,
        None if imposed is None else imposed.ground,
        None if amount is None else Decimal(amount.amount),
        None if amount is None else amount.currency,
    )
