"""Who held the object of the complaint, one after the other: a takeaway, a parcel, a car.

Invariant: the last holder is who something other than the respondent's own word shows to be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from casework.investigation.domain.evidence_items import Items, item_of
from casework.investigation.domain.evidence_refusals import CustodyBackwards
from casework.shared.contracts.evidence import CustodyRecorded
from casework.shared.contracts.types import Instant, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCustody:
    """Record that `holder` had the object from `since` on. `shown_by` is the item that shows the hand-over."""

    holder: Name
    since: Instant
    shown_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What later decisions need to know of one hand-over."""

    holder: str
    since: Instant
    shown_by: int | None


Chain: TypeAlias = tuple[Link, ...]


def decide(command: RecordCustody, chain: Chain, items: Items) -> tuple[CustodyRecorded, ...]:
    """The next link. Raises `UnknownItem` and `CustodyBackwards`."""
    if command.shown_by is not None:
        item_of(command.shown_by, items)
    if chain and command.since < chain[-1].since:
        raise CustodyBackwards(chain[-1].since)
    return (
        CustodyRecorded(link=len(chain) + 1, holder=command.holder, since=command.since, shown_by=command.shown_by),
    )


def evolve(chain: Chain, event: CustodyRecorded) -> Chain:
    """The chain after `event`."""
    return (*chain, Link(holder=event.holder, since=event.since, shown_by=event.shown_by))


def last_holder(chain: Chain, items: Items) -> str | None:
    """Who had the object last, as far as it is shown; None where nothing is."""
    for link in reversed(chain):
        if link.shown_by is not None:
            item = item_of(link.shown_by, items)
            if item.stands and not item.is_own_word:
                return link.holder
    return None
