"""What follow-up's decisions need beside the body of the request: resolution's offer, as it is known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.commands import AcceptHandOff, Command, DeclineHandOff, ReopenCase
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.follow_up import FollowUp
from casework.followup.domain.motives import Given, RecordMotiveAnswer
from casework.followup.progress import Progress
from casework.followup.projections import progress_of
from casework.shared.business_time import is_backdated
from casework.shared.clocks.moments import Moment
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.types import Sealed
from casework.shared.eventstore.store import Unit
from casework.shared.http.commands import Gather
from casework.shared.http.handoffs import Acceptance, Declination, skills_of
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

FollowUpUnit: TypeAlias = Unit[Command, FollowUp, FollowUpEvent]


def tell(unit: FollowUpUnit, rulebook: Rulebook, moment: Moment, *, about: UUID | None = None) -> TellMoment:
    """Let the clocks know what the staff's own step brought."""
    assert unit.asked is not None
    return TellMoment(
        moment=moment,
        by=unit.asked,
        occurred_at=unit.occurred_at or unit.now,
        at=unit.now,
        rulebook=rulebook,
        about=about,
    )


def compare_motive(case_id: UUID, words: Sealed, *, answered: bool) -> Gather:
    """Record what the complainant says to the guess at their motive."""

    async def gather(work: Work, _unit: FollowUpUnit) -> Sequence[Command]:
        progress = (await progress_of(work, [case_id])).get(case_id)
        return (RecordMotiveAnswer(answered=answered, words=words, given=given_of(progress)),)

    return gather


def given_of(progress: Progress | None) -> Given | None:
    """The guess at the motive and what was given, as they are known here; None where nobody guessed."""
    if progress is None or progress.motive is None:
        return None
    return Given(motive=progress.motive, remedies=tuple(progress.given))


def reopen(reason: str, rulebook: Rulebook) -> Gather:
    """Take a closed case up again, with a new time to finish it."""

    async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        at = unit.occurred_at or unit.now
        zone = rulebook.calendar_of(rulebook.institution.calendar, None).zone
        return (ReopenCase(reason=reason, at=at, zone=zone), tell(unit, rulebook, "case-reopened"))

    return gather


def accept(runtime: ServiceRuntime, case_id: UUID, body: Acceptance, actor: Actor) -> Gather:
    """Take the work, for the named holder or else for the caller."""
    rulebook, holder = runtime.rulebook, body.holder or actor.id

    async def gather(work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        progress = (await progress_of(work, [case_id]))[case_id]
        offered = progress.offer
        imported = is_backdated(unit.occurred_at, unit.now)
        return (
            AcceptHandOff(
                offer_id=body.to(offered),
                offered=offered,
                holder=holder,
                routing=None if imported else progress.resolution.routing,
                skills=skills_of(runtime, holder, unit.now),
            ),
            tell(unit, rulebook, "hand-off-accepted", about=offered),
        )

    return gather


def decline(case_id: UUID, body: Declination, rulebook: Rulebook) -> Gather:
    """Leave the work with resolution."""

    async def gather(work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        offered = await _offered(work, case_id)
        return (
            DeclineHandOff(offer_id=body.to(offered), offered=offered, reason=body.reason),
            tell(unit, rulebook, "hand-off-declined", about=offered),
        )

    return gather


async def _offered(work: Work, case_id: UUID) -> UUID | None:
    """Resolution's standing offer. Nothing changes it before we commit: whoever does holds the case's state first."""
    return (await progress_of(work, [case_id]))[case_id].offer
