"""Whom a complaint is against, where there are several: each has its own clocks, its own withdrawal, its own outcome.

Invariant: what ends for one respondent goes on for the others. Against the last one it is the complaint that is
withdrawn, and not the respondent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import RespondentAnswered, RespondentNamed, RespondentWithdrawn
from casework.shared.contracts.types import Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRespondent:
    """Record that the complaint is against this one."""

    respondent_id: UUID
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRespondent:
    """Record that the complainant no longer complains of this one."""

    number: int
    reason: Sentence
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerForRespondent:
    """Record what the complaint came to as far as this one is concerned."""

    number: int
    outcome: Outcome
    reason: Prose


RespondentCommand: TypeAlias = NameRespondent | WithdrawRespondent | AnswerForRespondent
RespondentEvent: TypeAlias = RespondentNamed | RespondentWithdrawn | RespondentAnswered


class RespondentAlreadyNamed(Refusal):
    code = "respondent-already-named"

    def __init__(self, number: int) -> None:
        super().__init__(f"This respondent was named already, as number {number}; go on with that one.")


class RespondentEnded(Refusal):
    code = "respondent-ended"

    def __init__(self, number: int, status: str) -> None:
        super().__init__(f"As far as respondent {number} is concerned the complaint was {status} already.")


class LastRespondent(Refusal):
    code = "last-respondent"

    def __init__(self) -> None:
        super().__init__("The complaint is against nobody else any more; record that the complaint is withdrawn.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """What later decisions need to know of a respondent."""

    id: UUID
    name: str
    status: Literal["open", "withdrawn", "answered"] = "open"


Respondents: TypeAlias = tuple[Respondent, ...]
"""Respondent 1 first."""


def decide(command: RespondentCommand, respondents: Respondents) -> tuple[RespondentEvent, ...]:
    """The events that `command` brings about. Raises `NotNumbered`, `TooMany` and the refusals above."""
    match command:
        case NameRespondent(respondent_id=id_, name=name):
            for at, each in enumerate(respondents, 1):
                if each.name == name:
                    raise RespondentAlreadyNamed(at)
            number = TooMany.following("respondent", len(respondents))
            return (RespondentNamed(number=number, respondent_id=id_, name=name),)
        case WithdrawRespondent(number=number, reason=reason, channel=channel):
            respondent = _open(number, respondents)
            if all(each.status == "withdrawn" for each in respondents if each.id != respondent.id):
                raise LastRespondent
            return (RespondentWithdrawn(number=number, respondent_id=respondent.id, reason=reason, channel=channel),)
        case AnswerForRespondent(number=number, outcome=outcome, reason=reason):
            respondent = _open(number, respondents)
            return (RespondentAnswered(number=number, respondent_id=respondent.id, outcome=outcome, reason=reason),)
        case _:
            assert_never(command)


def evolve(respondents: Respondents, event: RespondentEvent) -> Respondents:
    """The respondents after `event`."""
    match event:
        case RespondentNamed(respondent_id=id_, name=name):
            return (*respondents, Respondent(id=id_, name=name))
        case RespondentWithdrawn(respondent_id=id_):
            return tuple(replace(each, status="withdrawn") if each.id == id_ else each for each in respondents)
        case RespondentAnswered(respondent_id=id_):
            return tuple(replace(each, status="answered") if each.id == id_ else each for each in respondents)
        case _:
            assert_never(event)


def _open(number: int, respondents: Respondents) -> Respondent:
    NotNumbered.require("respondent", number, len(respondents))
    found = respondents[number - 1]
    if found.status != "open":
        raise RespondentEnded(number, found.status)
    return found
