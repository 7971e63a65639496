"""The complaint form and the follow-up form: what is on paper, field by field, as it is imported and given back.

The fields are those that the two forms in the annexes of ISO 10002 are known by. The list was not checked against a
bought copy of the standard, so no conformity with its annexes is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from casework.shared.contracts.types import Name, Sealed
from casework.shared.contracts.vocabulary import Channel


def _real_day(text: str) -> str:
    if not 1900 <= date.fromisoformat(text).year < 2200:
        raise ValueError("the day lies outside the years 1900 to 2199")
    return text


def _real_time(text: str) -> str:
    datetime.fromisoformat(f"2026-01-01T{text}")
    return text


Day: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_day)]
DayTime: TypeAlias = Annotated[
    str, Field(pattern=r"^[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$"), AfterValidator(_real_time)
]
"""A time of day with its offset from UTC, such as `09:10+08:00`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormReceipt:
    """When the complaint was received, by whom and how, and the number it was given."""

    date: Day
    time: DayTime
    recipient: Name
    medium: Channel
    number: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPerson:
    """Who complains, or who acts for them."""

    name: Sealed | None = None
    organisation: Sealed | None = None
    address: Sealed | None = None
    postcode: Sealed | None = None
    town: Sealed | None = None
    country: Sealed | None = None
    phone: Sealed | None = None
    fax: Sealed | None = None
    email: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProduct:
    """The product, or the order, that is complained about."""

    reference: Sealed | None = None
    order: Sealed | None = None
    description: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProblem:
    """The problem: when it occurred, whether it was the first time, what it is and of which sort."""

    date: Day | None = None
    recurrent: bool
    description: Sealed
    category: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    """One line of the follow-up: what was done, on which day, by whom."""

    action: Sealed
    date: Day
    name: Name
    remark: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filled form."""

    receipt: FormReceipt
    complainant: FormPerson
    representative: FormPerson | None = None
    product: FormProduct | None = None
    problem: FormProblem
    remedy_wished: Sealed | None = None
    enclosures: Annotated[tuple[Sealed, ...], Field(max_length=50)] = ()
    follow_up: Annotated[tuple[FormLine, ...], Field(max_length=100)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRecorded:
    """A filled form came with the complaint."""

    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLineAdded:
    """The follow-up of the form has one more line."""

    line: FormLine
