"""What failed is counted, and sent again only after somebody else has looked at it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.resolution.tests.remedy_cases import (
    AGENT,
    CAME_BACK,
    CHECK_AGAIN,
    FAILED,
    LEAD,
    REFUND,
    SEND_REMEDY,
    WAIVED,
)
from services.resolution.tests.test_remedy_rules import DECIDING

from casework.resolution.domain import ledger, second_tries
from casework.resolution.domain.resolution import DECIDER, Resolution
from casework.resolution.domain.second_tries import CheckSecondTry
from casework.shared.contracts.remedies import RemedyFailed, RemedySent
from casework.shared.errors import Refusal

SEND = replace(SEND_REMEDY, by=AGENT.id)


def after(*commands: object) -> Resolution:
    return DECIDER.run(commands, DECIDER.fold(DECIDING))[1]  # type: ignore[arg-type]


FAILED_ONCE = after(REFUND, SEND, FAILED)


def test_each_failure_counts_one_more() -> None:
    assert DECIDER.decide(FAILED, after(REFUND, SEND))[0] == RemedyFailed(
        remedy=1, kind="refund", failure=1, reason=FAILED.reason
    )
    twice = after(REFUND, SEND, FAILED, CHECK_AGAIN, SEND)
    (failed,) = DECIDER.decide(FAILED, twice)
    assert isinstance(failed, RemedyFailed)
    assert failed.failure == 2


@pytest.mark.parametrize(
    ("checks", "refusal"),
    [
        ((), second_tries.SecondTryUnchecked),
        ((replace(CHECK_AGAIN, by=AGENT.id),), second_tries.CheckedBySender),
        ((CHECK_AGAIN, replace(CHECK_AGAIN, by=AGENT.id)), second_tries.CheckedBySender),
    ],
)
def test_a_second_try_without_the_check_of_another_is_not_sent(
    checks: tuple[CheckSecondTry, ...], refusal: type[Refusal]
) -> None:
    state = DECIDER.run(checks, FAILED_ONCE)[1]
    with pytest.raises(refusal):
        DECIDER.decide(SEND, state)
    # The checker's own sending is another matter: then somebody else has looked.
    assert not checks or isinstance(DECIDER.decide(replace(SEND, by="manager-7"), state)[0], RemedySent)


def test_a_check_is_for_one_sending() -> None:
    state = DECIDER.run((CHECK_AGAIN, SEND, CAME_BACK), FAILED_ONCE)[1]
    with pytest.raises(second_tries.SecondTryUnchecked):
        DECIDER.decide(SEND, state)


def test_a_new_remedy_of_the_kind_is_a_second_try_and_one_of_another_kind_is_not() -> None:
    state = DECIDER.fold(
        (*DECIDER.decide(replace(REFUND, kind="correction"), FAILED_ONCE),), replace(FAILED_ONCE, remedies=())
    )
    assert isinstance(DECIDER.decide(replace(SEND, remedy=2), state)[0], RemedySent)
    state = DECIDER.fold(DECIDER.decide(REFUND, replace(FAILED_ONCE, remedies=())), replace(FAILED_ONCE, remedies=()))
    with pytest.raises(second_tries.SecondTryUnchecked):
        DECIDER.decide(replace(SEND, remedy=2), state)
    state = DECIDER.run((replace(CHECK_AGAIN, remedy=2),), state)[1]
    assert isinstance(DECIDER.decide(replace(SEND, remedy=2), state)[0], RemedySent)


def test_what_is_told_of_the_past_is_held_to_no_check() -> None:
    assert isinstance(DECIDER.decide(SEND_REMEDY, FAILED_ONCE)[0], RemedySent)


def test_what_cannot_fail_or_be_checked_is_refused() -> None:
    proposed, sent = after(REFUND), after(REFUND, SEND)
    with pytest.raises(ledger.NotSent):
        DECIDER.decide(replace(FAILED, remedy=1), proposed)
    with pytest.raises(second_tries.FirstTry):
        DECIDER.decide(replace(CHECK_AGAIN, by=LEAD.id), proposed)
    with pytest.raises(second_tries.NotToBeChecked):
        DECIDER.decide(replace(CHECK_AGAIN, remedy=1), sent)
    assert DECIDER.decide(WAIVED, FAILED_ONCE)
