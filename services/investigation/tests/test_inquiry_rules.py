"""Who may not investigate, whose sides a finding rests on, and the tasks of several hands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.investigation.tests.inquiry_cases import (
    ASSIGN,
    ASSIGNED,
    BARRED,
    DONE,
    DUE,
    EARLY,
    FINISH,
    GIVE,
    GIVE_SEARCH,
    GIVEN,
    GIVEN_SEARCH,
    NAMED,
    SEARCH,
    STAKE,
    STAKED,
    TAKE_BACK_TASK,
    TASK_TAKEN_BACK,
    VIEW,
)
from services.investigation.tests.proof_cases import PHOTOGRAPHED
from services.investigation.tests.test_investigation_domain import (
    ACCEPT,
    ACCEPTED,
    CONCLUDE,
    FIND,
    FOUND,
    OPENED,
    STAGES,
)

from casework.investigation.domain import conflicts, errors
from casework.investigation.domain.commands import RecordFinding
from casework.investigation.domain.conflicts import NotePersons
from casework.investigation.domain.events import BarredFromInvestigating, DemandNoted, FindingRecorded
from casework.investigation.domain.evidence_refusals import UnknownItem
from casework.investigation.domain.findings import HeardAndUnheard, NoteDemand, SideUnheard, UnknownDemand
from casework.investigation.domain.investigation import DECIDER
from casework.investigation.domain.tasks import TaskDueInThePast, TaskIsOver
from casework.shared.conflicts import ConflictOfInterest
from casework.shared.contracts.inquiry import Unheard
from casework.shared.testing.given import given
from casework.shared.which import NotOnThisCase, SayWhich

UNREACHABLE = Unheard(side="organisation", reason="unreachable since 08:00")


def test_nobody_whom_the_case_names_takes_it() -> None:
    barred = given(DECIDER).when(NAMED, NAMED).then(BARRED)
    offered = given(DECIDER, *barred.events, OPENED)
    offered.when(replace(ACCEPT, holder="Clerk-0417")).refused(ConflictOfInterest, saying="Clerk-0417 is named")
    offered.when(ACCEPT).then(ACCEPTED)
    offered.when(replace(ACCEPT, holder="clerk-0417", imported=True)).then(replace(ACCEPTED, holder="clerk-0417"))


def test_a_corrected_card_frees_who_was_not_meant() -> None:
    other = BarredFromInvestigating(persons=("clerk-0418",))
    corrected = given(DECIDER, OPENED, BARRED).when(NotePersons(persons=("clerk-0418",))).then(other)
    corrected.when(replace(ACCEPT, holder="clerk-0417")).then(replace(ACCEPTED, holder="clerk-0417"))
    given(DECIDER, OPENED, BARRED).when(NotePersons(persons=())).then(BarredFromInvestigating())


def test_somebody_with_a_stake_is_barred_and_not_assigned() -> None:
    staked = given(DECIDER, *STAGES["investigating"]).when(STAKE, STAKE).then(STAKED)
    staked.when(replace(ASSIGN, holder="clerk-0522")).refused(ConflictOfInterest, saying="somebody else")
    staked.when(ASSIGN).then(ASSIGNED)


def test_a_holder_who_is_named_later_is_relieved_before_anything_is_found() -> None:
    named = BarredFromInvestigating(persons=("Ravi Patel",))
    held = given(DECIDER, *STAGES["investigating"]).when(NotePersons(persons=("Ravi Patel",))).then(named)
    held.when(replace(FIND, by="Mei Lin")).refused(ConflictOfInterest, saying="Ravi Patel")
    relieved = held.when(ASSIGN).then(ASSIGNED)
    relieved.when(FIND).refused(ConflictOfInterest, saying="Ravi Patel")
    found = relieved.when(replace(FIND, by="Mei Lin")).then(FOUND)
    found.when(replace(CONCLUDE, by="ravi patel")).refused(ConflictOfInterest)


def test_an_assignment_needs_an_investigation() -> None:
    given(DECIDER, *STAGES["concluded"]).when(ASSIGN).refused(errors.InvestigationAlreadyConcluded)


def test_a_finding_on_one_side_only_is_refused() -> None:
    investigating = given(DECIDER, *STAGES["investigating"])
    one_side = replace(FIND, sides_heard=("complainant",))
    investigating.when(one_side).refused(SideUnheard, saying="the organisation's")
    investigating.when(replace(FIND, sides_heard=())).refused(SideUnheard, saying="the complainant's")
    investigating.when(replace(one_side, unheard=(UNREACHABLE,))).then(
        replace(FOUND, sides_heard=("complainant",), unheard=(UNREACHABLE,))
    )
    investigating.when(replace(FIND, unheard=(UNREACHABLE,))).refused(HeardAndUnheard, saying="organisation")


def test_what_is_told_of_the_past_or_known_beforehand_is_taken_as_it_is() -> None:
    settled = RecordFinding(finding="Twice.", side="organisation", settled=True)
    given(DECIDER, *STAGES["investigating"], BarredFromInvestigating(persons=("Ravi Patel",))).when(settled).then(
        FindingRecorded(finding="Twice.", side="organisation")
    )


def test_several_hands_work_at_once_and_each_has_a_time() -> None:
    both = given(DECIDER, *STAGES["investigating"]).when(GIVE, GIVE_SEARCH).then(GIVEN, GIVEN_SEARCH)
    both.when(replace(FINISH, task_id=None)).refused(SayWhich, saying=str(SEARCH))
    both.when(replace(FINISH, task_id=VIEW, now=DUE)).then(replace(DONE, late=True))
    one = both.when(TAKE_BACK_TASK, replace(FINISH, task_id=None)).then(TASK_TAKEN_BACK, DONE)
    one.when(FINISH).refused(TaskIsOver, saying="Task 1")
    one.when(CONCLUDE).refused(errors.NoFinding)


def test_a_task_needs_a_time_ahead_and_an_id_of_this_case() -> None:
    investigating = given(DECIDER, *STAGES["investigating"])
    investigating.when(replace(GIVE, due_at=EARLY)).refused(TaskDueInThePast)
    investigating.when(replace(GIVE, due_at=EARLY, now=None)).then(replace(GIVEN, due_at=EARLY))
    investigating.when(FINISH).refused(NotOnThisCase)


@pytest.mark.parametrize("stage", ["concluded", "offered"])
def test_what_was_asked_for_can_still_arrive_after_the_conclusion(stage: str) -> None:
    given(DECIDER, *STAGES["investigating"], GIVEN, *STAGES[stage][2:]).when(FINISH).then(DONE)


def test_a_finding_names_what_is_there_unless_it_is_told_of_the_past() -> None:
    here = given(DECIDER, *STAGES["investigating"], DemandNoted(number=2), PHOTOGRAPHED)
    found = replace(FIND, demand=2, evidence=(1,))
    here.when(found).then(replace(FOUND, demand=2, evidence=(1,)))
    here.when(replace(found, demand=3)).refused(UnknownDemand, saying="from 1 to 2")
    here.when(replace(found, evidence=(1, 2))).refused(UnknownItem, saying="no item of evidence 2")
    past = replace(found, demand=3, evidence=(2,), settled=True)
    here.when(past).then(replace(FOUND, demand=3, evidence=(2,)))


def test_a_demand_is_noted_once_and_not_after_the_withdrawal() -> None:
    given(DECIDER).when(NoteDemand(number=1), NoteDemand(number=1)).then(DemandNoted(number=1))
    given(DECIDER, DemandNoted(number=2)).when(NoteDemand(number=1)).then()
    given(DECIDER, *STAGES["discontinued"]).when(NoteDemand(number=1)).then()


def test_so_many_have_a_stake_as_one_event_can_name() -> None:
    first, second = (tuple(f"clerk-{number}" for number in range(at, at + 60)) for at in (0, 60))
    work = (
        given(DECIDER, *STAGES["investigating"])
        .when(replace(STAKE, persons=first))
        .then(replace(STAKED, persons=first))
    )
    work.when(replace(STAKE, persons=second)).refused(conflicts.TooManyStakes, saying="100")
    # Who was named before counts once.
    known = (*first[:20], *second[:40])
    work.when(replace(STAKE, persons=known)).then(replace(STAKED, persons=known))
