"""Resolution's own events into its read tables: in the transaction that records them, and again after a restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from casework.resolution import sanction_register, tallies
from casework.shared.contracts.envelope import Envelope
from casework.shared.privacy.purging import purge_by
from casework.shared.runtime.database import Work


async def project(work: Work, events: Sequence[tuple[Envelope, Any]]) -> None:
    """Take resolution's events into its tables. Those that are in change nothing."""
    await sanction_register.write(work, events)
    await tallies.tally(work, events)


async def rebuild(work: Work, _shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """As `project`, from the events of all services. Nothing is left to the operator."""
    await project(work, [(envelope, event) for envelope, event in events if envelope.source == "resolution"])
    await purge_by(work, "resolution", events)
    return ()
