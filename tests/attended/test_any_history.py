"""No case is ever left without somebody and a time, whatever happens in whatever order (P110, DESIGN 7)."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.attended.machine import AnyHistory

from casework.shared.clocks.rulebook import Rulebook

HISTORIES = settings(max_examples=60, stateful_step_count=40, deadline=None, print_blob=False, database=None)


def run(rulebook: Rulebook, how: settings = HISTORIES) -> None:
    machine = type("Machine", (AnyHistory,), {"rulebook": rulebook})
    run_state_machine_as_test(machine, settings=how)


def test_no_history_leaves_a_case_alone(rulebook: Rulebook) -> None:
    run(rulebook)
