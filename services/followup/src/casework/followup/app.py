"""Followup, put together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from casework.followup import api
from casework.followup.consumers import FollowUpReactor
from casework.followup.cover import CoverWatch
from casework.followup.domain.follow_up import DECIDER, STATE_VERSION, FollowUp
from casework.followup.files import FILES
from casework.followup.notifier import notifier_of
from casework.followup.orphans import OrphanWatch
from casework.followup.projections import CaseStatus, rebuild
from casework.followup.recount import recount
from casework.followup.scheduler import Scheduler
from casework.followup.timer import Timer
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Followup's rooms: its reactor, the case pages, the status topic, and the watch over orphans."""
    return Rooms(
        reactor=FollowUpReactor(runtime.actor, runtime.standing, runtime.shards, runtime.rulebook, runtime.hand_offs),
        routers=api.routers(runtime),
        outlets=(CaseStatus(runtime.installation, runtime.topics.status),),
        parts=(
            OrphanWatch(runtime.engine, runtime.metrics),
            Timer(runtime),
            Scheduler(runtime),
            CoverWatch(runtime, runtime.people),
            notifier_of(runtime, runtime.people),
        ),
        files=FILES,
    )


SERVICE = Service(
    name="followup",
    title="Follow-up",
    decider=DECIDER,
    state_type=FollowUp,
    state_version=STATE_VERSION,
    schema=Schema("followup", Path(str(files("casework.followup"))) / "migrations"),
    build=build,
    rebuild=rebuild,
    recount=recount,
)
