"""What investigation's decisions need beside the body of the request: the offer that stands, time and ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias
from uuid import UUID

from casework.investigation.domain.commands import AcceptHandOff, Command, DeclineHandOff
from casework.investigation.domain.events import InvestigationEvent
from casework.investigation.domain.evidence import RecordEvidence, RequestEvidence
from casework.investigation.domain.investigation import Investigation
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Instant, Prose
from casework.shared.contracts.vocabulary import Channel, Lateness, Side
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Gather
from casework.shared.http.handoffs import Acceptance, Declination
from casework.shared.runtime.database import Work

InvestigationUnit: TypeAlias = Unit[Command, Investigation, InvestigationEvent]


class EvidenceWanted(Part):
    """What a party is asked for, by when, and what comes of it if nothing arrives."""

    of: Side
    what: Prose
    due_at: Instant
    effect: Lateness
    channel: Channel


class Evidence(Part):
    """What arrived. Without `request_id` it answers the one request that is open."""

    request_id: UUID | None = None
    what: Prose


def accept(case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""

    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        offer_id = body.to(unit.streams[case_id].state.offer)
        return (AcceptHandOff(offer_id=offer_id, holder=body.holder or actor.id),)

    return gather


def decline(case_id: UUID, body: Declination) -> Gather:
    """Leave the work with intake."""

    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (DeclineHandOff(offer_id=body.to(unit.streams[case_id].state.offer), reason=body.reason),)

    return gather


def request_evidence(body: EvidenceWanted, mint: Callable[[], UUID]) -> Gather:
    """Ask a party for evidence, now."""

    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (RequestEvidence(request_id=mint(), now=unit.now, **dict(body)),)

    return gather


def record_evidence(body: Evidence) -> Gather:
    """Record what arrived, now."""

    async def gather(_work: Work, unit: InvestigationUnit) -> Sequence[Command]:
        return (RecordEvidence(request_id=body.request_id, what=body.what, now=unit.now),)

    return gather
