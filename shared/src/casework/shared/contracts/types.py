"""Field types shared by every contract: instants, safe whole numbers, money, bounded text, sealed values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, PlainSerializer, ValidatorFunctionWrapHandler, WrapValidator

from casework.shared.contracts.canonical import MAX_SAFE_INTEGER


def rfc3339(instant: datetime) -> str:
    """UTC with six decimals and `Z`: the only way an instant is written in an event."""
    # Not strftime: it is several times slower, and this runs for every event.
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`; also takes the other RFC 3339 spellings. Raises ValueError without an offset."""
    return _utc(datetime.fromisoformat(text))


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("the time needs a zone, as in 2026-03-02T09:10:00+08:00")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        # No ValueError, so nobody who refuses bad input would catch it.
        raise ValueError("the time lies outside the years 1 to 9999 in UTC") from None


def no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("the text contains a NUL character")
    return text


def _written(value: object, kind: type[date], example: str) -> None:
    """Pydantic takes numbers, and digits in a text, for seconds or milliseconds since 1970; nobody described that."""
    if not (isinstance(value, kind) or (isinstance(value, str) and value[4:5] == "-")):
        raise ValueError(f"this is written as in {example}")


def _instant(value: object, parse: ValidatorFunctionWrapHandler) -> datetime:
    instant: datetime = parse(value)
    _written(value, datetime, "2026-03-02T09:10:00+08:00")
    return _utc(instant)


def _day(value: object, parse: ValidatorFunctionWrapHandler) -> date:
    day: date = parse(value)
    _written(value, date, "2026-03-02")
    return day


Instant = Annotated[datetime, WrapValidator(_instant), PlainSerializer(rfc3339, return_type=str, when_used="json")]
CalendarDay = Annotated[date, WrapValidator(_day)]
"""A day in what people send."""
SafeInt = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(no_nul)]
"""A short label: a source, a category, an actor."""
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=100)]
"""A name that rules refer to, such as `place-and-time`."""
Sentence = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(no_nul)]
Prose = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(no_nul)]
"""Longer text that holds nothing personal: findings, reasons. What people say is `Sealed`."""

_AMOUNT = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in a currency. Text, never a float: 12.50 must stay 12.50 in every language."""

    amount: Annotated[str, Field(pattern=re.compile(_AMOUNT).pattern)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Personal data under the person's own key (AES-256-GCM). Without the key it is noise for ever.

    `nonce` and `box` are base64url without padding; `casework.shared.keys.sealing` writes and opens them.
    """

    person: UUID
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16}$")]
    # Lengths outside the pattern: a counted repetition of this size is more than the regex engine compiles.
    box: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", min_length=22, max_length=190_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A named thing asserted about the case that is not personal, such as `timely_response` = `Yes`."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    value: Sentence
