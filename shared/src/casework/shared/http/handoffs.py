"""A hand-off over HTTP, the same wherever one is offered, accepted or declined: the bodies, and their commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from casework.shared.business_time import is_backdated
from casework.shared.checks.checklists import Checklist
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.checks import CheckedStage
from casework.shared.contracts.handoff import ChecklistItem
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Instant, Sentence, Word
from casework.shared.eventstore.store import Unit
from casework.shared.handoffs.giving import OfferHandOff, Terms
from casework.shared.handoffs.kinds import HandOffRules
from casework.shared.handoffs.receiving import AcceptHandOff, DeclineHandOff
from casework.shared.http.commands import Gather
from casework.shared.runtime.database import Work

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
    offer may be tied to a `moment` to come; `acting_owner` acts if nobody has accepted by then.
    """

    reason: Sentence
    ready: Labels = ()
    open: Labels = ()
    kind: Word | None = None
    checklist: Annotated[tuple[Item, ...], Field(max_length=50)] = ()
    team: Label | None = None
    moment: Instant | None = None
    acting_owner: Label | None = None


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


def offer(
    rules: HandOffRules, to: ServiceName, body: Offer, checked: tuple[Rulebook, CheckedStage] | None = None
) -> Gather:
    """Offer the work to `to`, by the institution's rules where the body goes beyond reason, ready and open. `checked`
    is the stage that ends with it, where that has checklists.

    Raises `UnknownKind` and `UnknownTeam`, and what `giving.offered` does."""

    async def gather(work: Work, unit: Unit[Any, Any, Any]) -> Sequence[OfferHandOff]:
        terms = None
        if body.kind or body.checklist or body.team or body.moment or body.acting_owner:
            terms = Terms(
                at=work.now,
                kind=rules.kind(body.kind) if body.kind else None,
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
                checklists=() if checked is None else _to_answer(*checked, unit),
                occurred_at=unit.occurred_at,
            ),
        )

    return gather


def _to_answer(rulebook: Rulebook, stage: CheckedStage, unit: Unit[Any, Any, Any]) -> tuple[Checklist, ...]:
    """The lists that must be answered before the stage ends; none for what is told of the past."""
    return () if is_backdated(unit.occurred_at, unit.now) else rulebook.checklists_at(stage)


def accept(case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""

    async def gather(_work: Work, unit: Unit[Any, Any, Any]) -> Sequence[AcceptHandOff]:
        offer_id = body.to(unit.streams[case_id].state.offers.offer)
        imported = is_backdated(unit.occurred_at, unit.now)
        return (AcceptHandOff(offer_id=offer_id, holder=body.holder or actor.id, imported=imported),)

    return gather


def decline(case_id: UUID, body: Declination) -> Gather:
    """Leave the work with who offered it."""

    async def gather(_work: Work, unit: Unit[Any, Any, Any]) -> Sequence[DeclineHandOff]:
        return (DeclineHandOff(offer_id=body.to(unit.streams[case_id].state.offers.offer), reason=body.reason),)

    return gather
