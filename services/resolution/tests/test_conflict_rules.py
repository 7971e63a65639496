"""Nobody whom the case names decides, approves or reviews anything of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.resolution.tests.conflict_cases import BARRED, NAMED
from services.resolution.tests.test_resolution_domain import ACCEPT, ACCEPTED, OPENED

from casework.resolution.domain.conflicts import NotePersons, refuse_conflict
from casework.resolution.domain.events import BarredFromDeciding
from casework.resolution.domain.resolution import DECIDER
from casework.shared.conflicts import ConflictOfInterest
from casework.shared.testing.given import given


def test_whoever_is_named_is_barred_once_and_for_good() -> None:
    given(DECIDER).when(NAMED, NAMED).then(BARRED)
    again = NotePersons(persons=("CLERK-0417", "clerk-0522", "clerk-0522"))
    given(DECIDER, BARRED).when(again).then(BarredFromDeciding(persons=("clerk-0522",)))


def test_nobody_who_is_named_takes_the_deciding() -> None:
    opened = given(DECIDER, BARRED, OPENED)
    opened.when(replace(ACCEPT, holder="clerk-0417")).refused(ConflictOfInterest, saying="clerk-0417")
    opened.when(ACCEPT).then(ACCEPTED)
    opened.when(replace(ACCEPT, holder="clerk-0417", imported=True)).then(replace(ACCEPTED, holder="clerk-0417"))


def test_an_approver_who_is_named_is_refused() -> None:
    state = DECIDER.fold([BARRED])
    with pytest.raises(ConflictOfInterest, match="clerk-0417"):
        refuse_conflict("clerk-0417", state.conflicts)
    refuse_conflict("clerk-0418", state.conflicts)
