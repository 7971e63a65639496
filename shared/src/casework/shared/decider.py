"""The shape of every rule in Casework: two pure functions over frozen values.

Invariant: `decide` and `evolve` read nothing but their arguments. Time and ids arrive on the command,
so the same commands always give the same events, and the same events always give the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, S, E]):
    """One aggregate's rules.

    `initial` is the state before the first event; `decide(command, state)` returns the events that
    happen (none is allowed: the command had no effect) or raises a `Refusal`; `evolve(state, event)`
    returns the next state and never fails on an event that was once recorded.
    """

    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def fold(self, events: Iterable[E], state: S | None = None) -> S:
        """The state after `events`, starting from `state` or from the beginning."""
        return reduce(self.evolve, events, self.initial if state is None else state)

    def run(self, commands: Iterable[C], state: S) -> tuple[list[E], S]:
        """Decide each command on the state the ones before it left. Returns all events and the last state."""
        happened: list[E] = []
        for command in commands:
            events = self.decide(command, state)
            happened.extend(events)
            state = self.fold(events, state)
        return happened, state
