"""Commands and events of recordings for the tests of resolution's rules."""

from __future__ import annotations

from services.resolution.tests.timed_cases import CALL

from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import RecordingNoted, ResolutionEvent
from casework.resolution.domain.recordings import ListenFirst, NoteRecording

LINKED, HEARD = NoteRecording(recording=1), NoteRecording(recording=1, heard_by="Aoife Byrne")
LISTEN_FIRST = ListenFirst(promise_id=CALL, by="Aoife Byrne")
NOTED, NOTED_HEARD = RecordingNoted(recording=1), RecordingNoted(recording=1, heard_by="Aoife Byrne")

RECORDING_COMMANDS: tuple[Command, ...] = (LINKED, HEARD, LISTEN_FIRST)
RECORDING_EVENTS: tuple[ResolutionEvent, ...] = (NOTED, NOTED_HEARD)
