"""What the organisation holds already, over all cases: one row an item, written in the transaction of its events.

Invariant: a paper may be used again once it was ruled valid, or valid and contested, and until its last day is over; a
record of our own may be until it is ruled invalid. Numbers are found however they are spelt: see `plain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.evidence import EvidenceItemReceived, EvidenceRuled
from casework.shared.contracts.registry import from_data, to_data, type_name
from casework.shared.evidence.names import plain
from casework.shared.runtime.database import Work

_ITEM = type_name(EvidenceItemReceived)
_USABLE = "(kind = 'own-record' AND ruling IS DISTINCT FROM 'invalid' OR ruling IN ('valid', 'contested'))"


@dataclass(frozen=True, slots=True)
class Held:
    """An item of a case that may be used again, as it was received there."""

    case_id: UUID
    item: EvidenceItemReceived

    def valid_on(self, day: date) -> bool:
        """Whether its last day is not over by then."""
        return self.item.valid_until is None or day <= self.item.valid_until

    @property
    def where(self) -> str:
        """Where it is, for people."""
        until = "" if self.item.valid_until is None else f", valid until {self.item.valid_until}"
        return f"as item {self.item.number} of case {self.case_id}{until}"


async def project(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Write what investigation's events say of items that may be used again. Doing it twice changes nothing."""
    for envelope, event in events:
        match event:
            case EvidenceItemReceived() if event.document is not None or event.about is not None:
                # Who signed is nobody's business elsewhere.
                item = orjson.dumps(to_data(replace(event, slip=None)))
                await work.execute(
                    "INSERT INTO held_item (case_id, number, kind, document, about, item)"
                    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    envelope.case_id,
                    event.number,
                    event.kind,
                    None if event.document is None else plain(event.document),
                    None if event.about is None else plain(event.about),
                    item,
                )
            case EvidenceRuled(number=number, ruling=ruling):
                await work.execute(
                    "UPDATE held_item SET ruling = $3 WHERE case_id = $1 AND number = $2",
                    envelope.case_id,
                    number,
                    ruling,
                )
            case _:
                pass


async def rebuild(work: Work, _shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """Write the rows again out of events of any service, causes first."""
    await project(work, events)
    return ()


async def of_document(work: Work, document: str) -> Sequence[Held]:
    """What may be used under a document number, whether its time is over or not; what is valid longest first."""
    rows = await work.fetch(f"SELECT case_id, item FROM held_item WHERE document = $1 AND {_USABLE}", plain(document))
    held = [_held(row) for row in rows]
    return sorted(held, key=lambda each: each.item.valid_until or date.max, reverse=True)


async def about(work: Work, thing: str, but: UUID) -> Sequence[Held]:
    """Our own records about an object, out of other cases than `but`, oldest first."""
    rows = await work.fetch(
        f"SELECT case_id, item FROM held_item WHERE about = $1 AND kind = 'own-record' AND case_id <> $2 AND {_USABLE}",
        plain(thing),
        but,
    )
    return sorted((_held(row) for row in rows), key=lambda each: (each.item.as_of or date.min, each.item.number))


def _held(row: Any) -> Held:
    item = from_data(_ITEM, orjson.loads(row["item"]))
    assert isinstance(item, EvidenceItemReceived)
    return Held(UUID(int=row["case_id"].int), item)
