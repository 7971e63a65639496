"""Recordings that investigation linked to the case: a promised call back waits until whoever calls has heard them.

Invariant: only what may be heard is noted here; what nobody consented to holds up nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.resolution.domain.promises import Promises, meant
from casework.shared.contracts.evidence import RecordingNoted
from casework.shared.contracts.types import Name
from casework.shared.evidence.recordings import require_heard


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecording:
    """Investigation linked a recording that may be heard or, with `heard_by`, somebody heard it. Never refused."""

    recording: int
    heard_by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenFirst:
    """Asked for before `by` records a call back: nothing happens, or it is refused. Without `promise_id` the one
    promise that is open is meant."""

    promise_id: UUID | None
    by: Name


RecordingCommand: TypeAlias = NoteRecording | ListenFirst


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that may be heard, and who heard it."""

    number: int
    heard_by: tuple[Name, ...] = ()


Recordings: TypeAlias = tuple[Recording, ...]


def decide(command: RecordingCommand, recordings: Recordings, promises: Promises) -> tuple[RecordingNoted, ...]:
    """The events that `command` brings about. Raises `RecordingUnheard` and the refusals of `meant`."""
    match command:
        case NoteRecording(recording=number, heard_by=by):
            known = next((each for each in recordings if each.number == number), None)
            if known is not None and (by is None or by in known.heard_by):
                return ()
            return (RecordingNoted(recording=number, heard_by=by),)
        case ListenFirst(promise_id=promise_id, by=by):
            if meant(promise_id, promises).kind == "call-back":
                require_heard(by, {each.number: each.heard_by for each in recordings})
            return ()
        case _:
            assert_never(command)


def evolve(recordings: Recordings, event: RecordingNoted) -> Recordings:
    """The recordings after `event`."""
    known = next((each for each in recordings if each.number == event.recording), Recording(number=event.recording))
    if event.heard_by is not None:
        known = replace(known, heard_by=(*known.heard_by, event.heard_by))
    return (*(each for each in recordings if each.number != event.recording), known)
