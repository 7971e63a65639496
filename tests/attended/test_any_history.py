"""No case is ever left without somebody and a time, whatever happens in whatever order (P110, DESIGN 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.attended.machine import AnyHistory, JudgedFromOutside

from casework.followup.domain import case_clocks
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import ClockEvent

HISTORIES = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    # What is drawn depends on what the case allows: much is left out, and slowly.
    suppress_health_check=list(HealthCheck),
)
UNTIL_RED = settings(HISTORIES, max_examples=1_000)


def run(machine: type[AnyHistory], rulebook: Rulebook, how: settings) -> None:
    run_state_machine_as_test(type(machine.__name__, (machine,), {"rulebook": rulebook}), settings=how)


def test_no_history_leaves_a_case_alone(rulebook: Rulebook) -> None:
    run(AnyHistory, rulebook, HISTORIES)


def test_without_the_second_rung_the_check_turns_red(rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    climb = case_clocks.climb

    def one_rung(*asked: Any) -> tuple[Any, ...]:
        events = climb(*asked)
        return () if any(getattr(event, "rung", 1) > 1 for event in events) else events

    monkeypatch.setattr(case_clocks, "climb", one_rung)
    with pytest.raises(AssertionError, match=r"lack='somebody-asked'.*nobody was asked after rung 1"):
        run(JudgedFromOutside, rulebook, UNTIL_RED)


@pytest.mark.parametrize("moment", ["case-reopened", "new-facts-received"])
def test_without_the_arming_after_it_the_check_turns_red(
    rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A reopening, and new facts that start the time for the answer anew."""
    armed_by = case_clocks._armed_by

    def not_again(command: case_clocks.TellMoment, *more: Any, **by_name: Any) -> Iterator[ClockEvent]:
        return iter(()) if command.moment == moment else armed_by(command, *more, **by_name)

    monkeypatch.setattr(case_clocks, "_armed_by", not_again)
    with pytest.raises(AssertionError, match="lack='due-time'"):
        run(JudgedFromOutside, rulebook, UNTIL_RED)
