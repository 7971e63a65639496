"""Commands and events of the inquiry for the tests of investigation's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.investigation.tests.eight_d_cases import REPORT_COMMANDS, REPORT_EVENTS

from casework.investigation.domain.bearing import Part, RuleShares
from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import Command
from casework.investigation.domain.conflicts import AssignInvestigator, DeclareStake, NotePersons
from casework.investigation.domain.events import (
    BarredFromInvestigating,
    CauseRecorded,
    DemandNoted,
    InvestigationChecked,
    InvestigationEvent,
    InvestigatorAssigned,
    RecourseOpened,
    SharesRuled,
    StakeDeclared,
    TaskDone,
    TaskGiven,
    TaskTakenBack,
)
from casework.investigation.domain.findings import NoteDemand
from casework.investigation.domain.tasks import FinishTask, GiveTask, TakeBackTask
from casework.shared.checks.answering import AnswerChecks
from casework.shared.checks.checklists import Checklist, Question
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.bearing import Share
from casework.shared.contracts.checks import CheckAnswer
from casework.shared.contracts.types import Money

CAUSE = RecordCause(cause="The job ran twice. 任务被执行了两次。")
NOT_FOUND = RecordCause(not_found_after=("Read the log of the job.", "Asked the bank."))
CAUSED = CauseRecorded(cause=CAUSE.cause)
UNKNOWN = CauseRecorded(not_found_after=NOT_FOUND.not_found_after)

NAMED = NotePersons(persons=("clerk-0417",))
BARRED = BarredFromInvestigating(persons=("clerk-0417",))
STAKE = DeclareStake(persons=("clerk-0522",), reason="Sold the policy.")
STAKED = StakeDeclared(persons=("clerk-0522",), reason="Sold the policy.")
ASSIGN = AssignInvestigator(holder="Mei Lin", reason="The complaint names the holder.")
ASSIGNED = InvestigatorAssigned(holder="Mei Lin", reason="The complaint names the holder.")

VIEW, SEARCH = UUID(int=31), UUID(int=32)
DUE = datetime(2026, 3, 6, tzinfo=UTC)
EARLY = DUE - timedelta(days=3)
GIVE = GiveTask(task_id=VIEW, kind="contribution", what="Legal's view.", holder="legal", due_at=DUE, now=EARLY)
GIVE_SEARCH = replace(GIVE, task_id=SEARCH, kind="task", what="Search the school.", holder="wardens")
GIVEN = TaskGiven(task_id=VIEW, number=1, kind="contribution", what="Legal's view.", holder="legal", due_at=DUE)
GIVEN_SEARCH = replace(GIVEN, task_id=SEARCH, number=2, kind="task", what="Search the school.", holder="wardens")
FINISH = FinishTask(task_id=VIEW, by="Ann", result="No ground in the terms.", now=EARLY)
DONE = TaskDone(task_id=VIEW, number=1, by="Ann", result="No ground in the terms.")
TAKE_BACK_TASK = TakeBackTask(task_id=SEARCH, reason="Found meanwhile.")
TASK_TAKEN_BACK = TaskTakenBack(task_id=SEARCH, number=2, reason="Found meanwhile.")

DAMAGE = Money(amount="3000.00", currency="USD")
MAKER = "Hole Makers Ltd"
RULE = RuleShares(
    damage=DAMAGE,
    parts=(
        Part(bearer="supplier", name=MAKER, percent=60, stance="denies", documents=("MR-7",)),
        Part(bearer="us", percent=40),
    ),
)
BACK = Money(amount="1800.00", currency="USD")
RULED = SharesRuled(
    damage=DAMAGE,
    shares=(
        Share(bearer="supplier", name=MAKER, percent=60, amount=BACK, stance="denies", documents=("MR-7",)),
        Share(bearer="us", percent=40, amount=Money(amount="1200.00", currency="USD")),
    ),
)
RECOURSE = RecourseOpened(bearer="supplier", name=MAKER, amount=BACK, denied_despite_proof=True)

FIVE_MORES = Checklist(
    id="internal.five-mores",
    version=1,
    stage="response",
    title=Bilingual(en="The five mores", zh="五个多一点"),
    levels=("handler", "supervisor", "branch head"),
    questions=(
        Question(name="patience", text=Bilingual(en="Heard out?", zh="是否听完?")),
        Question(name="level", text=Bilingual(en="Which level?", zh="哪一级?"), level=True),
    ),
)
CHECK = AnswerChecks(
    checklists=(FIVE_MORES,),
    checklist="internal.five-mores",
    answers=(CheckAnswer(question="patience", answer="Yes."),),
)
CHECKED = InvestigationChecked(checklist="internal.five-mores", version=1, answers=CHECK.answers)

INQUIRY_COMMANDS: tuple[Command, ...] = (
    NoteDemand(number=1),
    NoteDemand(number=2),
    CAUSE,
    NOT_FOUND,
    NAMED,
    NotePersons(persons=("Ravi Patel",)),
    STAKE,
    ASSIGN,
    GIVE,
    GIVE_SEARCH,
    FINISH,
    replace(FINISH, task_id=None),
    TAKE_BACK_TASK,
    RULE,
    CHECK,
    *REPORT_COMMANDS,
)
INQUIRY_EVENTS: tuple[InvestigationEvent, ...] = (
    DemandNoted(number=2),
    CAUSED,
    UNKNOWN,
    BARRED,
    STAKED,
    ASSIGNED,
    GIVEN,
    GIVEN_SEARCH,
    DONE,
    TASK_TAKEN_BACK,
    RULED,
    RECOURSE,
    CHECKED,
    *REPORT_EVENTS,
)
