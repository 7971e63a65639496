"""Who may read which restricted part of the file. A part that is not named here is for all who have the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from casework.shared.contracts.intake import FileOpened, FileRefused
from casework.shared.files.opening import OpenFilePart, Rule, opened

if TYPE_CHECKING:
    from casework.intake.domain.complaint import Complaint

AccessEvent: TypeAlias = FileOpened | FileRefused
RULES: Mapping[str, Rule[Complaint]] = {}


def decide(command: OpenFilePart, state: Complaint) -> tuple[AccessEvent]:
    """The event of a reading, granted or not. Refuses nothing as a command."""
    return opened(command, state, RULES, FileOpened, FileRefused)
