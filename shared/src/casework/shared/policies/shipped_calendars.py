"""The calendars that ship with Casework, read from the files beside this module.

Invariant: a version that was released stays as it is. Clocks name the calendar and the version they were armed with,
so a change of dates is a new file with a later version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeVar

from casework.shared.clocks.calendar_files import parse_calendar, parse_layer
from casework.shared.clocks.calendars import Calendar, Layer
from casework.shared.contracts.policy_text import InvalidPolicy

_T = TypeVar("_T")
_Data = TypeVar("_Data", Calendar, Layer)


@cache
def calendar(name: str, *, version: str | None = None) -> Calendar:
    """The shipped calendar `name`, such as `CN`, or with its layers, such as `CN+weekends-off`.

    `version` is as the calendar itself gives it, one part for each part of the name (`2025-11-04+2026`); without it
    the newest of each. Raises `InvalidPolicy` for a name or version that does not ship."""
    names = name.split("+")
    versions = version.split("+") if version is not None else [None] * len(names)
    if len(versions) != len(names):
        raise InvalidPolicy(
            f"Version {version} of calendar {name} does not give one version for each part of the name."
        )
    result = _chosen(_calendars(), names[0], versions[0])
    for layer, of in zip(names[1:], versions[1:], strict=True):
        result = result.under(_chosen(_layers(), f"{names[0]}+{layer}", of))
    return result


def shipped() -> tuple[tuple[str, str], ...]:
    """Name and version of every calendar that ships, those with a layer left out, in order."""
    return tuple((name, version) for name, known in sorted(_calendars().items()) for version in sorted(known))


def _chosen(known: Mapping[str, Mapping[str, _T]], name: str, version: str | None) -> _T:
    versions = known.get(name)
    if versions is None:
        raise InvalidPolicy(f"There is no calendar {name}. There are: {', '.join(sorted(known))}.")
    if version is not None and version not in versions:
        raise InvalidPolicy(f"Calendar {name} has no version {version}. There are: {', '.join(sorted(versions))}.")
    return versions[version or max(versions)]


@cache
def _calendars() -> Mapping[str, Mapping[str, Calendar]]:
    known: dict[str, dict[str, Calendar]] = {}
    for text, file_name in _texts("calendars"):
        read = parse_calendar(text, file_name)
        _add(known, read.name, read, file_name)
    return known


@cache
def _layers() -> Mapping[str, Mapping[str, Layer]]:
    known: dict[str, dict[str, Layer]] = {}
    for text, file_name in _texts("calendars", "layers"):
        read = parse_layer(text, file_name)
        _add(known, f"{read.over}+{read.name}", read, file_name)
    return known


def _add(known: dict[str, dict[str, _Data]], name: str, read: _Data, file_name: str) -> None:
    versions = known.setdefault(name, {})
    if read.version in versions:
        raise InvalidPolicy(f"{file_name}: {name} of {read.version} stands in two files; raise the version of one.")
    versions[read.version] = read


def _texts(*folders: str) -> Iterator[tuple[str, str]]:
    for file in sorted(files("casework.shared.policies").joinpath(*folders).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield file.read_text(encoding="utf-8"), file.name
