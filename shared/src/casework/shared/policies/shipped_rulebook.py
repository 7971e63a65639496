"""The rulebook of an institution: what ships with Casework, and what its own files lay over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from casework.shared.checks.checklists import Checklist, parse_checklists
from casework.shared.clocks.ladders import Ladder, parse_ladders
from casework.shared.clocks.rulebook import Institution, Rulebook, parse_institution
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_calendars import Calendars, calendars_of_package
from casework.shared.policies.shipped_deadlines import read_deadlines

_Versioned = TypeVar("_Versioned", Ladder, Checklist)
SHIPPED = files("casework.shared") / "policies"
_KINDS = (
    *("deadlines", "ladders", "calendars", "sanctions", "appeals", "closing", "checklists", "procedures"),
    "retention",
)
"""What a folder of an institution's own may hold, each in a folder of that name, as here."""


def rulebook(institution: Path | None = None) -> Rulebook:
    """The shipped rules with an institution's file, or with the shipped one.

    What is in the `folders` it names (below the file's own folder) is read after what ships: the same id with a higher
    version replaces a shipped deadline, ladder or calendar, another id stands beside it. Raises `InvalidPolicy` and
    OSError.
    """
    if institution is None:
        return _shipped()
    return _of(institution.read_text(encoding="utf-8"), str(institution), institution.parent)


@cache
def _shipped() -> Rulebook:
    name = "institution.toml"
    return _of((SHIPPED / name).read_text(encoding="utf-8"), name, None)


def own_folders(institution: Path | None, kind: str) -> list[Traversable]:
    """The folders of an institution's own files of one kind, such as `sanctions`. Raises `InvalidPolicy`, OSError."""
    if institution is None:
        return []
    parsed = parse_institution(institution.read_text(encoding="utf-8"), str(institution))
    return _own(parsed, str(institution), institution.parent)[kind]


def _own(institution: Institution, file_name: str, beside: Path | None) -> Mapping[str, list[Traversable]]:
    own: list[Traversable] = [] if beside is None else [beside / name for name in institution.folders]
    for folder in own:
        if not any((folder / kind).is_dir() for kind in _KINDS):
            raise InvalidPolicy(
                f"{file_name}: the folder {folder} holds none of {', '.join(_KINDS)}. Put the files there, in folders"
                " of these names."
            )
    return {kind: [below for each in own if (below := each / kind).is_dir()] for kind in _KINDS}


def _of(text: str, file_name: str, beside: Path | None) -> Rulebook:
    institution = parse_institution(text, file_name)
    folders = _own(institution, file_name, beside)
    calendars = calendars_of_package()
    if folders["calendars"]:
        calendars = Calendars(SHIPPED / "calendars", *folders["calendars"])
    return Rulebook(
        institution=institution,
        policies=read_deadlines(SHIPPED / "deadlines", *folders["deadlines"]),
        ladders=_ladders(SHIPPED / "ladders", *folders["ladders"]),
        calendar_of=calendars.calendar,
        checklists=_checklists(SHIPPED / "checklists", *folders["checklists"]),
    )


def _checklists(*folders: Traversable) -> tuple[Checklist, ...]:
    """Raises `InvalidPolicy` where a file is wrong, or gives an id and version that another file has given."""
    found: dict[tuple[str, int], Checklist] = {}
    for file_name, text in _texts(folders):
        for checklist in parse_checklists(text, file_name):
            _once(file_name, "checklist", checklist, found)
    return tuple(found.values())


def _ladders(*folders: Traversable) -> tuple[Ladder, ...]:
    """Raises `InvalidPolicy` where a file is wrong, or gives an id and version that another file has given."""
    found: dict[tuple[str, int], Ladder] = {}
    for file_name, text in _texts(folders):
        for ladder in parse_ladders(text, file_name):
            _once(file_name, "ladder", ladder, found)
    return tuple(found.values())


def _texts(folders: Iterable[Traversable]) -> Iterator[tuple[str, str]]:
    """Name and text of every TOML file, in the order of their names."""
    for folder in folders:
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".toml"):
                yield file.name, file.read_text(encoding="utf-8")


def _once(file_name: str, what: str, item: _Versioned, found: dict[tuple[str, int], _Versioned]) -> None:
    if (item.id, item.version) in found:
        raise InvalidPolicy(
            f"{file_name}: {what} {item.id} version {item.version} stands in two files; raise the version of one."
        )
    found[item.id, item.version] = item
