"""Commands and events of the inquiry for the tests of investigation's rules."""

from __future__ import annotations

from casework.investigation.domain.cause import RecordCause
from casework.investigation.domain.commands import Command
from casework.investigation.domain.events import CauseRecorded, InvestigationEvent

CAUSE = RecordCause(cause="The job ran twice. 任务被执行了两次。")
NOT_FOUND = RecordCause(not_found_after=("Read the log of the job.", "Asked the bank."))
CAUSED = CauseRecorded(cause=CAUSE.cause)
UNKNOWN = CauseRecorded(not_found_after=NOT_FOUND.not_found_after)

INQUIRY_COMMANDS: tuple[Command, ...] = (CAUSE, NOT_FOUND)
INQUIRY_EVENTS: tuple[InvestigationEvent, ...] = (CAUSED, UNKNOWN)
