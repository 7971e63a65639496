"""Nobody whom the case names decides, approves or reviews anything of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.resolution.tests.answer_cases import DECIDE, GATE, RULE
from services.resolution.tests.conflict_cases import BARRED, NAMED, STAKE
from services.resolution.tests.remedy_cases import ALLOW, APPROVE, LEAD, LEAD_ON, LEAVE_IT, REFUSE, REPORT
from services.resolution.tests.sanction_cases import SANCTION_COMMANDS
from services.resolution.tests.test_resolution_domain import ACCEPT, ACCEPTED, OPENED
from services.resolution.tests.timed_cases import GRANT, IMPOSE

from casework.resolution.domain import judges
from casework.resolution.domain.appeals import DecideDecisionAppeal
from casework.resolution.domain.commands import Command
from casework.resolution.domain.conflicts import NotePersons
from casework.resolution.domain.events import BarredFromDeciding
from casework.resolution.domain.party_sanctions import (
    EndPartySanction,
    ReverseInfringement,
    SanctionParty,
    UpholdInfringement,
)
from casework.resolution.domain.resolution import DECIDER
from casework.resolution.domain.statements import ApproveStatement
from casework.shared.conflicts import ConflictOfInterest, Conflicts
from casework.shared.testing.given import given

CLERK = replace(LEAD, id="clerk-0417")


def test_whom_the_card_names_by_now_is_barred_and_a_stake_stays() -> None:
    given(DECIDER).when(NAMED, NAMED).then(BARRED)
    both = given(DECIDER, BARRED).when(STAKE, STAKE).then(replace(BARRED, stakes=("clerk-0522",)))
    # The card was corrected: another clerk was meant.
    corrected = BarredFromDeciding(named=("clerk-0418",), stakes=("clerk-0522",))
    both.when(NotePersons(persons=("clerk-0418", "Clerk-0418"))).then(corrected)
    given(DECIDER, BARRED).when(NotePersons(persons=())).then(BarredFromDeciding())


def test_nobody_who_is_named_takes_the_deciding() -> None:
    opened = given(DECIDER, BARRED, OPENED)
    opened.when(replace(ACCEPT, holder="clerk-0417")).refused(ConflictOfInterest, saying="clerk-0417")
    opened.when(ACCEPT).then(ACCEPTED)
    opened.when(replace(ACCEPT, holder="clerk-0417", imported=True)).then(replace(ACCEPTED, holder="clerk-0417"))


JUDGING: tuple[Command, ...] = (
    *(replace(each, acting=CLERK) for each in (APPROVE, REFUSE, ALLOW, REPORT, LEAD_ON)),
    replace(DECIDE, by=CLERK.id),
    replace(RULE, by=CLERK.id, gate=GATE),
    ApproveStatement(statement="S-1", version=1, by=CLERK.id),
    DecideDecisionAppeal(succeeded=True, reason="Looked at.", judge=CLERK.id),
    replace(IMPOSE, by=CLERK.id),
    replace(GRANT, by=CLERK.id),
    *(
        replace(each, by=CLERK.id)
        for each in SANCTION_COMMANDS
        if isinstance(each, UpholdInfringement | ReverseInfringement | SanctionParty | EndPartySanction)
    ),
)


@pytest.mark.parametrize("command", JUDGING, ids=lambda each: type(each).__name__)
def test_whoever_is_named_judges_nothing(command: Command) -> None:
    given(DECIDER, BARRED).when(command).refused(ConflictOfInterest, saying="clerk-0417")
    judges.require_free(command, Conflicts(named=("clerk-0418",), stakes=("clerk-0522",)))


def test_what_is_told_of_the_past_is_not_held_to_it() -> None:
    told = replace(DECIDE, by=CLERK.id, gate=None)
    judges.require_free(told, DECIDER.fold([BARRED]).conflicts)
    judges.require_free(replace(LEAVE_IT, acting=CLERK), DECIDER.fold([BARRED]).conflicts)
