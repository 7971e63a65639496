"""What intake publishes of the complaint card: what the complainant said when asked, and that it was read back to them.

The card has eight questions. Six are the complainant's to answer and stand in `CardWritten`; the other two, whether the
person is reasonable and a regular customer, are no more than a handler's opinion and stand in `OpinionRecorded`, sealed
as a whole, so that no rule can read them. Who answered and when is said by the envelope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from casework.shared.contracts.demands import DemandNumber
from casework.shared.contracts.types import Money, Name, Sealed, Word
from casework.shared.contracts.vocabulary import Channel, Side


def _real_day(text: str) -> str:
    date.fromisoformat(text[:10])  # raises ValueError for a day that no calendar has
    return text


When: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$"),
    AfterValidator(_real_day),
]
"""When it happened, as it was told, in the place's own time: a day, or a day and a time of it."""
CardVersion: TypeAlias = Annotated[int, Field(ge=0, le=10_000)]
"""0 is the complaint as it was received; each writing on the card makes the next."""
StaffIds: TypeAlias = Annotated[tuple[Name, ...], Field(max_length=20)]
OpinionQuestion: TypeAlias = Literal["seventh", "eighth"]
"""The last two of the card: whether the complainant is reasonable, and a regular customer."""
Standing: TypeAlias = Literal["open", "verified", "contested"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """Which goods or service, of which design, at which price."""

    what: Sealed | None = None
    design: Sealed | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Which clerk: as the complainant described them, and as which members of staff we know them."""

    said: Sealed | None = None
    staff: StaffIds = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWritten:
    """Answers were written on the card, for the first time or to correct those before: what is absent stays as it was.

    `real_cause` is why the complainant is dissatisfied, `wish` the solution they want; `feeling` and `expectation` are
    what was heard beside the facts.
    """

    version: CardVersion
    what_happened: Sealed | None = None
    when: When | None = None
    goods: Goods | None = None
    clerk: Clerk | None = None
    real_cause: Sealed | None = None
    wish: Sealed | None = None
    feeling: Sealed | None = None
    expectation: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsNamed:
    """Which members of staff the complaint names, from now on: they take no part in examining it."""

    persons: StaffIds


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandVersion:
    """A demand in one of its versions."""

    number: DemandNumber
    version: DemandNumber


DemandVersions: TypeAlias = Annotated[tuple[DemandVersion, ...], Field(max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReadBack:
    """The card, with these demands, was read back to the complainant."""

    version: CardVersion
    demands: DemandVersions
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class CardConfirmed:
    """The complainant said that the card that was read back is right."""

    version: CardVersion
    demands: DemandVersions
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class FactAsserted:
    """Somebody says that something is so. It is open until it is verified or contested."""

    number: Annotated[int, Field(ge=1, le=1_000)]
    words: Sealed
    asserted_by: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class FactStandingChanged:
    """What an asserted fact now counts as, and why."""

    number: Annotated[int, Field(ge=1, le=1_000)]
    standing: Standing
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionRecorded:
    """What a handler thinks of the complainant, as the answer to a question of the card. No part of the complainant's
    file, and nothing is decided by it."""

    question: OpinionQuestion
    opinion: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A code of one version of a list; it means what that version says, for ever."""

    version: Annotated[int, Field(ge=1, le=10_000)]
    code: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintCoded:
    """What lies behind the complaint, and what it is about, in the words of the institution's lists. What is absent
    stays as it was."""

    cause: Coded | None = None
    type: Coded | None = None
