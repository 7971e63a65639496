"""Investigation, put together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from casework.investigation import api, held_items, inquiry_rows
from casework.investigation.consumers import InvestigationReactor
from casework.investigation.domain.investigation import DECIDER, STATE_VERSION, Investigation
from casework.investigation.files import FILES
from casework.shared.contracts.envelope import Envelope
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Investigation's rooms: its reactor and its staff's steps."""
    return Rooms(
        reactor=InvestigationReactor(runtime.actor, runtime.standing), routers=api.routers(runtime), files=FILES
    )


async def _rebuild(work: Work, shards: int, events: Sequence[tuple[Envelope, Any]]) -> Sequence[str]:
    """Both of the service's tables over cases."""
    return (
        *await held_items.rebuild(work, shards, events),
        *await inquiry_rows.rebuild(work, shards, events),
    )


SERVICE = Service(
    name="investigation",
    title="Investigation",
    decider=DECIDER,
    state_type=Investigation,
    state_version=STATE_VERSION,
    schema=Schema("investigation", Path(str(files("casework.investigation"))) / "migrations"),
    build=build,
    rebuild=_rebuild,
)
