"""Who may read which restricted part of the file. A part that is not named here is for all who have the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from casework.shared.contracts.resolution import FileOpened, FileRefused
from casework.shared.files.opening import OpenFilePart, Rule, opened

if TYPE_CHECKING:
    from casework.resolution.domain.resolution import Resolution

AccessEvent: TypeAlias = FileOpened | FileRefused
RULES: Mapping[str, Rule[Resolution]] = {}


def decide(command: OpenFilePart, state: Resolution) -> tuple[AccessEvent]:
    """The event of a reading, granted or not. Refuses nothing as a command."""
    return opened(command, state, RULES, FileOpened, FileRefused)
