"""Who may read which restricted part of the file. A part that is not named here is for all who have the scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from casework.shared.contracts.followup import FileOpened, FileRefused
from casework.shared.files.opening import OpenFilePart, Reader, Rule, opened

if TYPE_CHECKING:
    from casework.followup.domain.follow_up import FollowUp

AccessEvent: TypeAlias = FileOpened | FileRefused


def _not_the_own_work(state: FollowUp, reader: Reader) -> bool:
    return reader.actor not in (state.owner, state.holder)


RULES: Mapping[str, Rule[FollowUp]] = {"opinions": _not_the_own_work}


def decide(command: OpenFilePart, state: FollowUp) -> tuple[AccessEvent]:
    """The event of a reading, granted or not. Refuses nothing as a command."""
    return opened(command, state, RULES, FileOpened, FileRefused)
