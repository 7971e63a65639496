"""Who has to listen before calling back. Pure; the same wherever a call back is recorded.

Invariant: whoever calls back has heard every recording that may be heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from casework.shared.errors import Refusal


class RecordingUnheard(Refusal):
    code = "recording-unheard"

    def __init__(self, unheard: Iterable[int]) -> None:
        numbers = ", ".join(map(str, unheard))
        super().__init__(f"Recording {numbers} was not heard by you yet; listen first, then call back.")


def require_heard(by: str, heard_by: Mapping[int, tuple[str, ...]]) -> tuple[int, ...]:
    """The numbers of the recordings that may be heard, all of which `by` has heard. `heard_by` says who heard each.

    Raises `RecordingUnheard`."""
    unheard = [number for number, listeners in heard_by.items() if by not in listeners]
    if unheard:
        raise RecordingUnheard(unheard)
    return tuple(heard_by)
