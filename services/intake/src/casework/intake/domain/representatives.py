"""Who speaks for the complainant: representatives, heirs, guardians, and those who speak for many.

Invariant: a complaint is received whoever brings it, and nothing of the case is told to who speaks for somebody else
before their proof is recorded and on a day on which it is valid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never

from casework.shared.contracts.representatives import (
    AuthorityProved,
    Disclosed,
    InformationDisclosed,
    JointComplaintStated,
    RepresentativeNamed,
    SpeaksAs,
)
from casework.shared.contracts.types import SafeInt, Sealed
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal

MOST_SPOKESPERSONS = 5
"""A joint complaint is spoken for by at most so many: 银行业保险业消费投诉处理管理办法, of complaints by many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRepresentative:
    """Record that somebody speaks for the complainant."""

    role: SpeaksAs
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class StateJointComplaint:
    """Record how many complain together and who speaks for them."""

    complainants: SafeInt
    spokespersons: tuple[Sealed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveAuthority:
    """Record what shows that a representative may speak. The days are those of the institution."""

    number: SafeInt
    proof: Sealed
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscloseInformation:
    """Record that something of the case is told, on `today`, to the complainant or to a representative."""

    what: Disclosed
    channel: Channel
    to: SafeInt | None = None
    today: date


RepresentativeCommand: TypeAlias = NameRepresentative | StateJointComplaint | ProveAuthority | DiscloseInformation
RepresentativeEvent: TypeAlias = RepresentativeNamed | JointComplaintStated | AuthorityProved | InformationDisclosed


class TooManySpokespersons(Refusal):
    code = "max-5"

    def __init__(self, named: int) -> None:
        super().__init__(
            f"{named} people are named to speak for this complaint; at most {MOST_SPOKESPERSONS} can. Ask the"
            " complainants which of them do."
        )


class MoreSpeakThanComplain(Refusal):
    code = "more-speak-than-complain"

    def __init__(self, named: int, complainants: int) -> None:
        super().__init__(
            f"{named} people are named to speak for {complainants} who complain; correct one of the two numbers."
        )


class NoSuchRepresentative(Refusal):
    code = "no-such-representative"

    def __init__(self, number: int, known: int) -> None:
        has = f"they are numbered 1 to {known}" if known else "nobody was named yet"
        super().__init__(f"The case has no representative {number}; {has}.")


class ValidityEndsBeforeItBegins(Refusal):
    code = "validity-ends-before-it-begins"

    def __init__(self) -> None:
        super().__init__("The authority would end before it begins; correct one of the two days.")


class AuthorityMissing(Refusal):
    code = "authority-missing"

    def __init__(self, role: SpeaksAs) -> None:
        super().__init__(
            f"There is no proof yet that this {role} may speak for the complainant, so nothing of the case can be told"
            " to them. The complaint stands; ask for the papers and record them."
        )


class AuthorityNotValid(Refusal):
    code = "authority-not-valid"

    def __init__(self, valid_from: date, valid_until: date | None) -> None:
        until = "" if valid_until is None else f" until {valid_until}"
        super().__init__(
            f"The authority is valid from {valid_from}{until}, so nothing of the case can be told today. Ask for one"
            " that is valid, and record it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """What later decisions need to know of who speaks for the complainant."""

    role: SpeaksAs
    valid_from: date | None = None
    valid_until: date | None = None

    def require_authority(self, today: date) -> None:
        """Raises `AuthorityMissing` and `AuthorityNotValid` unless they may be told of the case on that day."""
        if self.valid_from is None:
            raise AuthorityMissing(self.role)
        if today < self.valid_from or (self.valid_until is not None and today > self.valid_until):
            raise AuthorityNotValid(self.valid_from, self.valid_until)


Representatives: TypeAlias = tuple[Representative, ...]
"""By their numbers, from 1."""


def decide(command: RepresentativeCommand, known: Representatives) -> tuple[RepresentativeEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case NameRepresentative(role=role, name=name):
            if role == "spokesperson":
                _spokespersons(1, known)
            return (RepresentativeNamed(number=len(known) + 1, role=role, name=name),)
        case StateJointComplaint(complainants=complainants, spokespersons=names):
            speak = _spokespersons(len(names), known)
            if speak > complainants:
                raise MoreSpeakThanComplain(speak, complainants)
            named = tuple(
                RepresentativeNamed(number=number, role="spokesperson", name=name)
                for number, name in enumerate(names, len(known) + 1)
            )
            before = (number for number, each in enumerate(known, 1) if each.role == "spokesperson")
            numbers = (*before, *(each.number for each in named))
            return (*named, JointComplaintStated(complainants=complainants, spokespersons=numbers))
        case ProveAuthority(number=number, valid_from=valid_from, valid_until=valid_until):
            representative(number, known)
            if valid_until is not None and valid_until < valid_from:
                raise ValidityEndsBeforeItBegins
            return (
                AuthorityProved(number=number, proof=command.proof, valid_from=valid_from, valid_until=valid_until),
            )
        case DiscloseInformation(what=what, channel=channel, to=to, today=today):
            if to is not None:
                representative(to, known).require_authority(today)
            return (InformationDisclosed(what=what, channel=channel, to=to),)
        case _:
            assert_never(command)


def evolve(known: Representatives, event: RepresentativeEvent) -> Representatives:
    """Who speaks for the complainant after `event`."""
    match event:
        case RepresentativeNamed(role=role):
            return (*known, Representative(role=role))
        case AuthorityProved(number=number, valid_from=valid_from, valid_until=valid_until):
            return tuple(
                replace(each, valid_from=valid_from, valid_until=valid_until) if at == number else each
                for at, each in enumerate(known, 1)
            )
        case JointComplaintStated() | InformationDisclosed():
            return known
        case _:
            assert_never(event)


def representative(number: int, known: Representatives) -> Representative:
    """The one of that number. Raises `NoSuchRepresentative`."""
    if not 1 <= number <= len(known):
        raise NoSuchRepresentative(number, len(known))
    return known[number - 1]


def _spokespersons(more: int, known: Representatives) -> int:
    """How many speak for the complaint with `more`. Raises `TooManySpokespersons`."""
    speak = more + sum(each.role == "spokesperson" for each in known)
    if speak > MOST_SPOKESPERSONS:
        raise TooManySpokespersons(speak)
    return speak
