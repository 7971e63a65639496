"""Commands and events about who is barred from deciding, and of checklists, for the tests of resolution's rules."""

from __future__ import annotations

from casework.resolution.domain.commands import Command
from casework.resolution.domain.conflicts import NotePersons, NoteStake
from casework.resolution.domain.events import BarredFromDeciding, ResolutionEvent, ResponseChecked
from casework.shared.checks.answering import AnswerChecks
from casework.shared.contracts.checks import CheckAnswer
from casework.shared.policies.shipped_rulebook import rulebook

NAMED = NotePersons(persons=("clerk-0417",))
BARRED = BarredFromDeciding(named=("clerk-0417",))
STAKE = NoteStake(persons=("clerk-0522",))
CHECK = AnswerChecks(
    checklists=rulebook().checklists,
    checklist="internal.five-mores",
    answers=(CheckAnswer(question="patience", answer="Yes."),),
)
CHECKED = ResponseChecked(checklist="internal.five-mores", version=1, answers=CHECK.answers)

CONFLICT_COMMANDS: tuple[Command, ...] = (NAMED, NotePersons(persons=("clerk-0522",)), STAKE, CHECK)
CONFLICT_EVENTS: tuple[ResolutionEvent, ...] = (BARRED, CHECKED)
