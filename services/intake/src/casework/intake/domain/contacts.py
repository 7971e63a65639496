"""Reaching the complainant: every attempt, what was left with somebody else, and the first word with them.

Invariant: what is left with somebody else holds who called, where to call back and "please call back", nothing of the
case. Neither it nor an attempt keeps a duty, unless an institution's own policy lists its moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from casework.shared.business_time import SKEW
from casework.shared.contracts.contacts import ComplainantReached, ContactAttempted, MessageLeft
from casework.shared.contracts.types import Instant, Sealed, rfc3339
from casework.shared.contracts.vocabulary import CallResult, Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContactAttempt:
    """Record a call to `number` at `at` that did not reach the complainant."""

    number: Sealed
    at: Instant
    result: CallResult
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMessage:
    """Record what was left with somebody else at `at`.

    `caller` and `call_back` are who called and where to call back, `words` the message where it is quoted: they are
    looked at and not kept. `message` is what is kept. `case_number` is how the case is known.
    """

    number: Sealed
    at: Instant
    caller: str
    call_back: str
    words: str | None
    message: Sealed
    case_number: str
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact:
    """Record that somebody spoke with the complainant, or with who may speak for them."""

    channel: Channel
    at: Instant
    said: Sealed | None = None
    now: Instant


ContactCommand: TypeAlias = RecordContactAttempt | LeaveMessage | RecordContact
ContactEvent: TypeAlias = ContactAttempted | MessageLeft | ComplainantReached


class ContactOutsideTheCase(Refusal):
    code = "contact-outside-the-case"

    def __init__(self, received_at: datetime) -> None:
        super().__init__(
            f"A contact lies between the receipt at {rfc3339(received_at)} and now; give the time at which it was."
        )


class MessageHoldsContent(Refusal):
    code = "message-holds-content"

    def __init__(self) -> None:
        super().__init__(
            "A message left with somebody else says who called, the number and 'please call back', and nothing about "
            "the case. Leave that message, and record it so."
        )


PLEASE = ("please call back", "please call me back", "请回电话", "请回电", "请您回电")
_SHORTEST = 3
"""Facts shorter than this, such as a year's last digits, are in many a name by chance."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NO_WORD = re.compile(r"[\W_]+")


def spoken(caller: str, call_back: str, language: str) -> str:
    """The message as it may be left."""
    return f"{caller},{call_back},请回电。" if language == "zh" else f"{caller}, {call_back}. Please call back."


def decide(command: ContactCommand, received_at: datetime, known: Iterable[str]) -> tuple[ContactEvent, ...]:
    """The event that `command` brings about. `known` is what the case says and nobody else may hear.

    Raises `ContactOutsideTheCase` and `MessageHoldsContent`.
    """
    if not received_at - SKEW <= command.at <= command.now + SKEW:
        raise ContactOutsideTheCase(received_at)
    match command:
        case RecordContactAttempt(number=number, at=at, result=result):
            return (ContactAttempted(number=number, at=at, result=result),)
        case LeaveMessage(number=number, at=at, message=message):
            if _says_more(command, known):
                raise MessageHoldsContent
            return (MessageLeft(number=number, at=at, message=message),)
        case RecordContact(channel=channel, at=at, said=said):
            return (ComplainantReached(channel=channel, at=at, said=said),)
        case _:
            assert_never(command)


def _says_more(command: LeaveMessage, known: Iterable[str]) -> bool:
    """Whether the message says anything of the case, or anything at all beside what it may."""
    said = _plain(f"{command.caller} {command.call_back}")
    if _UUID.search(f"{command.caller} {command.call_back}".casefold()) or _plain(command.case_number) in said:
        return True
    if any(len(fact := _plain(each)) >= _SHORTEST and fact in said for each in known):
        return True
    if command.words is None:
        return False
    left = _plain(command.words)
    for part in sorted((_plain(each) for each in (command.caller, command.call_back, *PLEASE)), key=len, reverse=True):
        left = left.replace(part, "", 1)
    return left != ""


def _plain(text: str) -> str:
    """Letters and digits alone, so that spaces, points and case make no difference."""
    return _NO_WORD.sub("", text.casefold())
