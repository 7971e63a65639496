"""Who may read which restricted part of the file. A part that is not named here is for all who have the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from casework.investigation.domain.staff_file import MANAGER
from casework.shared.contracts.investigation import FileOpened, FileRefused
from casework.shared.files.opening import OpenFilePart, Reader, Rule, opened

if TYPE_CHECKING:
    from casework.investigation.domain.investigation import Investigation

AccessEvent: TypeAlias = FileOpened | FileRefused


def _manages(_state: Investigation, reader: Reader) -> bool:
    return reader.role == MANAGER


RULES: Mapping[str, Rule[Investigation]] = {"staff-file": _manages}


def decide(command: OpenFilePart, state: Investigation) -> tuple[AccessEvent]:
    """The event of a reading, granted or not. Refuses nothing as a command."""
    return opened(command, state, RULES, FileOpened, FileRefused)
