"""Intake, put together."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from casework.intake import api
from casework.intake.consumers import IntakeReactor
from casework.intake.domain.complaint import DECIDER, STATE_VERSION, Complaint
from casework.intake.files import FILES
from casework.intake.handlers import Receiving
from casework.intake.inbox import Inbox
from casework.intake.references import rebuild
from casework.intake.rules import zone_of
from casework.intake.watching import PURPOSE, Watching
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.migrations.schema import Schema
from casework.shared.runtime.messaging import Subscription
from casework.shared.runtime.service import Rooms, Service, ServiceRuntime


def build(runtime: ServiceRuntime) -> Rooms:
    """Intake's rooms: receiving posts over HTTP and from the inbox, its staff's steps, and the key store."""
    key_file = KeyFile.load(runtime.settings.key_file)
    zone = zone_of(runtime.rulebook)
    receiving = Receiving(
        runtime.store,
        Vault(key_file),
        runtime.standing,
        key_file.derive(b"casework repeated words"),
        runtime.procedures,
        zone,
    )
    inbox = Inbox(runtime, receiving)
    group = f"{runtime.settings.topic_prefix}intake.inbox.v1"
    return Rooms(
        reactor=IntakeReactor(runtime.actor, zone),
        routers=api.routers(runtime, receiving, Watching(key_file.derive(PURPOSE))),
        subscriptions=(Subscription(runtime.topics.inbox, group, inbox.take),),
        parts=(inbox,),
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
)
