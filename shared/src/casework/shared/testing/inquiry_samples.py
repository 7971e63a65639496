"""One sample of every event of the inquiry, and of who is barred from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import checks, conflicts, inquiry
from casework.shared.contracts.types import Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_TASK = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9d01")

INQUIRY_SAMPLES: tuple[object, ...] = (
    inquiry.CauseRecorded(cause="The job that books the annual fee ran twice. 年费任务被执行了两次。"),
    conflicts.BarredFromInvestigating(persons=("clerk-0417",)),
    conflicts.BarredFromDeciding(named=("clerk-0417",), stakes=("clerk-0522",)),
    conflicts.StakeDeclared(persons=("clerk-0522",), reason="The commission of the sale was paid to this clerk."),
    conflicts.InvestigatorAssigned(holder="Ravi Patel", reason="The complaint names who held it before."),
    inquiry.TaskGiven(
        task_id=_TASK,
        number=1,
        kind="contribution",
        what="Legal's view on the second booking.",
        holder="legal",
        due_at=datetime(2026, 3, 6, 0, 0, tzinfo=UTC),
    ),
    inquiry.TaskDone(task_id=_TASK, number=1, by="legal", result="The terms give no ground for it.", late=True),
    checks.InvestigationChecked(
        checklist="internal.nine-points", version=1, answers=(checks.CheckAnswer(question="patience", answer="Yes."),)
    ),
    checks.ResponseChecked(
        checklist="internal.five-mores",
        version=1,
        offered=checks.LevelOffered(
            level="branch head",
            rung=3,
            day=date(2026, 3, 5),
            reply=Sealed(person=_PERSON, nonce="q3T1v0ZkP8mWcY2d", box="V1n0b3hvZnRoZXdvcmRzc3Bva2VuYnl0aGVjYWxsZXI"),
        ),
    ),
    inquiry.TaskTakenBack(task_id=_TASK, number=1, reason="The bank answered the question itself."),
    inquiry.DemandNoted(number=2),
)
