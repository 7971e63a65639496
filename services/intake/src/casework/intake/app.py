"""Intake, put together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from casework.intake import api
from casework.intake.consumers import IntakeReactor
from casework.intake.domain.complaint import DECIDER, STATE_VERSION, Complaint
from casework.intake.erasing import Erasing
from casework.intake.files import FILES
from casework.intake.handlers import Receiving
from casework.intake.inbox import Inbox, purge_rejections
from casework.intake.inbox_trimming import InboxTrimming, SecondFence
from casework.intake.references import rebuild
from casework.intake.retention import Retention
from casework.intake.rules import zone_of
from casework.intake.search_index import IndexKeeper, SearchIndex
from casework.intake.watching import PURPOSE, Watching
from casework.shared.keys.vault import Vault
from casework.shared.keys.wrapping import KeyRing
from casework.shared.migrations.schema import Schema
from casework.shared.policies.shipped_retention import retention_rule
from casework.shared.runtime.messaging import Subscription
from casework.shared.runtime.purging import Purge
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Intake's rooms: receiving posts over HTTP and from the inbox, its staff's steps, and the key store."""
    key_file = KeyRing(runtime.settings.key_file)
    zone = zone_of(runtime.rulebook)
    index = SearchIndex.of(key_file)
    reactor = IntakeReactor(runtime.actor, zone)
    receiving = Receiving(
        runtime.store,
        Vault(key_file),
        runtime.standing,
        key_file.derive(b"casework repeated words"),
        index,
        runtime.procedures,
        zone,
    )
    erasing = Erasing(runtime.store, receiving.vault, reactor.consumer)
    inbox = Inbox(runtime, receiving)
    wanted = runtime.rulebook.institution
    records, staff_files = (
        None if each is None else retention_rule(each, runtime.settings.institution)
        for each in (wanted.retention, wanted.staff_retention)
    )
    group = f"{runtime.settings.topic_prefix}intake.inbox.v1"
    return Rooms(
        reactor=reactor,
        routers=api.routers(runtime, receiving, Watching(key_file.derive(PURPOSE)), erasing),
        subscriptions=(Subscription(runtime.topics.inbox, group, inbox.take),),
        parts=(
            inbox,
            IndexKeeper(runtime.engine, index, receiving.vault),
            InboxTrimming(runtime, group),
            SecondFence(runtime),
            Retention(runtime, erasing, zone, records=records, staff_files=staff_files),
        ),
        purges=(Purge("rejection", purge_rejections),),
        files=FILES,
    )


SERVICE = Service(
    name="intake",
    title="Intake",
    decider=DECIDER,
    state_type=Complaint,
    state_version=STATE_VERSION,
    schema=Schema("intake", Path(str(files("casework.intake"))) / "migrations"),
    build=build,
    rebuild=rebuild,
    read_tables=("ground", "complaint_code", "road"),
)
