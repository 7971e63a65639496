"""What intake decides where another service could record the contrary: each pair in both orders.

The races of the hand-off with its decline, its lapse and the withdrawal are in `test_intake_domain.py`. All of them
stand in `docs/races.md`.
"""

from __future__ import annotations

from services.intake.tests.contact_cases import DUE
from services.intake.tests.test_intake_domain import RECEIVED, WITHDRAW, WITHDRAWN

from casework.intake.domain.complaint import DECIDER
from casework.intake.domain.preferences import NoteContactMade
from casework.shared.contracts.contacts import ContactPlanned
from casework.shared.testing.given import given

MADE = NoteContactMade(contact_id=DUE.contact_id)


def test_race_withdrawal_then_promised_contact() -> None:
    given(DECIDER, RECEIVED).when(WITHDRAW, DUE, MADE).then(WITHDRAWN)


def test_race_promised_contact_then_withdrawal() -> None:
    """The plan stays in the history; nobody is called by it any more."""
    happened, state = DECIDER.run((DUE, WITHDRAW, MADE), DECIDER.fold((RECEIVED,)))
    assert [type(event) for event in happened] == [ContactPlanned, type(WITHDRAWN)]
    assert state.status == "withdrawn"
