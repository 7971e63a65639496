"""A hand-off over HTTP, the same wherever one is offered, accepted or declined: the bodies, and their commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from casework.shared.business_time import is_backdated
from casework.shared.checks.checklists import Checklist
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.checks import CheckedStage
from casework.shared.contracts.handoff import ChecklistItem, Routing
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Instant, Sentence, Word
from casework.shared.eventstore.store import Unit
from casework.shared.handoffs.giving import OfferHandOff, Terms
from casework.shared.handoffs.kinds import HandOffKind
from casework.shared.handoffs.receiving import AcceptHandOff, DeclineHandOff
from casework.shared.http.commands import Gather
from casework.shared.people.routing import route
from casework.shared.people.units import skills_at
from casework.shared.runtime.database import Work

if TYPE_CHECKING:
    from casework.shared.runtime.service import ServiceRuntime

NO_OFFER = UUID(int=0)
"""Answered where no offer stands. It is nobody's, so the rule that refuses the answer says why."""

Labels = Annotated[tuple[Label, ...], Field(max_length=100)]


class Item(Part):
    """One thing that travels with the offer. `value` is nothing personal: for the item `contact` it is `complainant`
    where the sealed contact on the case will do, or `staff:` and a name."""

    name: Word
    value: Label


class Offer(Part):
    """An offer of the work: why, what is ready, what is open.

    `kind` is one of the institution's kinds of hand-off, which says what has to travel; `team` is who is asked. An
    offer may be tied to a `moment` to come; `acting_owner` acts if nobody has accepted by then. The work takes
    `skills`, beside those of its kind, and is put to whoever is on duty in the `unit` and has them; `person` asks one
    by name.
    """

    reason: Sentence
    ready: Labels = ()
    open: Labels = ()
    kind: Word | None = None
    checklist: Annotated[tuple[Item, ...], Field(max_length=50)] = ()
    team: Label | None = None
    moment: Instant | None = None
    acting_owner: Label | None = None
    skills: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    unit: Label | None = None
    person: Label | None = None


class Answer(Part):
    """An answer to an offer. Without `offer_id` it is to the one that stands."""

    offer_id: UUID | None = None

    def to(self, standing: UUID | None) -> UUID:
        """The id of the offer that is answered, where `standing` is the one before this service."""
        return self.offer_id or standing or NO_OFFER


class Acceptance(Answer):
    """The work is taken. `holder` does it from now on: who sends this, unless somebody else is named."""

    holder: Label | None = None


class Declination(Answer):
    """The work is not taken: it stays with who offered it."""

    reason: Sentence


def offer(runtime: ServiceRuntime, to: ServiceName, body: Offer, stage: CheckedStage | None = None) -> Gather:
    """Offer the work to `to`, by the institution's rules where the body goes beyond reason, ready and open. `stage` is
    the one that ends with it, where that has checklists.

    Raises `UnknownKind` and `UnknownTeam`, and what `giving.offered` and `routing.route` do."""
    rules, rulebook = runtime.hand_offs, runtime.rulebook

    async def gather(work: Work, unit: Unit[Any, Any, Any]) -> Sequence[OfferHandOff]:
        terms = None
        routed = body.skills or body.unit or body.person
        if body.kind or body.checklist or body.team or body.moment or body.acting_owner or routed:
            kind = rules.kind(body.kind) if body.kind else None
            terms = Terms(
                at=work.now,
                kind=kind,
                routing=None if is_backdated(unit.occurred_at, unit.now) else _routing(runtime, body, kind, work.now),
                checklist=tuple(ChecklistItem(name=item.name, value=item.value) for item in body.checklist),
                team=rules.team(body.team, to) if body.team else None,
                moment=body.moment,
                acting_owner=body.acting_owner,
            )
        return (
            OfferHandOff(
                reason=body.reason,
                ready=body.ready,
                open=body.open,
                terms=terms,
                checklists=() if stage is None else _to_answer(rulebook, stage, unit),
                occurred_at=unit.occurred_at,
            ),
        )

    return gather


def _routing(runtime: ServiceRuntime, body: Offer, kind: HandOffKind | None, at: datetime) -> Routing | None:
    """Who is asked; None where neither skills nor unit nor a person are wanted, and where there is no file of people
    to tell by and the offer names none of it."""
    skills = tuple(dict.fromkeys((*(kind.skills if kind else ()), *body.skills)))
    unit = body.unit or (kind.unit if kind else None)
    if not (skills or unit or body.person) or not (runtime.people.are_known or body.unit or body.person):
        return None
    return route(runtime.people.directory(), at, skills=skills, unit=unit, person=body.person)


def _to_answer(rulebook: Rulebook, stage: CheckedStage, unit: Unit[Any, Any, Any]) -> tuple[Checklist, ...]:
    """The lists that must be answered before the stage ends; none for what is told of the past."""
    return () if is_backdated(unit.occurred_at, unit.now) else rulebook.checklists_at(stage)


def skills_of(runtime: ServiceRuntime, holder: str, at: datetime) -> tuple[str, ...] | None:
    """The skills of a holder, none of one who is unknown; None where there is no file of people to tell by."""
    if not runtime.people.are_known:
        return None
    member = runtime.people.directory().members.get(holder)
    return () if member is None else skills_at(member, at)


def accept(runtime: ServiceRuntime, case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""
    holder = body.holder or actor.id

    async def gather(_work: Work, unit: Unit[Any, Any, Any]) -> Sequence[AcceptHandOff]:
        offer_id = body.to(unit.streams[case_id].state.offers.offer)
        imported = is_backdated(unit.occurred_at, unit.now)
        skills = skills_of(runtime, holder, unit.now)
        return (AcceptHandOff(offer_id=offer_id, holder=holder, imported=imported, skills=skills),)

    return gather


def decline(case_id: UUID, body: Declination) -> Gather:
    """Leave the work with who offered it."""

    async def gather(_work: Work, unit: Unit[Any, Any, Any]) -> Sequence[DeclineHandOff]:
        return (DeclineHandOff(offer_id=body.to(unit.streams[case_id].state.offers.offer), reason=body.reason),)

    return gather
