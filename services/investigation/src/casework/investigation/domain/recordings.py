"""Recordings of calls: whether they may be heard, by whom they were, and the call back that waits for it.

Invariant: what nobody consented to is never played; whoever calls back has heard everything that may be. An attempt to
play what may not be is on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.shared.contracts.evidence import (
    CallBackLogged,
    CallBackResult,
    Consent,
    Giver,
    RecordingLinked,
    RecordingOpened,
    Sha256,
)
from casework.shared.contracts.investigation import FileRefused
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.errors import Refusal
from casework.shared.evidence.recordings import require_heard


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecording:
    """Link a recording to the case. The fields are those of `RecordingLinked`."""

    sha256: Sha256
    reference: Sealed
    made_at: Instant
    consent: Consent
    consent_by: Giver
    consent_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecording:
    """Listen to a recording. Without consent it is recorded that somebody asked, and nothing is played."""

    recording: int
    by: Name
    purpose: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCallBack:
    """Record that `by` called the complainant back."""

    by: Name
    result: CallBackResult


RecordingCommand: TypeAlias = LinkRecording | OpenRecording | LogCallBack
RecordingEvent: TypeAlias = RecordingLinked | RecordingOpened | CallBackLogged


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What later decisions need to know of a recording. `heard_by` are those who listened."""

    number: int
    consent: Consent
    heard_by: tuple[str, ...] = ()


Recordings: TypeAlias = tuple[Recording, ...]


class UnknownRecording(Refusal):
    code = "unknown-recording"

    def __init__(self, number: int, known: int) -> None:
        have = f"those from 1 to {known}" if known else "none so far"
        super().__init__(f"This case has no recording {number}; it has {have}.")


def part_of(number: int) -> str:
    """What a recording is called where its reading is refused."""
    return f"recording-{number}"


def decide(command: RecordingCommand, recordings: Recordings) -> tuple[RecordingEvent | FileRefused, ...]:
    """The events that `command` brings about. Raises `UnknownRecording` and `RecordingUnheard`."""
    match command:
        case LinkRecording():
            return (
                RecordingLinked(
                    recording=len(recordings) + 1,
                    sha256=command.sha256,
                    reference=command.reference,
                    made_at=command.made_at,
                    consent=command.consent,
                    consent_by=command.consent_by,
                    consent_at=command.consent_at,
                ),
            )
        case OpenRecording(recording=number, by=by, purpose=purpose):
            if not 1 <= number <= len(recordings):
                raise UnknownRecording(number, len(recordings))
            if recordings[number - 1].consent == "no":
                return (FileRefused(part=part_of(number), purpose=purpose),)
            return (RecordingOpened(recording=number, by=by, purpose=purpose),)
        case LogCallBack(by=by, result=result):
            heard = require_heard(by, {each.number: each.heard_by for each in recordings if each.consent == "yes"})
            return (CallBackLogged(by=by, result=result, heard=heard),)
        case _:
            assert_never(command)


def evolve(recordings: Recordings, event: RecordingEvent) -> Recordings:
    """The recordings after `event`."""
    match event:
        case RecordingLinked(recording=number, consent=consent):
            return (*recordings, Recording(number=number, consent=consent))
        case RecordingOpened(recording=number, by=by):
            return tuple(_heard(each, by) if each.number == number else each for each in recordings)
        case CallBackLogged():
            return recordings
        case _:
            assert_never(event)


def _heard(recording: Recording, by: str) -> Recording:
    return recording if by in recording.heard_by else replace(recording, heard_by=(*recording.heard_by, by))
