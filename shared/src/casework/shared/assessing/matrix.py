"""The matrix of the initial assessment, as data: what is set by what (ISO 10002, 7.5).

Invariant: a row only raises. Whoever assesses may weigh a complaint heavier than the matrix does, never lighter, so the
order of the rows makes no difference to a single weight; a row sees what the rows before it raised. Rows are told what
the complaint is about and what is at stake, and nothing of who complains (R06).

    [[matrix]]
    id = "internal.assessment"
    version = 1
    longest_cooling = { number = 10, unit = "working-day" }
    immediate_within = { number = 30, unit = "elapsed-minute" }
    [[matrix.row]]
    name = "safety"
    title = { en = "Safety is at stake", zh = "涉及安全" }
    when = { safety = true }
    least = { severity = "high" }
    track = "now"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Annotated, TypeVar, get_args

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.clocks import DeadlineRef, PolicyId
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Name, SafeInt, Word
from casework.shared.contracts.vocabulary import Complexity, Impact, Severity, Track, Urgency

W = TypeVar("W", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What an assessment sets. What is missing was not said."""

    severity: Severity | None = None
    complexity: Complexity | None = None
    impact: Impact | None = None
    safety: bool | None = None
    immediate_action: bool | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a row is for. What is missing may be anything; an empty list of categories means every one."""

    severity: Severity | None = None
    complexity: Complexity | None = None
    impact: Impact | None = None
    safety: bool | None = None
    immediate_action: bool | None = None
    categories: tuple[Name, ...] = ()

    def is_of(self, weights: Weights, category: str) -> bool:
        """Whether the row says something about such a complaint."""
        names = ("severity", "complexity", "impact", "safety", "immediate_action")
        wanted = ((getattr(self, name), getattr(weights, name)) for name in names)
        return (not self.categories or category in self.categories) and all(
            want is None or want == given for want, given in wanted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """For what it is meant, a complaint weighs at least so much; with `track` it is not let cool."""

    name: Word
    title: Bilingual
    when: When = When()
    least: Weights = Weights()
    track: Track | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Complaints of this severity are offered to `team` of investigation, where the offer names no other."""

    severity: Severity
    team: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """What the matrix came to: `rows` that said something, by name, and `must_be_now` whether one forbids cooling."""

    severity: Severity
    complexity: Complexity
    impact: Impact
    safety: bool
    immediate_action: bool
    urgency: Urgency
    must_be_now: bool
    rows: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One version of the matrix. `usual` is what a complaint weighs of which nothing else is said.

    A complaint cools at most `longest_cooling`, in working days from receipt; what is done at once is done within
    `immediate_within`. A version that cases were assessed by is never edited: add the id with a higher version.
    """

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    usual: Weights = Weights()
    longest_cooling: Length
    immediate_within: Length
    row: tuple[Row, ...] = ()
    route: tuple[Route, ...] = ()

    @property
    def ref(self) -> DeadlineRef:
        """What an assessment carries to name this matrix."""
        return DeadlineRef(id=self.id, version=self.version)

    def team_for(self, severity: Severity | None) -> str | None:
        """The team that takes complaints of this severity; None where none was said."""
        return next((route.team for route in self.route if route.severity == severity), None)

    def weigh(self, said: Weights, category: str) -> Assessed:
        """What a complaint of this category weighs, of which that was said."""
        given = {name: getattr(self.usual, name) if value is None else value for name, value in asdict(said).items()}
        weights, now, rows = Weights(**given), False, []
        for row in self.row:
            if row.when.is_of(weights, category):
                rows.append(row.name)
                now = now or row.track == "now"
                weights = _heavier(weights, row.least)
        return Assessed(
            severity=weights.severity or "low",
            complexity=weights.complexity or "simple",
            impact=weights.impact or "low",
            safety=bool(weights.safety),
            immediate_action=bool(weights.immediate_action),
            urgency=weights.urgency or "usual",
            must_be_now=now,
            rows=tuple(rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    matrix: Annotated[tuple[Matrix, ...], Field(min_length=1)]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def parse_matrix(text: str, file_name: str) -> Matrix:
    """The newest version of the matrix in a TOML text; the older ones stay in the file for whoever asks why an old case
    weighs what it does. Raises `InvalidPolicy` with file, line and field."""
    found = read_typed(text, file_name, _adapter()).matrix
    if len({each.id for each in found}) > 1:
        raise InvalidPolicy(f"{file_name}: holds matrices of several ids; an institution assesses by one. Keep one id.")
    if len({each.version for each in found}) < len(found):
        raise InvalidPolicy(f"{file_name}: {found[0].id}: a version stands twice; raise the version of one.")
    for each in found:
        names = [row.name for row in each.row]
        if len(set(names)) < len(names):
            raise InvalidPolicy(f"{file_name}: {each.id}: a row's name stands twice; give each row its own.")
        if each.longest_cooling.unit != "working-day":
            raise InvalidPolicy(f"{file_name}: {each.id}: longest_cooling is in working days; correct its unit.")
        if each.immediate_within.unit not in ("elapsed-minute", "elapsed-hour") or each.immediate_within.number < 1:
            raise InvalidPolicy(
                f"{file_name}: {each.id}: immediate_within is at least 1 elapsed-minute or elapsed-hour: what is urgent"
                " does not wait for the office to open."
            )
    return max(found, key=lambda each: each.version)


def _heavier(weights: Weights, least: Weights) -> Weights:
    return replace(
        weights,
        severity=_more(get_args(Severity), weights.severity, least.severity),
        complexity=_more(get_args(Complexity), weights.complexity, least.complexity),
        impact=_more(get_args(Impact), weights.impact, least.impact),
        safety=weights.safety or least.safety,
        immediate_action=weights.immediate_action or least.immediate_action,
        urgency=_more(get_args(Urgency), weights.urgency, least.urgency),
    )


def _more(ascending: Sequence[W], one: W | None, other: W | None) -> W | None:
    """The heavier of two words of a scale."""
    return max((each for each in (one, other) if each is not None), key=ascending.index, default=None)
