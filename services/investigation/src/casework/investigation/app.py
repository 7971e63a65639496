"""Investigation, put together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from casework.investigation import api, projections
from casework.investigation.consumers import InvestigationReactor
from casework.investigation.domain.investigation import DECIDER, STATE_VERSION, Investigation
from casework.investigation.files import FILES
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Investigation's rooms: its reactor and its staff's steps."""
    return Rooms(
        reactor=InvestigationReactor(runtime.actor, runtime.standing), routers=api.routers(runtime), files=FILES
    )


SERVICE = Service(
    name="investigation",
    title="Investigation",
    decider=DECIDER,
    state_type=Investigation,
    state_version=STATE_VERSION,
    schema=Schema("investigation", Path(str(files("casework.investigation"))) / "migrations"),
    build=build,
    rebuild=projections.rebuild,
    read_tables=("held_item", "supplier_share", "case_base", "report", "report_case"),
)
