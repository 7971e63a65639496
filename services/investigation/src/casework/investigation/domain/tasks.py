"""What several hands do for one inquiry at a time: tasks of our own people, contributions of other units.

Invariant: every task has a holder and a time of its own and ends by being done or taken back. That one is late stops no
other and moves no deadline of the case; follow-up's clock for the task says so and climbs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.inquiry import Contribution, TaskDone, TaskGiven, TaskTakenBack
from casework.shared.contracts.types import Instant, Name, Prose, Sentence
from casework.shared.errors import Refusal
from casework.shared.which import NothingOpen, which


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveTask:
    """Ask `holder` to do something by `due_at`. `now` is when it is asked, None where it is told of the past."""

    task_id: UUID
    kind: Contribution
    what: Sentence
    holder: Name
    due_at: Instant
    now: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTask:
    """Record at `now` that a task was done, `by` whom, and what it came to. Without `task_id` the one that is open."""

    task_id: UUID | None
    by: Name
    result: Prose
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackTask:
    """A task is not wanted any more."""

    task_id: UUID | None
    reason: Sentence


TaskCommand: TypeAlias = GiveTask | FinishTask | TakeBackTask
TaskEvent: TypeAlias = TaskGiven | TaskDone | TaskTakenBack


class TaskDueInThePast(Refusal):
    code = "task-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time for the task is over already; give one that lies ahead.")


class TaskIsOver(Refusal):
    code = "task-is-over"

    def __init__(self, number: int) -> None:
        super().__init__(f"Task {number} was done or taken back already; give a new one for what is still wanted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What later decisions need to know of a task."""

    id: UUID
    number: int
    holder: Name
    due_at: Instant
    open: bool = True


Tasks: TypeAlias = tuple[Task, ...]


def decide(command: TaskCommand, tasks: Tasks) -> tuple[TaskEvent, ...]:
    """The events that `command` brings about. Raises `TaskDueInThePast`, `TaskIsOver` and the refusals of `which`."""
    match command:
        case GiveTask():
            if command.now is not None and command.due_at <= command.now:
                raise TaskDueInThePast
            return (
                TaskGiven(
                    task_id=command.task_id,
                    number=len(tasks) + 1,
                    kind=command.kind,
                    what=command.what,
                    holder=command.holder,
                    due_at=command.due_at,
                ),
            )
        case FinishTask(by=by, result=result, now=now):
            task = _open_one(command.task_id, tasks)
            late = task.due_at <= now
            return (TaskDone(task_id=task.id, number=task.number, by=by, result=result, late=late),)
        case TakeBackTask(reason=reason):
            task = _open_one(command.task_id, tasks)
            return (TaskTakenBack(task_id=task.id, number=task.number, reason=reason),)
        case _:
            assert_never(command)


def evolve(tasks: Tasks, event: TaskEvent) -> Tasks:
    """The tasks after `event`."""
    match event:
        case TaskGiven():
            task = Task(id=event.task_id, number=event.number, holder=event.holder, due_at=event.due_at)
            return (*tasks, task)
        case TaskDone(task_id=id_) | TaskTakenBack(task_id=id_):
            return tuple(_over(each) if each.id == id_ else each for each in tasks)
        case _:
            assert_never(event)


def _over(task: Task) -> Task:
    return Task(id=task.id, number=task.number, holder=task.holder, due_at=task.due_at, open=False)


def _open_one(named: UUID | None, tasks: Tasks) -> Task:
    id_ = which("task", named, {each.id: each.open for each in tasks})
    task = next((each for each in tasks if each.id == id_), None)
    if task is None:
        raise NothingOpen("task")
    if not task.open:
        raise TaskIsOver(task.number)
    return task
