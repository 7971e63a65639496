"""What was sealed for somebody before their erasure is refused after it, wherever a command carries it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from services.intake.tests.test_intake_domain import ACKNOWLEDGE, ACKNOWLEDGED, COMMANDS, RECEIVED

from casework.intake.domain.commands import Command
from casework.intake.domain.complaint import DECIDER
from casework.intake.domain.privacy import ErasedMeanwhile
from casework.shared.contracts.privacy import ComplainantErased
from casework.shared.testing.given import given

_PERSON = re.compile(r"Sealed\(person=UUID\('([0-9a-f-]{36})'\)")
SEALED = [each for each in COMMANDS if _PERSON.search(repr(each))]


def _erased(*persons: UUID) -> ComplainantErased:
    return ComplainantErased(erasure_id=UUID(int=71), persons=persons, reason="request")


def test_many_commands_carry_what_is_sealed() -> None:
    assert len({type(each) for each in SEALED}) > 20


@pytest.mark.parametrize("command", SEALED, ids=lambda command: type(command).__name__)
def test_what_was_sealed_for_somebody_erased_is_refused(command: Command) -> None:
    for person in {UUID(each) for each in _PERSON.findall(repr(command))}:
        erased = given(DECIDER, RECEIVED, _erased(person))
        erased.when(command).refused(ErasedMeanwhile, saying="as a complaint of its own")


def test_what_holds_nothing_of_theirs_is_decided_as_ever() -> None:
    given(DECIDER, RECEIVED, _erased(UUID(int=1))).when(ACKNOWLEDGE).then(ACKNOWLEDGED)
