"""What followup decides where another service could record the contrary: each pair in both orders.

The races with the contestation, the withdrawal, new facts and remedies are in `test_followup_domain.py`. All of them
stand in `docs/races.md`.
"""

from __future__ import annotations

from dataclasses import replace

from services.followup.tests.test_followup_domain import (
    ACCEPT_SECOND,
    ACCEPTED,
    ALERT,
    CLOSE,
    CLOSED,
    GRAVE,
    NOTE_AGREEMENT,
    NOTE_SEVERITY,
    OPENED,
    PENDING,
    REOPEN,
    SETTLED,
)

from casework.followup.domain.agreements import AgreementOpen
from casework.followup.domain.events import CaseEscalated
from casework.followup.domain.follow_up import DECIDER
from casework.shared.testing.given import given

HELD = (OPENED, ACCEPTED)
CLOSE_NOW = replace(CLOSE, gated=True)
BOUND = replace(NOTE_AGREEMENT, bound=True)


def test_race_agreement_then_closure() -> None:
    pending = given(DECIDER, *HELD).when(NOTE_AGREEMENT).then(PENDING)
    pending.when(CLOSE_NOW).refused(AgreementOpen)
    pending.when(BOUND, CLOSE_NOW).then(SETTLED, CLOSED)


def test_race_closure_then_agreement() -> None:
    """The closure stands. A case that is reopened waits for it."""
    late = given(DECIDER, *HELD).when(CLOSE_NOW, NOTE_AGREEMENT).then(CLOSED, PENDING)
    late.when(REOPEN, ACCEPT_SECOND, CLOSE_NOW).refused(AgreementOpen)
    late.when(BOUND).then(SETTLED)


def test_race_end_of_an_agreement_then_closure() -> None:
    given(DECIDER, *HELD, PENDING).when(BOUND, CLOSE_NOW).then(SETTLED, CLOSED)
    given(DECIDER, *HELD, PENDING).when(replace(NOTE_AGREEMENT, bound=False), CLOSE_NOW).then(
        replace(SETTLED, bound=False), CLOSED
    )


def test_race_alert_then_closure() -> None:
    happened, state = DECIDER.run((ALERT, CLOSE), DECIDER.fold(HELD))
    assert any(isinstance(event, CaseEscalated) for event in happened)
    assert state.status == "closed"


def test_race_closure_then_alert() -> None:
    given(DECIDER, *HELD).when(CLOSE, ALERT).then(CLOSED)


def test_race_severity_and_closure() -> None:
    """It says whom a later clock asks, and nothing of the closing."""
    given(DECIDER, *HELD).when(NOTE_SEVERITY, CLOSE).then(GRAVE, CLOSED)
    given(DECIDER, *HELD).when(CLOSE, NOTE_SEVERITY).then(CLOSED, GRAVE)
