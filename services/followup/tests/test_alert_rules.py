"""What must not wait is asked at once; how grave a case is says who is asked when a clock is missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from services.followup.tests.test_followup_domain import ALERT, CLOSED, FIRST, FOLLOW, GRAVE, NOTE_SEVERITY, OPENED

from casework.followup.domain.alerts import AlertDuty
from casework.followup.domain.events import CaseEscalated
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.follow_up import DECIDER, FollowUp
from casework.shared.policies.shipped_deadlines import deadlines_of_package
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.testing.given import given

RULES = rulebook()


def asked(state: FollowUp, command: AlertDuty | FireClocks) -> list[tuple[str, int, bool]]:
    """Who is asked: the role, its rung, and whether at night as well."""
    happened = DECIDER.decide(command, state)
    return [(each.role, each.rung, each.urgent) for each in happened if isinstance(each, CaseEscalated)]


@pytest.mark.parametrize(("to_top", "role", "rung"), [(False, "duty-supervisor", 1), (True, "duty-owner", 3)])
def test_an_alert_asks_the_duty_or_the_top_once(to_top: bool, role: str, rung: int) -> None:
    command = AlertDuty(about=FIRST, reason="threat", to_top=to_top, at=FOLLOW.at, rulebook=RULES)
    state = DECIDER.fold((OPENED,))
    assert asked(state, command) == [(role, rung, True)]
    state = DECIDER.fold(DECIDER.decide(command, state), state)
    assert asked(state, command) == []


def test_an_alert_that_nobody_takes_climbs_by_the_clock_on_the_wall() -> None:
    state = DECIDER.fold(DECIDER.decide(ALERT, DECIDER.fold((OPENED,))), DECIDER.fold((OPENED,)))
    at = ALERT.at + timedelta(minutes=15)
    fire = FireClocks(at=at, rulebook=RULES, known_until=at, grace_until=at)
    assert asked(state, fire) == [("manager", 2, True)]


def test_nobody_is_asked_about_a_case_that_is_closed_or_imported() -> None:
    given(DECIDER, OPENED, CLOSED).when(ALERT).then()
    given(DECIDER, replace(OPENED, imported=True)).when(ALERT).then()


def test_severity_is_noted_once() -> None:
    given(DECIDER, OPENED).when(NOTE_SEVERITY, NOTE_SEVERITY).then(GRAVE)


def test_a_grave_case_climbs_a_ladder_of_its_own_where_there_is_one() -> None:
    by_id = {policy.id: policy for policy in deadlines_of_package()}
    answer, rescue = by_id["internal.answer"], by_id["internal.immediate-action"]
    found = [RULES.ladder_for(answer), RULES.ladder_for(answer, "low"), RULES.ladder_for(answer, "high")]
    assert [ladder and ladder.id for ladder in found] == ["internal.missed", "internal.missed", "internal.grave"]
    ladder = RULES.ladder_for(rescue, "high")
    assert ladder is not None
    assert ladder.id == "internal.duty-alert"
    assert (RULES.tells_apart("high"), RULES.tells_apart("medium")) == (True, False)
