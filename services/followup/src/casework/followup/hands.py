"""What of a case is still in somebody's hands, folded from the events of resolution alone. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from casework.followup.domain.empty_hands import OpenHands
from casework.shared.contracts import demand_answers, remedies, resolution


@dataclass(slots=True)
class Hands:
    """The newest version of each demand, and the version that was answered, by its number; broken promises that were
    not made good, by id; talks whose leader has not answered, by number. Not frozen: a part of `Progress`."""

    demands: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    talks: list[int] = field(default_factory=list)

    @property
    def open(self) -> OpenHands:
        """What is still open."""
        unanswered = (int(number) for number, version in self.demands.items() if self.answered.get(number, 0) < version)
        return OpenHands(demands=sorted(unanswered), promises=tuple(self.broken), talks=tuple(self.talks))


def take(hands: Hands, event: Any) -> None:
    """Take one more event of resolution in."""
    match event:
        case demand_answers.DemandsNoted(demands=noted):
            hands.demands = hands.demands | {str(each.number): each.version for each in noted}
        case demand_answers.DemandAnswered(number=number, version=version):
            hands.answered = hands.answered | {str(number): version}
        case resolution.PromiseBroken(promise_id=promise):
            hands.broken = [*hands.broken, str(promise)]
        case resolution.PromiseKept(promise_id=promise):
            hands.broken = [each for each in hands.broken if each != str(promise)]
        case remedies.LeaderAsked(talk=talk):
            hands.talks = [*hands.talks, talk]
        case remedies.LeaderTookOver(talk=talk) | remedies.LeaderDeclined(talk=talk):
            hands.talks = [each for each in hands.talks if each != talk]
        case _:
            pass
