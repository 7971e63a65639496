"""Standing solutions: what is known to settle a known complaint, so that it runs straight through.

Invariant: pure values. A policy is data that staff wrote; the text is read elsewhere and parsed here, whole
or not at all. An event refers to a solution by name and version, so editing a policy never changes what
an earlier event meant: keep the old version in the file while cases refer to it, and add a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from casework.shared.contracts.policy_text import InvalidPolicy as InvalidPolicy
from casework.shared.contracts.policy_text import place, read_toml
from casework.shared.contracts.types import Name, Prose, SafeInt, Sentence
from casework.shared.contracts.vocabulary import Complexity, Outcome, RemedyKind, Severity
from casework.shared.errors import FieldError

EVERY_CATEGORY = "*"
Reply: TypeAlias = Literal["accepted", "none"]
Way: TypeAlias = Literal["straight-through", "offered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRef:
    """Which standing solution a case runs under."""

    name: Name
    version: SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSolution:
    """One known complaint and its settled answer. `categories` may hold "*": every category not named elsewhere.

    `reply` is what to record for the complainant: "accepted" where the answer is known to settle it, "none" to
    leave the reply open. With `way` "offered" nothing runs by itself: the solution is put before whoever decides, with
    its `steps`, to be taken or left.
    """

    name: Name
    version: Annotated[SafeInt, Field(ge=1)]
    categories: Annotated[tuple[Name, ...], Field(min_length=1)]
    severity: Severity
    complexity: Complexity
    finding: Prose
    outcome: Outcome
    remedy: RemedyKind
    answer: Prose
    reply: Reply
    way: Way = "straight-through"
    steps: Annotated[tuple[Sentence, ...], Field(max_length=20)] = ()

    @property
    def ref(self) -> StandingRef:
        """What events carry to name this solution."""
        return StandingRef(name=self.name, version=self.version)


def match(
    solutions: Iterable[StandingSolution], category: str, way: Way = "straight-through"
) -> StandingSolution | None:
    """The newest version of the solution that names `category`, else of the one for "*", else None. Only those that go
    that `way` are looked at."""
    newest: dict[str, StandingSolution] = {}
    for solution in solutions:
        if solution.way != way:
            continue
        known = newest.get(solution.name)
        if known is None or known.version < solution.version:
            newest[solution.name] = solution
    for wanted in (category, EVERY_CATEGORY):
        for solution in newest.values():
            if wanted in solution.categories:
                return solution
    return None


def find(solutions: Iterable[StandingSolution], ref: StandingRef) -> StandingSolution | None:
    """The solution an event refers to, or None when the policy no longer has it (a person then takes over)."""
    return next((solution for solution in solutions if solution.ref == ref), None)


def parse_standing(text: str, file_name: str) -> tuple[StandingSolution, ...]:
    """The `[[solution]]` tables of a TOML policy. Raises `InvalidPolicy`; `file_name` is for its message only.

    Refused besides wrong fields: a name and version given twice, and a category that the newest versions of
    two solutions both claim, since then nobody could say which one applies.
    """
    document = read_toml(text, file_name)
    unknown = sorted(document.keys() - {"solution"})
    if unknown or not isinstance(document.get("solution", []), list):
        raise InvalidPolicy(
            f"{file_name}: found {', '.join(unknown) or 'solution'}; write every standing solution as [[solution]]."
        )
    try:
        solutions = _adapter().validate_python(document.get("solution", []), extra="forbid")
    except ValidationError as error:
        found = tuple(
            FieldError("/solution/" + "/".join(map(str, item["loc"])), item["msg"]) for item in error.errors()
        )
        where = place(text, ("solution", *error.errors()[0]["loc"]))
        raise InvalidPolicy(f"{file_name}{where}: {found[0].detail}", found) from None
    _refuse_ambiguity(solutions, file_name)
    return solutions


@cache
def _adapter() -> TypeAdapter[tuple[StandingSolution, ...]]:
    return TypeAdapter(tuple[StandingSolution, ...])


def _refuse_ambiguity(solutions: Sequence[StandingSolution], file_name: str) -> None:
    seen: set[StandingRef] = set()
    for solution in solutions:
        if solution.ref in seen:
            raise InvalidPolicy(
                f"{file_name}: {solution.name} version {solution.version} stands twice; raise the version of one."
            )
        seen.add(solution.ref)
    claimed = {(category, solution.way) for solution in solutions for category in solution.categories}
    for category, way in sorted(claimed):
        first = match(solutions, category, way)
        others = match([s for s in solutions if first is None or s.name != first.name], category, way)
        if first is not None and others is not None and category in others.categories:
            raise InvalidPolicy(
                f"{file_name}: {first.name} and {others.name} both claim category {category!r}; name it in one only."
            )
