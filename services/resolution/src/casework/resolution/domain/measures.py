"""Provisional measures: what is done to a party before the decision, its appeal, and what follows from either.

Invariant: a measure ends lifted or with its sanction. A successful appeal restores at once, whenever it came.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.resolution import (
    AppealDecided,
    AppealLodged,
    MeasureLifted,
    ProvisionalMeasureImposed,
    SanctionImposed,
)
from casework.shared.contracts.types import Name, Prose, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class ImposeMeasure:
    """Record a measure and the notice of it. The fields are those of `ProvisionalMeasureImposed`."""

    measure_id: UUID
    party: Name
    what: Sentence
    reason: Sentence
    sanction: Sentence
    notified_by: Channel
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgeAppeal:
    """Record the party's appeal. Without `measure_id` it is against the one measure that stands."""

    measure_id: UUID | None
    grounds: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAppeal:
    """Decide on the appeal: success lifts the measure, failure brings the sanction."""

    measure_id: UUID | None
    succeeded: bool
    reason: Prose
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionSilence:
    """Follow-up's clock for the appeal expired. Never refused."""

    measure_id: UUID


MeasureCommand: TypeAlias = ImposeMeasure | LodgeAppeal | DecideAppeal | SanctionSilence
MeasureEvent: TypeAlias = ProvisionalMeasureImposed | AppealLodged | AppealDecided | MeasureLifted | SanctionImposed


class AppealAlreadyLodged(Refusal):
    code = "appeal-already-lodged"

    def __init__(self) -> None:
        super().__init__("An appeal against this measure lies before us already; decide that one.")


class MeasureIsOver(Refusal):
    code = "measure-is-over"

    def __init__(self) -> None:
        super().__init__("The measure was lifted, or its appeal decided: there is nothing left to appeal against.")


class NoAppeal(Refusal):
    code = "no-appeal"

    def __init__(self) -> None:
        super().__init__("No appeal against this measure waits for a decision; record one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What later decisions need to know of a measure.

    It `stands`, is `appealed`, was `silent` (sanctioned, since no appeal came in time) or is `over`.
    """

    id: UUID
    party: str
    sanction: str
    status: Literal["stands", "appealed", "silent", "over"] = "stands"
    sanctioned: bool = False


Measures: TypeAlias = tuple[Measure, ...]


def decide(command: MeasureCommand, measures: Measures) -> tuple[MeasureEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case ImposeMeasure():
            return (
                ProvisionalMeasureImposed(
                    measure_id=command.measure_id,
                    party=command.party,
                    what=command.what,
                    reason=command.reason,
                    sanction=command.sanction,
                    notified_by=command.notified_by,
                ),
            )
        case LodgeAppeal(grounds=grounds):
            measure = _meant(command.measure_id, measures)
            if measure.status == "appealed":
                raise AppealAlreadyLodged
            if measure.status == "over":
                raise MeasureIsOver
            return (AppealLodged(measure_id=measure.id, grounds=grounds, late=measure.status == "silent"),)
        case DecideAppeal(succeeded=succeeded, reason=reason):
            measure = _meant(command.measure_id, measures)
            if measure.status != "appealed":
                raise NoAppeal
            return _decided(measure, succeeded, reason)
        case SanctionSilence(measure_id=id_):
            return tuple(
                SanctionImposed(measure_id=id_, party=each.party, sanction=each.sanction, cause="silence")
                for each in measures
                if each.id == id_ and each.status == "stands"
            )
        case _:
            assert_never(command)


def end_with_complaint(measures: Measures) -> tuple[MeasureLifted, ...]:
    """What a withdrawal of the complaint restores: every measure that has led to nothing yet."""
    return tuple(
        MeasureLifted(measure_id=each.id, cause="complaint-withdrawn")
        for each in measures
        if each.status in ("stands", "appealed") and not each.sanctioned
    )


def evolve(measures: Measures, event: MeasureEvent) -> Measures:
    """The measures after `event`."""
    match event:
        case ProvisionalMeasureImposed(measure_id=id_, party=party, sanction=sanction):
            return (*(each for each in measures if each.id != id_), Measure(id=id_, party=party, sanction=sanction))
        case AppealLodged(measure_id=id_):
            return tuple(replace(each, status="appealed") if each.id == id_ else each for each in measures)
        case AppealDecided(measure_id=id_) | MeasureLifted(measure_id=id_):
            return tuple(replace(each, status="over") if each.id == id_ else each for each in measures)
        case SanctionImposed(measure_id=id_, cause=cause):
            status: Literal["silent", "over"] = "silent" if cause == "silence" else "over"
            return tuple(replace(each, status=status, sanctioned=True) if each.id == id_ else each for each in measures)
        case _:
            assert_never(event)


def _meant(named: UUID | None, measures: Measures) -> Measure:
    id_ = which("measure", named, {each.id: each.status != "over" for each in measures})
    return next(each for each in measures if each.id == id_)


def _decided(measure: Measure, succeeded: bool, reason: str) -> tuple[MeasureEvent, ...]:
    decided = AppealDecided(measure_id=measure.id, succeeded=succeeded, reason=reason)
    if succeeded:
        return (decided, MeasureLifted(measure_id=measure.id, cause="appeal-succeeded"))
    if measure.sanctioned:
        return (decided,)
    return (
        decided,
        SanctionImposed(measure_id=measure.id, party=measure.party, sanction=measure.sanction, cause="appeal-failed"),
    )
