"""The guess at the motive is compared with what was given, and where that says nothing the complainant is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from services.followup.tests.test_followup_domain import (
    ACCEPTED,
    CLOSE,
    CLOSED,
    COMPARED,
    MOTIVE_ANSWER,
    OPENED,
    REOPENED,
)

from casework.followup.domain.follow_up import DECIDER
from casework.followup.domain.motives import ANSWERS, Given, MotiveNotAnswered, NoMotive
from casework.shared.contracts.vocabulary import Motive, RemedyKind
from casework.shared.testing.given import given

HELD = (OPENED, ACCEPTED)


def test_closing_asks_whether_the_motive_was_answered() -> None:
    held, close = given(DECIDER, *HELD), replace(CLOSE, given=MOTIVE_ANSWER.given)
    held.when(close).refused(MotiveNotAnswered, saying="whether respect was answered")
    held.when(MOTIVE_ANSWER, close).then(COMPARED, CLOSED)
    not_heard = replace(COMPARED, result="not-matched")
    held.when(replace(MOTIVE_ANSWER, answered=False), close).then(not_heard, CLOSED)
    held.when(CLOSE).then(CLOSED)


@pytest.mark.parametrize(
    ("motive", "remedies", "asks"),
    [
        ("respect", ("apology", "refund"), False),
        ("respect", ("refund",), True),
        ("respect", (), True),
        ("vent", ("explanation",), False),
        ("vent", ("replacement",), True),
        ("compensation", ("refund",), False),
        ("compensation", ("apology",), True),
    ],
)
def test_what_speaks_for_itself_needs_no_question(motive: Motive, remedies: tuple[RemedyKind, ...], asks: bool) -> None:
    close = replace(CLOSE, given=Given(motive=motive, remedies=remedies))
    if asks:
        given(DECIDER, *HELD).when(close).refused(MotiveNotAnswered)
    else:
        compared = replace(COMPARED, motive=motive, given=remedies, words=None)
        given(DECIDER, *HELD).when(close).then(compared, CLOSED)


def test_without_a_guess_there_is_nothing_to_compare() -> None:
    given(DECIDER, *HELD).when(replace(MOTIVE_ANSWER, given=None)).refused(NoMotive)
    assert set(ANSWERS) == set(get_args(Motive))


def test_a_case_that_goes_on_is_compared_anew() -> None:
    close = replace(CLOSE, given=MOTIVE_ANSWER.given)
    given(DECIDER, *HELD, COMPARED, CLOSED, REOPENED, ACCEPTED).when(close).refused(MotiveNotAnswered)
