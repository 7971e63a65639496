"""The directory of people, read from its file, and again when the file changes.

Invariant: whoever asks gets a whole directory. A file that cannot be used at the start ends the start; one that is
broken later is refused, and the directory from before goes on.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypeAlias

import structlog

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.people.directory import Directory, duty_alone
from casework.shared.people.people_files import parse_people
from casework.shared.policies.shipped_calendars import calendar

log = structlog.get_logger(__name__)

LOOK_S = 5.0
"""How long a change of the file may go unseen."""
_Stamp: TypeAlias = tuple[int, int, int]


class People:
    """The directory of a file; without a file, the duty member alone. Raises `InvalidPolicy`, OSError."""

    def __init__(self, path: Path | None, *, look_s: float = LOOK_S) -> None:
        self._path, self._look_s = path, look_s
        self._looked = time.monotonic()
        self._stamp: _Stamp | None = None
        self._directory = duty_alone()
        if path is not None:
            self._stamp = _stamp(path)
            self._directory = _read(path)

    @property
    def are_known(self) -> bool:
        """Whether a file says who there is."""
        return self._path is not None

    def directory(self) -> Directory:
        """Everybody, as the file says now, or said a few seconds ago. Raises nothing."""
        path, now = self._path, time.monotonic()
        if path is not None and now - self._looked >= self._look_s:
            self._looked = now
            try:
                stamp = _stamp(path)
                if stamp != self._stamp:
                    self._directory = _read(path)
                    self._stamp = stamp
                    log.info("people.read", count=len(self._directory.members))
            except (InvalidPolicy, OSError, UnicodeDecodeError) as error:
                # Not its text: a refusal names line and field, which an editor of the file sees at the next start.
                log.error(
                    "people.file-refused", error=type(error).__name__, action="correct the file of CASEWORK_PEOPLE"
                )
        return self._directory


def _read(path: Path) -> Directory:
    return parse_people(path.read_text(encoding="utf-8"), path.name, calendar)


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
