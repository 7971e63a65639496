"""Followup, put together."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from casework.followup import api, outbox
from casework.followup.alarm_checks import checks
from casework.followup.as_it_stood import as_it_stood
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
from casework.followup.webhooks import queue
from casework.followup.webhooks.dispatcher import dispatcher_of
from casework.followup.webhooks.gatherer import Gatherer
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.purging import Purge
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
            Gatherer(runtime),
            dispatcher_of(runtime),
        ),
        purges=(Purge("notice", outbox.purge), Purge("webhook_delivery", queue.purge)),
        checks=checks(runtime.metrics, timedelta(days=runtime.settings.still_days)),
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
    read_tables=("case_status", "clock", "remedy_step"),
    recount=recount,
    as_it_stood=as_it_stood,
)
