"""Ways to put it right, side by side.

Invariant: nothing is chosen from one alone, and what was not chosen stays on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.shared.contracts.authority import Option, OptionChosen, OptionsCompared
from casework.shared.contracts.types import Sentence
from casework.shared.errors import Refusal
from casework.shared.remedies.amounts import number_of
from casework.shared.which import which

FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """Put options side by side."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseOption:
    """Take one of the options, counted from 1. Without `number` of the one comparison that waits for a choice."""

    number: int | None
    option: int
    reason: Sentence


OptionCommand: TypeAlias = CompareOptions | ChooseOption
OptionEvent: TypeAlias = OptionsCompared | OptionChosen


class NeedsOptions(Refusal):
    code = "needs-options"

    def __init__(self) -> None:
        super().__init__("Bring at least two options, each with what it costs, so that there is something to choose.")


class OptionsInCurrencies(Refusal):
    code = "options-in-currencies"

    def __init__(self) -> None:
        super().__init__("Options are compared in one currency; give every cost in the same.")


class CostBelowZero(Refusal):
    code = "cost-below-zero"

    def __init__(self) -> None:
        super().__init__("An option costs something, or 0; give no cost below that.")


class UnknownOption(Refusal):
    code = "unknown-option"

    def __init__(self, options: int) -> None:
        super().__init__(f"There are {options} options, counted from 1; choose one of them.")


class OptionAlreadyChosen(Refusal):
    code = "option-already-chosen"

    def __init__(self) -> None:
        super().__init__("One of these options was chosen already; compare them again to choose anew.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a choice needs to know."""

    number: int
    options: int
    chosen: bool = False


Comparisons: TypeAlias = tuple[Comparison, ...]


def require_options(options: Sequence[Option]) -> None:
    """Raises `NeedsOptions`, `OptionsInCurrencies` and `CostBelowZero`."""
    if len(options) < FEWEST:
        raise NeedsOptions
    if len({each.cost.currency for each in options}) > 1:
        raise OptionsInCurrencies
    if any(number_of(each.cost) < 0 for each in options):
        raise CostBelowZero


def decide(command: OptionCommand, comparisons: Comparisons) -> tuple[OptionEvent]:
    """The event that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case CompareOptions(options=options):
            require_options(options)
            return (OptionsCompared(number=len(comparisons) + 1, options=options),)
        case ChooseOption(option=option, reason=reason):
            number = which("comparison", command.number, {each.number: not each.chosen for each in comparisons})
            comparison = comparisons[number - 1]
            if comparison.chosen:
                raise OptionAlreadyChosen
            if not 1 <= option <= comparison.options:
                raise UnknownOption(comparison.options)
            left = tuple(each for each in range(1, comparison.options + 1) if each != option)
            return (OptionChosen(number=number, option=option, left=left, reason=reason),)
        case _:
            assert_never(command)


def evolve(comparisons: Comparisons, event: OptionEvent) -> Comparisons:
    """The comparisons after `event`."""
    match event:
        case OptionsCompared(number=number, options=options):
            return (*comparisons, Comparison(number=number, options=len(options)))
        case OptionChosen(number=number):
            return tuple(replace(each, chosen=True) if each.number == number else each for each in comparisons)
        case _:
            assert_never(event)
