"""Resolution, put together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from casework.resolution import api
from casework.resolution.consumers import ResolutionReactor
from casework.resolution.domain.resolution import DECIDER, STATE_VERSION, Resolution
from casework.resolution.files import FILES
from casework.resolution.projections import rebuild
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Resolution's rooms: its reactor and its staff's steps."""
    reactor = ResolutionReactor(runtime.actor, runtime.standing, runtime.rulebook)
    return Rooms(reactor=reactor, routers=api.routers(runtime), files=FILES)


SERVICE = Service(
    name="resolution",
    title="Resolution",
    decider=DECIDER,
    state_type=Resolution,
    state_version=STATE_VERSION,
    schema=Schema("resolution", Path(str(files("casework.resolution"))) / "migrations"),
    build=build,
    rebuild=rebuild,
    read_tables=("infringement", "sanction_entry", "goodwill", "ready_answer"),
)
