"""Who may read which restricted part of the file. A part that is not named here is for all who have the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from casework.shared.contracts.resolution import FileOpened, FileRefused
from casework.shared.files.opening import OpenFilePart, Reader, Rule, opened

if TYPE_CHECKING:
    from casework.resolution.domain.resolution import Resolution

AccessEvent: TypeAlias = FileOpened | FileRefused


def _decides(state: Resolution, reader: Reader) -> bool:
    """Whoever may decide every approval of the case, and does not wait for one of their own."""
    found = state.desk.approvals
    return (
        bool(found)
        and all(each.suffices(reader.role, reader.rank) for each in found)
        and not any(each.status == "open" and each.asked.asked_by == reader.actor for each in found)
    )


RULES: Mapping[str, Rule[Resolution]] = {"approval-packs": _decides}


def decide(command: OpenFilePart, state: Resolution) -> tuple[AccessEvent]:
    """The event of a reading, granted or not. Refuses nothing as a command."""
    return opened(command, state, RULES, FileOpened, FileRefused)
