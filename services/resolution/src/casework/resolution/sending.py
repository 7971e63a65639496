"""What every text that staff send through resolution has in common: what it says of itself, and what it is held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias
from uuid import UUID

from casework.resolution.domain.answer_gate import Gate
from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.outgoing import SaidBefore, Sending
from casework.resolution.domain.resolution import Resolution
from casework.shared.answers.routes import route_for
from casework.shared.answers.wording import Wording
from casework.shared.business_time import is_backdated
from casework.shared.contracts.envelope import Envelope, open_envelope
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.messages import Cites, FactsStated, Says, Topics
from casework.shared.contracts.registry import from_data, type_name
from casework.shared.eventstore.store import Unit
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

ResolutionUnit: TypeAlias = Unit[Command, Resolution, ResolutionEvent]


class Sent(Part):
    """What a text that goes out says of itself: its topics, the approved statements that it cites, the facts that it
    states, and the event that it openly corrects."""

    about: Topics = ()
    cites: Cites = ()
    says: Says = ()
    corrects: UUID | None = None


OF_ITSELF = frozenset(Sent.model_fields)


def rest(body: Sent) -> dict[str, Any]:
    """The fields of a text besides what it says of itself."""
    return {name: value for name, value in dict(body).items() if name not in OF_ITSELF}


def wording_now(runtime: ServiceRuntime, unit: ResolutionUnit) -> Wording | None:
    """The wording that a text sent now is held to; None for one of an imported history, which was sent long ago."""
    return None if is_backdated(unit.occurred_at, unit.now) else runtime.wording


def gate_now(runtime: ServiceRuntime, unit: ResolutionUnit, case_id: UUID) -> Gate | None:
    """What a final answer given now is held to; None for one of an imported history."""
    if wording_now(runtime, unit) is None:
        return None
    deadlines = unit.streams[case_id].state.known.deadlines
    # A complaint received before receipts were noted here: by what counts for every complaint.
    ids = runtime.rulebook.institution.policies if deadlines is None else deadlines
    return Gate(route=route_for(runtime.routes, ids, unit.now, runtime.rulebook))


async def sending(runtime: ServiceRuntime, work: Work, unit: ResolutionUnit, case_id: UUID, body: Sent) -> Sending:
    """What a text that goes out is held to. Reads what was stated before, where it states something itself."""
    before: tuple[SaidBefore, ...] = ()
    if body.says:
        rows = await work.fetch(
            "SELECT envelope FROM event WHERE case_id = $1 AND type = $2 ORDER BY version",
            case_id,
            type_name(FactsStated),
        )
        before = tuple(said for row in rows for said in _said(open_envelope(row["envelope"])))
    return Sending(
        wording=wording_now(runtime, unit),
        about=body.about,
        cites=body.cites,
        says=body.says,
        corrects=body.corrects,
        before=before,
    )


def _said(envelope: Envelope) -> Iterator[SaidBefore]:
    event = from_data(envelope.type, envelope.data)
    if isinstance(event, FactsStated):
        for fact in event.says:
            yield SaidBefore(fact, envelope.id)
