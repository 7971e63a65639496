"""How a case ends: what must be done before, on what terms, and what the complainant thinks of it.

Invariant: the complainant's opinion is the complainant's. Whoever owns or holds the case neither gives nor records it,
and silence is recorded as silence, never as consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from casework.shared.contracts.closing import (
    ClosingTerms,
    OpinionAsked,
    OpinionNotToBeHad,
    OpinionOn,
    OpinionRecorded,
    OwedR,
    OwnerChanged,
    OwnerLookedIn,
    R,
    Score,
    SecondContactMade,
    SecondContactWanted,
)
from casework.shared.contracts.followup import FileRefused
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal

RS: tuple[R, ...] = ("regret", "reform", "restitution", "recovery")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpinion:
    """Record that the complainant was asked for an opinion."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcuseOpinion:
    """Record that no opinion is to be had."""

    cause: Literal["contact-refused", "contact-impossible"]
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOpinion:
    """Record the complainant's opinion, as `by` hands it in. Whoever owns or holds the case may not: that they tried is
    recorded."""

    on: OpinionOn
    score: Score
    channel: Channel
    words: Sealed | None
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSecondContact:
    """Record that the complainant was asked by another way."""

    channel: Channel
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOwner:
    """Let somebody else answer to the complainant."""

    owner: Name
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LookIn:
    """Record that `by`, the case owner, saw how the work stands."""

    by: Name
    note: Sentence


ClosingCommand: TypeAlias = AskOpinion | ExcuseOpinion | RecordOpinion | MakeSecondContact | ChangeOwner | LookIn
ClosingEvent: TypeAlias = (
    OpinionAsked
    | OpinionNotToBeHad
    | OpinionRecorded
    | SecondContactWanted
    | SecondContactMade
    | OwnerChanged
    | OwnerLookedIn
)


class OpinionNotAsked(Refusal):
    code = "opinion-not-asked"

    def __init__(self) -> None:
        super().__init__(
            "The complainant has not been asked what they think of the result. Ask, or record that contact is refused"
            " or impossible; then close."
        )


class SecondContactMissing(Refusal):
    code = "second-contact-missing"

    def __init__(self) -> None:
        super().__init__("The complainant said nothing. Ask by another way and record it; then the case can be closed.")


class NotSilent(Refusal):
    code = "not-silent"

    def __init__(self) -> None:
        super().__init__(
            "The complainant was reached or has replied, or the time for a reply is not over: the case is not silent."
            " Close it as decided or as unresolved, or wait until a second contact is asked for."
        )


class OffersMissing(Refusal):
    code = "offers-missing"

    def __init__(self) -> None:
        super().__init__("A case is closed unresolved with all the offers that were made; list them.")


class RMissing(Refusal):
    code = "four-rs-missing"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(
            "An upheld complaint is owed regret, reform, restitution and recovery. Say what was done, or why it is not"
            f" owed, of: {', '.join(missing)}."
        )


class ReopeningWindowOver(Refusal):
    code = "reopening-window-over"

    def __init__(self, last: date) -> None:
        super().__init__(
            f"The case could be reopened until the end of {last.isoformat()}. Post a new complaint that names this case"
            " in `continues`."
        )


class NotTheOwner(Refusal):
    code = "not-the-owner"

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner} answers to the complainant and looks in; let the owner do it, or change the owner.")


class SameOwner(Refusal):
    code = "same-owner"

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner} owns the case already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What decisions on the end of a case need to know."""

    opinion: Literal["", "asked", "excused"] = ""
    silence: Literal["", "call-wanted", "called", "reached"] = ""
    reopen_until: Instant | None = None


OPEN = Closing()


def decide(
    command: ClosingCommand, state: Closing, *, owner: str, holder: str
) -> tuple[ClosingEvent | FileRefused, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case AskOpinion(channel=channel):
            return (OpinionAsked(channel=channel),)
        case ExcuseOpinion(cause=cause, reason=reason):
            return (OpinionNotToBeHad(cause=cause, reason=reason),)
        case RecordOpinion(by=by):
            if by in (owner, holder):
                return (FileRefused(part="opinions", purpose="To record an opinion on the own work."),)
            return (OpinionRecorded(on=command.on, score=command.score, channel=command.channel, words=command.words),)
        case MakeSecondContact(channel=channel, reached=reached):
            return (SecondContactMade(channel=channel, reached=reached),)
        case ChangeOwner(owner=new, reason=reason):
            if new == owner:
                raise SameOwner(owner)
            return (OwnerChanged(owner=new, before=owner, reason=reason),)
        case LookIn(by=by, note=note):
            if by != owner:
                raise NotTheOwner(owner)
            return (OwnerLookedIn(note=note),)
        case _:
            assert_never(command)


def evolve(state: Closing, event: ClosingEvent) -> Closing:
    """The state after `event`."""
    match event:
        case OpinionAsked():
            return replace(state, opinion="asked")
        case OpinionNotToBeHad():
            return replace(state, opinion="excused")
        case SecondContactWanted():
            return replace(state, silence="call-wanted")
        case SecondContactMade(reached=True):
            return replace(state, silence="reached")
        case SecondContactMade():
            # Before anybody waited in vain a call says nothing: only one that was wanted shows silence.
            return replace(state, silence="called") if state.silence == "call-wanted" else state
        case OpinionRecorded():
            return replace(state, silence="reached") if state.silence else state
        case OwnerChanged() | OwnerLookedIn():
            return state
        case _:
            assert_never(event)


def heard(state: Closing) -> Closing:
    """After a reply, or once the time for one begins anew: what nobody said before is no silence any more."""
    return replace(state, silence="")


def silence(state: Closing, *, owner: str, holder: str) -> tuple[SecondContactWanted, ...]:
    """What the end of the time for a reply brings: once, a contact by another way for whoever has the case."""
    return () if state.silence else (SecondContactWanted(holder=holder or owner),)


def closed(state: Closing, terms: ClosingTerms | None) -> Closing:
    """After the case was closed on these terms."""
    return replace(state, reopen_until=None if terms is None else terms.reopen_until)


def require_asked(state: Closing) -> None:
    """Raises `OpinionNotAsked` where the complainant was neither asked nor need be."""
    if not state.opinion:
        raise OpinionNotAsked


def require_silence(state: Closing) -> None:
    """For an end in silence. Raises `NotSilent` and `SecondContactMissing`."""
    if state.silence in ("", "reached"):
        raise NotSilent
    if state.silence == "call-wanted":
        raise SecondContactMissing


def require_four_rs(owed: Sequence[OwedR]) -> None:
    """Raises `RMissing`, naming those of which nothing is said."""
    said = {each.r for each in owed if each.done or each.excused}
    missing = [each for each in RS if each not in said]
    if missing:
        raise RMissing(missing)


def require_window(state: Closing, now: Instant, zone: str) -> None:
    """Raises `ReopeningWindowOver` where the case could be reopened only before `now`, with the last day for it on the
    clocks of `zone`."""
    if state.reopen_until is not None and now >= state.reopen_until:
        last = state.reopen_until.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)
        raise ReopeningWindowOver(last.date())
