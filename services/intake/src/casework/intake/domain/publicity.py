"""What is said in public: a post that was caught, who wrote it, and what we reply there.

Invariant: in public we say one of the approved statements and nothing else, so nothing of a case. A post that nobody
can be named for is taken in all the same and looked at in its own time; it is nobody's case until they are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.shared.contracts.publicity import (
    ComplainantIdentified,
    Many,
    MediaSignalLookedAt,
    MediaSignalNoted,
    PublicReplyGiven,
    PublicStatement,
)
from casework.shared.contracts.types import Name, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, ContactWay, Language, Severity
from casework.shared.errors import Refusal

PUBLIC: tuple[Channel, ...] = ("group-chat", "post")
"""Channels on which others read along."""
APPROVED: Mapping[PublicStatement, Mapping[Language, str]] = {
    "seen-we-write-to-you": {
        "en": "Thank you for telling us. We have seen it and write to you in private today.",
        "zh": "感谢您的反映,我们已经看到,今天会私下与您联系。",
    },
    "please-write-to-us": {
        "en": "Thank you for telling us. Please write to us in private, so that we can help.",
        "zh": "感谢您的反映,请私信我们,以便为您处理。",
    },
    "we-are-looking-into-it": {
        "en": "We have seen this and are looking into it. We will tell here what comes of it in general.",
        "zh": "我们已经看到并正在了解情况,总体结果会在此说明。",
    },
}
"""What may be said in public, word for word."""
THRESHOLDS: Mapping[str, tuple[int, int]] = {
    "shares": (100, 1_000),
    "readers_concerned": (10, 100),
    "shares_per_hour": (50, 200),
}
"""From which number on a post is of medium, and of high severity. Our own, and nobody's rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignal:
    """Record what a post that was caught has come to, now or by now."""

    shares: Many
    readers_concerned: Many
    shares_per_hour: Many


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtSignal:
    """Record that somebody has looked at the post."""

    remark: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyComplainant:
    """Record who complains, where nobody knew."""

    complainant: Sealed
    reachable_by: tuple[ContactWay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyInPublic:
    """Reply where the complaint was made, in approved words, as `author`."""

    statement: PublicStatement
    language: Language
    author: Name


PublicityCommand: TypeAlias = NoteSignal | LookAtSignal | IdentifyComplainant | ReplyInPublic
PublicityEvent: TypeAlias = MediaSignalNoted | MediaSignalLookedAt | ComplainantIdentified | PublicReplyGiven


class NobodyIdentified(Refusal):
    code = "nobody-identified"

    def __init__(self) -> None:
        super().__init__(
            "Nobody knows yet who wrote this in public, so there is nobody to acknowledge it to; ask there, by an"
            " approved statement, that they write to us, and record who it is. Until then the post is looked at."
        )


class NoSignal(Refusal):
    code = "no-signal"

    def __init__(self) -> None:
        super().__init__("No post was caught on this case; there is nothing to look at.")


class ComplainantAlreadyKnown(Refusal):
    code = "complainant-already-known"

    def __init__(self) -> None:
        super().__init__("It is known already who complains; a correction goes by the facts of the case.")


class NotInPublic(Refusal):
    code = "not-in-public"

    def __init__(self, channel: Channel) -> None:
        super().__init__(f"This complaint came by {channel}, where nobody reads along; answer the complainant there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publicity:
    """What later decisions need to know: what a post that was caught has come to, as far as it was noted, and whether
    it is known who complains."""

    signal: NoteSignal | None = None
    known: bool = True


QUIET = Publicity()


def decide(command: PublicityCommand, state: Publicity, channel: Channel) -> tuple[PublicityEvent, ...]:
    """The event that `command` brings about on a complaint by `channel`. Raises the refusals above."""
    match command:
        case NoteSignal(shares=shares, readers_concerned=readers_concerned, shares_per_hour=shares_per_hour):
            return (
                MediaSignalNoted(
                    shares=shares,
                    readers_concerned=readers_concerned,
                    shares_per_hour=shares_per_hour,
                    severity=severity(shares, readers_concerned, shares_per_hour),
                ),
            )
        case LookAtSignal(remark=remark):
            if state.signal is None:
                raise NoSignal
            return (MediaSignalLookedAt(remark=remark),)
        case IdentifyComplainant(complainant=complainant, reachable_by=reachable_by):
            if state.known:
                raise ComplainantAlreadyKnown
            return (ComplainantIdentified(complainant=complainant, reachable_by=reachable_by),)
        case ReplyInPublic(statement=statement, language=language, author=author):
            if channel not in PUBLIC:
                raise NotInPublic(channel)
            text = APPROVED[statement][language]
            return (
                PublicReplyGiven(channel=channel, statement=statement, language=language, text=text, author=author),
            )
        case _:
            assert_never(command)


def is_news(command: NoteSignal | IdentifyComplainant, state: Publicity) -> bool:
    """Whether a sender says by it what is not known. Senders repeat whole records, and correct nobody's name."""
    match command:
        case NoteSignal():
            return command != state.signal
        case IdentifyComplainant():
            return not state.known
        case _:
            assert_never(command)


def require_known(state: Publicity, channel: Channel) -> None:
    """Raises `NobodyIdentified` for what was said in public by nobody knows whom."""
    if channel in PUBLIC and not state.known:
        raise NobodyIdentified


def severity(shares: int, readers_concerned: int, shares_per_hour: int) -> Severity:
    """The highest that the reach, those whom it concerns, or the momentum gives."""
    numbers = {"shares": shares, "readers_concerned": readers_concerned, "shares_per_hour": shares_per_hour}
    if any(number >= THRESHOLDS[name][1] for name, number in numbers.items()):
        return "high"
    if any(number >= THRESHOLDS[name][0] for name, number in numbers.items()):
        return "medium"
    return "low"


def evolve(state: Publicity, event: PublicityEvent) -> Publicity:
    """What is known after `event`."""
    match event:
        case MediaSignalNoted(shares=shares, readers_concerned=readers_concerned, shares_per_hour=shares_per_hour):
            noted = NoteSignal(shares=shares, readers_concerned=readers_concerned, shares_per_hour=shares_per_hour)
            return Publicity(signal=noted, known=state.known)
        case ComplainantIdentified():
            return Publicity(signal=state.signal, known=True)
        case MediaSignalLookedAt() | PublicReplyGiven():
            return state
        case _:
            assert_never(event)
