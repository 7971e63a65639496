"""Sanction ladders out of their TOML text. Invariant: whole or not at all; the refusal names file, line and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_typed
from casework.shared.contracts.sanctions import SanctionStep
from casework.shared.sanctions.ladders import SanctionLadder


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    ladder: tuple[SanctionLadder, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def parse_sanctions(text: str, file_name: str) -> tuple[SanctionLadder, ...]:
    """The ladders of a TOML text. Raises `InvalidPolicy` with file, line and field of the first mistake."""
    ladders = read_typed(text, file_name, _adapter()).ladder
    for location, mistake in _mistakes(ladders):
        raise InvalidPolicy(f"{file_name}{place(text, location)}: {mistake}")
    return ladders


def _mistakes(ladders: Sequence[SanctionLadder]) -> Iterator[tuple[Location, str]]:
    seen = set[tuple[str, int]]()
    for at, ladder in enumerate(ladders):
        if (ladder.id, ladder.version) in seen:
            yield ("ladder", at, "version"), f"{ladder.id} version {ladder.version} stands twice"
        seen.add((ladder.id, ladder.version))
        for step in (*ladder.steps, *((ladder.serious,) if ladder.serious else ())):
            field = "serious" if step is ladder.serious else "steps"
            if (wrong := _wrong(step)) is not None:
                yield ("ladder", at, field), wrong
        closing = [number for number, step in enumerate(ladder.steps, 1) if step.kind == "closed"]
        if closing and closing[0] < len(ladder.steps):
            yield ("ladder", at, "steps"), "after a closed account there is no further step"


def _wrong(step: SanctionStep) -> str | None:
    has_points, has_days = step.points is not None, step.days is not None
    match step.kind:
        case "points":
            right, rule = has_points and not has_days, "a step of points says how many, and no days"
        case "limits":
            right, rule = has_days and not has_points, "limits say for how many days, and no points"
        case "warning" | "closed":
            right, rule = not has_points and not has_days, f"a step {step.kind} has neither points nor days"
    return None if right else rule
