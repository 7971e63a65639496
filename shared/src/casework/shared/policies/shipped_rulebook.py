"""The rulebook of an institution: what ships with Casework, and what its own files lay over it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.ladders import Ladder, parse_ladders
from casework.shared.clocks.rulebook import Rulebook, parse_institution
from casework.shared.policies import shipped_calendars
from casework.shared.policies.shipped_deadlines import deadlines_of_package


def rulebook(institution: Path | None = None) -> Rulebook:
    """The shipped rules with an institution's file, or with the shipped one. Raises `InvalidPolicy` and OSError."""
    if institution is None:
        return _shipped()
    return _of(institution.read_text(encoding="utf-8"), str(institution))


@cache
def _shipped() -> Rulebook:
    name = "institution.toml"
    return _of((files("casework.shared") / "policies" / name).read_text(encoding="utf-8"), name)


def _of(text: str, file_name: str) -> Rulebook:
    return Rulebook(
        institution=parse_institution(text, file_name),
        policies=deadlines_of_package(),
        ladders=_ladders(),
        calendar_of=_calendar,
    )


@cache
def _ladders() -> tuple[Ladder, ...]:
    folder = files("casework.shared") / "policies" / "ladders"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(ladder for file in found for ladder in parse_ladders(file.read_text(encoding="utf-8"), file.name))


def _calendar(name: str, version: str | None) -> Calendar:
    return shipped_calendars.calendar(name, version=version)
