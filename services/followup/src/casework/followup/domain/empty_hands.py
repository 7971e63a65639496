"""All hands empty before a case is closed: every demand answered, every promise kept or still to come, no offer open.

Invariant: a promise whose time is still to come keeps no case open, since its clock goes on; one that was broken does,
until it is made good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHands:
    """What is still open, as the events of resolution say: the numbers of demands without an answer, the ids of
    promises that were broken and not made good, and the numbers of talks whose leader has not answered."""

    demands: Sequence[int] = ()
    promises: Sequence[str] = ()
    talks: Sequence[int] = ()


EMPTY = OpenHands()


class DemandNotAnswered(Refusal):
    code = "demand-not-answered"

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(
            f"The demand number {_listed(numbers)} has no answer yet; meet it, or refuse it with reasons. Then close."
        )


class PromiseNotMadeGood(Refusal):
    code = "promise-not-made-good"

    def __init__(self, promises: Sequence[str]) -> None:
        super().__init__(
            f"The promise {_listed(promises)} was broken. Do what was promised, late as it is, and record what shows"
            " it; then close."
        )


class LeaderNotAnswered(Refusal):
    code = "leader-not-answered"

    def __init__(self, talks: Sequence[int]) -> None:
        super().__init__(
            f"A leader was asked after talk {_listed(talks)} and has not answered; have the case taken or declined"
            " there, then close."
        )


def require_empty(hands: OpenHands) -> None:
    """Raises the refusals above."""
    if hands.demands:
        raise DemandNotAnswered(hands.demands)
    if hands.promises:
        raise PromiseNotMadeGood(hands.promises)
    if hands.talks:
        raise LeaderNotAnswered(hands.talks)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
