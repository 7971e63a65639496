"""Commands and events of sanctions on parties and of appeals, for the tests of resolution's rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.resolution.domain.appeals import DecideDecisionAppeal, LodgeDecisionAppeal
from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import ResolutionEvent
from casework.resolution.domain.party_sanctions import (
    AppealPartySanction,
    EndPartySanction,
    ReverseInfringement,
    SanctionParty,
    UpholdInfringement,
)
from casework.shared.contracts.appeals import DecisionAppealDecided, DecisionAppealed
from casework.shared.contracts.sanctions import (
    InfringementReversed,
    InfringementUpheld,
    LadderRef,
    PartySanctionAppealed,
    PartySanctionConfirmed,
    PartySanctioned,
    PartySanctionReversed,
    SanctionStep,
)
from casework.shared.policies.shipped_sanctions import sanction_ladders
from casework.shared.sanctions.ladders import SanctionLadder, in_force

IT, APPEAL = UUID(int=51), UUID(int=52)
DAY = date(2026, 3, 2)
LADDERS = sanction_ladders()


def general(on: date) -> SanctionLadder:
    """The shipped ladder of general infringements."""
    return in_force(LADDERS, "platform.general", on)


SANCTION_COMMANDS: tuple[Command, ...] = (
    UpholdInfringement(
        infringement_id=IT,
        party="shop-1",
        on=DAY,
        today=DAY,
        serious=False,
        ground="As described.",
        past=(),
        ladder_on=general,
    ),
    ReverseInfringement(infringement_id=None, on=DAY, reason="Looked at again."),
    SanctionParty(sanction_id=IT, party="shop-1", kind="shop-down", ground="Parcels not sent.", starts_on=DAY),
    AppealPartySanction(sanction_id=None, on=DAY, grounds="A strike."),
    EndPartySanction(sanction_id=None, on=DAY, outcome="reversed", reason="Looked at again."),
    EndPartySanction(sanction_id=None, on=DAY, outcome="confirmed", reason="Looked at again."),
    LodgeDecisionAppeal(
        appeal_id=APPEAL, grounds="One entry was not looked at.", now=datetime(2026, 3, 3, tzinfo=UTC), route="Courts."
    ),
    DecideDecisionAppeal(succeeded=True, reason="It was not.", judge="reviewer-2"),
    DecideDecisionAppeal(succeeded=False, reason="It was.", judge="Aoife Byrne"),
)
SANCTION_EVENTS: tuple[ResolutionEvent, ...] = (
    InfringementUpheld(
        infringement_id=IT,
        party="shop-1",
        ladder=LadderRef(id="platform.general", version=1),
        on=DAY,
        serious=False,
        ground="As described.",
        count=1,
        step=SanctionStep(kind="points", points=4),
    ),
    InfringementReversed(infringement_id=IT, party="shop-1", on=DAY, reason="Looked at again."),
    PartySanctioned(sanction_id=IT, party="shop-1", kind="shop-down", ground="Parcels not sent.", starts_on=DAY),
    PartySanctionAppealed(sanction_id=IT, party="shop-1", on=DAY, grounds="A strike."),
    PartySanctionConfirmed(sanction_id=IT, party="shop-1", on=DAY, reason="The strike was over."),
    PartySanctionReversed(sanction_id=IT, party="shop-1", on=DAY, reason="Looked at again."),
    DecisionAppealed(appeal_id=APPEAL, grounds="One entry was not looked at."),
    DecisionAppealDecided(appeal_id=APPEAL, succeeded=True, reason="It was not.", judge="reviewer-2"),
)
