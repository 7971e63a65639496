"""Given these events, when this command, then those events or that refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pytest
from pydantic import TypeAdapter

from casework.shared.contracts.registry import from_data, to_data, type_name
from casework.shared.decider import Decider
from casework.shared.errors import Refusal

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True)
class Given(Generic[C, S, E]):
    """What already happened."""

    decider: Decider[C, S, E]
    events: tuple[E, ...]

    def when(self, *commands: C) -> When[C, S, E]:
        """Decide `commands`, each on the state the one before left."""
        return When(self, commands)


@dataclass(frozen=True)
class When(Generic[C, S, E]):
    """What is asked for now."""

    given: Given[C, S, E]
    commands: tuple[C, ...]

    def then(self, *expected: E) -> Given[C, S, E]:
        """Exactly these events happen (none: nothing does), and all can be read. Returns the situation they leave."""
        decider = self.given.decider
        happened, _ = decider.run(self.commands, decider.fold(self.given.events))
        require_readable(happened)
        assert tuple(happened) == expected
        return Given(decider, (*self.given.events, *expected))

    def refused(self, refusal: type[Refusal], *, saying: str = "") -> None:
        """The last command is refused, by exactly this rule, with a sentence that holds `saying`."""
        decider = self.given.decider
        *earlier, last = self.commands
        _, state = decider.run(earlier, decider.fold(self.given.events))
        with pytest.raises(Refusal) as refused:
            decider.decide(last, state)
        assert refused.type is refusal, f"refused by {refused.type.__name__}: {refused.value}"
        assert saying in str(refused.value)
        assert str(refused.value).endswith(".")


def given(decider: Decider[C, S, E], *events: E) -> Given[C, S, E]:
    """Start a story with what already happened."""
    return Given(decider, events)


def holds_together(
    decider: Decider[C, S, E], state_type: type[S], commands: Iterable[C], *, never_refused: tuple[type, ...]
) -> S:
    """Run any commands, skipping refusals, and check what must hold of every history. Returns the last state.

    Commands of a class in `never_refused` come from events that already happened elsewhere: a refusal of one fails.
    The events folded anew give the same state, the state survives JSON, and every event can be read again.
    """
    state, history = decider.initial, list[E]()
    for command in commands:
        try:
            happened = decider.decide(command, state)
        except Refusal:
            if isinstance(command, never_refused):
                raise
            continue
        state = decider.fold(happened, state)
        history.extend(happened)
    assert decider.fold(history) == state
    adapter = TypeAdapter(state_type)
    assert adapter.validate_json(adapter.dump_json(state)) == state
    require_readable(history)
    return state


def require_readable(events: Iterable[Any]) -> None:
    """Every event can be read again as it was decided: one that cannot parks its case for every reader, for ever."""
    for event in events:
        assert from_data(type_name(type(event)), to_data(event)) == event
