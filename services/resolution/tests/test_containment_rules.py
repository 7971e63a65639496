"""Where something had to be done at once, the answer waits until the harm goes no further, or says why not."""

from __future__ import annotations

from services.resolution.tests.containment_cases import (
    CONTAINED,
    EXPLAIN,
    EXPLAINED,
    SEEN,
    WANTED,
    WANTING,
)
from services.resolution.tests.test_resolution_domain import ACCEPTED, COMMUNICATE, COMMUNICATED, OPENED, PROPOSED

from casework.resolution.domain.containment import NotContained, NothingToContain
from casework.resolution.domain.resolution import DECIDER
from casework.shared.handoffs.receiving import NothingOffered
from casework.shared.testing.given import given

READY = (OPENED, ACCEPTED, PROPOSED)


def test_the_answer_waits_for_the_containment() -> None:
    waits = given(DECIDER, *READY).when(WANTED).then(WANTING)
    waits.when(COMMUNICATE).refused(NotContained, saying="say why")
    waits.when(SEEN, COMMUNICATE).then(CONTAINED, COMMUNICATED)
    waits.when(EXPLAIN, COMMUNICATE).then(EXPLAINED, COMMUNICATED)


def test_without_anything_to_contain_nothing_waits() -> None:
    ready = given(DECIDER, *READY)
    ready.when(COMMUNICATE).then(COMMUNICATED)
    ready.when(EXPLAIN).refused(NothingToContain)
    ready.when(SEEN, EXPLAIN).refused(NothingToContain)


def test_what_came_first_makes_no_difference() -> None:
    """The two facts of intake come in their order; a second action after the containment undoes nothing."""
    given(DECIDER, WANTING, *READY).when(COMMUNICATE).refused(NotContained)
    given(DECIDER, CONTAINED, *READY).when(WANTED).then()
    given(DECIDER, WANTING, CONTAINED, *READY).when(WANTED, SEEN, COMMUNICATE).then(COMMUNICATED)
    given(DECIDER, *READY, WANTING, EXPLAINED).when(WANTED, SEEN).then(CONTAINED)


def test_it_is_explained_by_who_has_the_case() -> None:
    given(DECIDER, WANTING).when(EXPLAIN).refused(NothingOffered)
