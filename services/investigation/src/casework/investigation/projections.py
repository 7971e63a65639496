"""Investigation's own events into its read tables: in the transaction that records them, and again after a restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casework.investigation import held_items, inquiry_rows
from casework.shared.contracts.envelope import Envelope
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work


async def project(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Take investigation's events into its tables. Those that are in change nothing."""
    await held_items.project(work, events)
    await inquiry_rows.project(work, events)


async def rebuild(work: Work, shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """As `project`, from the events of all services. Returns what is left to the operator."""
    await purge_by(work, "investigation", events)
    return [*await held_items.rebuild(work, shards, events), *await inquiry_rows.rebuild(work, shards, events)]
