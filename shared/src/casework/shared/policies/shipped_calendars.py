"""Calendars read from files: those that ship with Casework, beside this module, and an institution's own.

Invariant: a version that was released stays as it is. Clocks name the calendar and the version they were armed with,
so a change of dates is a new file with a later version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from casework.shared.clocks.calendar_files import parse_calendar, parse_layer
from casework.shared.clocks.calendars import Calendar, Layer
from casework.shared.contracts.policy_text import InvalidPolicy

SHIPPED = files("casework.shared") / "policies" / "calendars"

_T = TypeVar("_T")
_Data = TypeVar("_Data", Calendar, Layer)


class Calendars:
    """The calendars of some folders, each with its layers in a folder `layers` below it."""

    def __init__(self, *folders: Traversable) -> None:
        """Raises `InvalidPolicy` where a file is wrong, or gives a version that another file has given."""
        self._calendars: dict[str, dict[str, Calendar]] = {}
        self._layers: dict[str, dict[str, Layer]] = {}
        self._found: dict[tuple[str, str | None], Calendar] = {}
        for folder in folders:
            for text, file_name in _texts(folder):
                read = parse_calendar(text, file_name)
                _add(self._calendars, read.name, read, file_name)
            for text, file_name in _texts(folder / "layers"):
                layer = parse_layer(text, file_name)
                _add(self._layers, f"{layer.over}+{layer.name}", layer, file_name)

    def calendar(self, name: str, version: str | None = None) -> Calendar:
        """See the function of that name."""
        found = self._found.get((name, version))
        if found is None:
            found = self._found[name, version] = self._put_together(name, version)
        return found

    def known(self) -> tuple[tuple[str, str], ...]:
        """Name and version of each, those with a layer left out, in order."""
        return tuple((name, version) for name, known in sorted(self._calendars.items()) for version in sorted(known))

    def _put_together(self, name: str, version: str | None) -> Calendar:
        names = name.split("+")
        versions = version.split("+") if version is not None else [None] * len(names)
        if len(versions) != len(names):
            raise InvalidPolicy(
                f"Version {version} of calendar {name} does not give one version for each part of the name."
            )
        result = _chosen(self._calendars, names[0], versions[0])
        for layer, of in zip(names[1:], versions[1:], strict=True):
            result = result.under(_chosen(self._layers, f"{names[0]}+{layer}", of))
        return result


def calendar(name: str, *, version: str | None = None) -> Calendar:
    """The shipped calendar `name`, such as `CN`, or with its layers, such as `CN+weekends-off`.

    `version` is as the calendar itself gives it, one part for each part of the name (`2025-11-04+2026`); without it
    the newest of each. Raises `InvalidPolicy` for a name or version that does not ship."""
    return calendars_of_package().calendar(name, version)


def shipped() -> tuple[tuple[str, str], ...]:
    """Name and version of every calendar that ships, those with a layer left out, in order."""
    return calendars_of_package().known()


@cache
def calendars_of_package() -> Calendars:
    """Those that ship."""
    return Calendars(SHIPPED)


def _chosen(known: Mapping[str, Mapping[str, _T]], name: str, version: str | None) -> _T:
    versions = known.get(name)
    if versions is None:
        raise InvalidPolicy(f"There is no calendar {name}. There are: {', '.join(sorted(known))}.")
    if version is not None and version not in versions:
        raise InvalidPolicy(f"Calendar {name} has no version {version}. There are: {', '.join(sorted(versions))}.")
    return versions[version or max(versions)]


def _add(known: dict[str, dict[str, _Data]], name: str, read: _Data, file_name: str) -> None:
    versions = known.setdefault(name, {})
    if read.version in versions:
        raise InvalidPolicy(f"{file_name}: {name} of {read.version} stands in two files; raise the version of one.")
    versions[read.version] = read


def _texts(folder: Traversable) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield file.read_text(encoding="utf-8"), file.name
