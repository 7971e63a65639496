"""Rules for what belongs to a complaint beside its receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from services.intake.tests.around_cases import (
    CONTACT,
    DISPUTE,
    EARLIER,
    KNOWN,
    LATER,
    LIST,
    NOT_A,
    NOW,
    ONE,
    POST,
    SAID,
    SETTLE,
    STATE,
    TAKE,
    TWO,
    A,
    B,
)

from casework.intake.domain import around
from casework.intake.domain.around import NOTHING_AROUND, AroundCommand, AroundEvent, Known, RecordGround
from casework.intake.domain.commands import ReceiveComplaint, WithdrawComplaint
from casework.intake.domain.complaint import DECIDER, Complaint
from casework.intake.domain.demand_owners import DemandDueInThePast, DemandNeedsTime, DemandTimeStands
from casework.intake.domain.demands import ChangeDemand, StateDemand
from casework.intake.domain.disputes import (
    DisputeAlreadyLinked,
    NoteDisputeState,
    RecordDisputeWords,
)
from casework.intake.domain.errors import ComplaintIsWithdrawn, ComplaintNotReceived
from casework.intake.domain.items import ItemAlreadySettled, MoreThanDelivered
from casework.intake.domain.numbered import MOST, NotNumbered, TooMany
from casework.intake.domain.posts import (
    AnswerPost,
    ApprovedByItsAuthor,
    ApprovePostStatement,
    Post,
    PostDayInTheFuture,
    PublicStatementNotApproved,
    ReportedBeforePosted,
    ReportPost,
)
from casework.intake.domain.problem_statements import (
    AgreeProblem,
    NextStepInThePast,
    ProblemAlreadyAgreed,
    ProblemRestated,
)
from casework.intake.domain.repeat_contacts import ContactAlreadyLinked, ContactInTheFuture
from casework.intake.domain.respondents import (
    AnswerForRespondent,
    LastRespondent,
    RespondentAlreadyNamed,
    RespondentEnded,
)
from casework.shared.contracts.around import (
    ContactLinked,
    DemandPassedOn,
    DemandTaken,
    DisputeStateNoted,
    GroundRecorded,
    ItemListed,
    ProblemAgreed,
    RespondentNamed,
    RespondentWithdrawn,
)
from casework.shared.errors import Refusal

MEIS = ApprovePostStatement(number=1, statement="No.", by="mei")


def run(*commands: AroundCommand, known: Known = KNOWN) -> tuple[list[AroundEvent], around.Around]:
    happened: list[AroundEvent] = []
    state = NOTHING_AROUND
    for command in commands:
        events = around.decide(command, state, known)
        happened += events
        for event in events:
            state = around.evolve(state, event)
    return happened, state


@pytest.mark.parametrize(
    ("before", "command", "refusal"),
    [
        ([], replace(TAKE, number=3), NotNumbered),
        ([], replace(TAKE, due_at=None), DemandNeedsTime),
        ([], replace(TAKE, due_at=NOW), DemandDueInThePast),
        ([TAKE], replace(TAKE, due_at=LATER + timedelta(days=1)), DemandTimeStands),
        ([], replace(LIST, quantity=51), MoreThanDelivered),
        ([], replace(LIST, demand=3), NotNumbered),
        ([], SETTLE, NotNumbered),
        ([LIST], replace(SETTLE, number=0), NotNumbered),
        ([LIST, SETTLE], SETTLE, ItemAlreadySettled),
        ([], replace(STATE, next_by=NOW), NextStepInThePast),
        ([STATE], AgreeProblem(version=2, channel="phone"), NotNumbered),
        ([STATE, STATE], AgreeProblem(version=1, channel="phone"), ProblemRestated),
        (
            [STATE, AgreeProblem(version=1, channel="phone")],
            AgreeProblem(version=1, channel="web"),
            ProblemAlreadyAgreed,
        ),
        ([], replace(CONTACT, contacted_at=LATER), ContactInTheFuture),
        (
            [replace(CONTACT, reference=("crm", "7"))],
            replace(CONTACT, reference=("crm", "7"), channel="letter"),
            ContactAlreadyLinked,
        ),
        ([A], replace(B, name="Bank A"), RespondentAlreadyNamed),
        ([A, B], replace(NOT_A, number=3), NotNumbered),
        ([A, B, NOT_A], NOT_A, RespondentEnded),
        ([A], NOT_A, LastRespondent),
        ([A, B, NOT_A], replace(NOT_A, number=2), LastRespondent),
        ([A, B, NOT_A], AnswerForRespondent(number=1, outcome="upheld", reason="Done."), RespondentEnded),
        ([], replace(DISPUTE, item=1), NotNumbered),
        ([DISPUTE], DISPUTE, DisputeAlreadyLinked),
        ([], NoteDisputeState(number=1, state="settled"), NotNumbered),
        ([], RecordDisputeWords(number=1, side="complainant", words=SAID), NotNumbered),
        ([], replace(POST, posted_on=date(2026, 3, 3)), PostDayInTheFuture),
        ([POST, MEIS], AnswerPost(number=1, statement="No.", author="mei"), ApprovedByItsAuthor),
        ([POST], AnswerPost(number=1, statement="No.", author="mei", long_ago_by="mei"), ApprovedByItsAuthor),
        ([POST], AnswerPost(number=1, statement="No.", author="mei"), PublicStatementNotApproved),
        ([POST, POST, MEIS], AnswerPost(number=2, statement="No.", author="li"), PublicStatementNotApproved),
        ([POST, MEIS], AnswerPost(number=1, statement="No!", author="li"), PublicStatementNotApproved),
        ([POST, MEIS], AnswerPost(number=2, statement="No.", author="li"), NotNumbered),
        ([], MEIS, NotNumbered),
        (
            [POST],
            ReportPost(number=1, to="regulator", reported_on=date(2026, 3, 1), today=date(2026, 3, 2)),
            ReportedBeforePosted,
        ),
        (
            [POST],
            ReportPost(number=1, to="regulator", reported_on=date(2026, 3, 3), today=date(2026, 3, 2)),
            PostDayInTheFuture,
        ),
    ],
)
def test_refused(before: list[AroundCommand], command: AroundCommand, refusal: type[Refusal]) -> None:
    _, state = run(*before)
    with pytest.raises(refusal):
        around.decide(command, state, KNOWN)


def test_a_demand_has_one_time_for_each_version_whoever_has_it() -> None:
    happened, state = run(TAKE, replace(TAKE, owner="li", due_at=None, demand_id=TWO), replace(TAKE, owner="li"))
    assert happened == [
        DemandTaken(number=1, version=1, demand_id=ONE, owner="mei", urgency="soon", due_at=LATER),
        DemandPassedOn(number=1, owner="li", urgency="soon"),
    ]
    changed = replace(KNOWN, demands={1: 2, 2: 1})
    (again,) = around.decide(replace(TAKE, demand_id=TWO), state, changed)
    assert again == DemandTaken(
        number=1, version=2, demand_id=TWO, owner="mei", urgency="soon", due_at=LATER, replaces=ONE
    )


def test_items_are_numbered_and_settled_each_by_itself() -> None:
    happened, state = run(LIST, replace(LIST, goods="part", demand=2), replace(SETTLE, number=2))
    numbers = [event.number for event in happened if isinstance(event, ItemListed)]
    assert (numbers, [item.settled for item in state.items]) == ([1, 2], [False, True])


def test_the_scope_is_what_was_last_agreed() -> None:
    second = replace(STATE, next_step="We write.", next_by=LATER + timedelta(days=1))
    happened, state = run(STATE, AgreeProblem(version=1, channel="phone"), second)
    assert (state.problem.scope, state.problem.versions) == (1, 2)
    assert [each for each in happened if isinstance(each, ProblemAgreed)] == [
        ProblemAgreed(version=1, channel="phone", next_step="We call.", next_by=LATER)
    ]
    (agreed,) = around.decide(AgreeProblem(version=2, channel="web"), state, KNOWN)
    assert agreed == ProblemAgreed(version=2, channel="web", next_step="We write.", next_by=second.next_by)


def test_the_receipt_is_contact_one() -> None:
    happened, _ = run(CONTACT, replace(CONTACT, channel="letter", contacted_at=EARLIER, reference=("crm", "7")))
    assert happened == [
        ContactLinked(number=2, channel="phone", contacted_at=NOW),
        ContactLinked(number=3, channel="letter", contacted_at=EARLIER, source="crm", source_reference="7"),
    ]


def test_what_ends_for_one_respondent_goes_on_for_the_other() -> None:
    happened, state = run(A, B, NOT_A)
    assert happened == [
        RespondentNamed(number=1, respondent_id=ONE, name="Bank A"),
        RespondentNamed(number=2, respondent_id=TWO, name="Bank B"),
        RespondentWithdrawn(number=1, respondent_id=ONE, reason="Paid.", channel="phone"),
    ]
    answered = AnswerForRespondent(number=2, outcome="upheld", reason="No ground.")
    assert len(around.decide(answered, state, KNOWN)) == 1
    # Against one where the other was answered, it may still be withdrawn.
    _, answered_first = run(A, B, replace(answered, number=2))
    assert len(around.decide(NOT_A, answered_first, KNOWN)) == 1


def test_a_quarrel_can_come_back_and_the_same_news_is_no_news() -> None:
    settled = NoteDisputeState(number=1, state="settled")
    happened, state = run(DISPUTE, settled, settled, DISPUTE)
    assert [each for each in happened if isinstance(each, DisputeStateNoted)] == [
        DisputeStateNoted(number=1, state="settled")
    ]
    assert [each.state for each in state.disputes] == ["settled", "open"]


def test_a_ground_is_recorded_once_and_changes_no_decision() -> None:
    ground = RecordGround(ground="loan-without-consent")
    happened, state = run(ground, ground)
    assert happened == [GroundRecorded(ground="loan-without-consent", organisation="Bank A", received_at=NOW)]
    for command in (TAKE, LIST, STATE, CONTACT, A, DISPUTE, POST):
        assert around.decide(command, state, KNOWN) == around.decide(command, NOTHING_AROUND, KNOWN)


def test_a_case_has_room_for_so_many() -> None:
    full = replace(NOTHING_AROUND, posts=(Post(posted_on=date(2026, 3, 2)),) * MOST)
    with pytest.raises(TooMany):
        around.decide(POST, full, KNOWN)


def _received() -> Complaint:
    receipt = ReceiveComplaint(
        source="crm",
        source_reference="1",
        channel="web",
        received_at=NOW,
        language="zh",
        category="Loans",
        owner="desk",
    )
    _, state = DECIDER.run([receipt], DECIDER.initial)
    return state


def test_what_is_done_about_a_complaint_ends_with_it_and_what_others_do_is_recorded() -> None:
    with pytest.raises(ComplaintNotReceived):
        DECIDER.decide(CONTACT, DECIDER.initial)
    _, state = DECIDER.run([WithdrawComplaint(reason="Settled.", channel="phone")], _received())
    for command in (LIST, STATE, A, RecordGround(ground="none")):
        with pytest.raises(ComplaintIsWithdrawn):
            DECIDER.decide(command, state)
    for told in (CONTACT, DISPUTE, POST):
        assert DECIDER.decide(told, state)


def test_the_versions_of_demands_are_those_of_the_case() -> None:
    wanted = StateDemand(kind="refund", how="explicit", asked_directly=False)
    changed = ChangeDemand(number=1, kind="repair", how="explicit", asked_directly=True)
    happened, _ = DECIDER.run([wanted, changed, TAKE], _received())
    taken = happened[-1]
    assert isinstance(taken, DemandTaken)
    assert taken.version == 2
