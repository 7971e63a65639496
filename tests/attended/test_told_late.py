"""What is told of a case after its closing does not make it due again."""

from __future__ import annotations

from tests.attended.world import opened
from tests.races import STRAIGHT_ON

from casework.intake.domain.commands import WithdrawComplaint
from casework.shared.clocks.rulebook import Rulebook


def test_a_withdrawal_after_the_closing_arms_nothing(rulebook: Rulebook) -> None:
    office = opened(rulebook)
    for service, act in STRAIGHT_ON:
        office.settle()
        step = next(command for who, command in office.staff() if who == service and type(command) is act)
        office.ask(service, office.with_clocks(step))
    office.record("intake", WithdrawComplaint(reason="Settled.", channel="web"))
    office.settle()
    state = office.states["followup"]
    assert state.status == "closed"
    assert not [clock for clock in state.clocks.clocks if clock.phase in ("running", "paused")]
