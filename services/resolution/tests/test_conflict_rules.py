"""Nobody whom the case names decides, approves or reviews anything of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from services.resolution.tests.conflict_cases import BARRED, NAMED, STAKE
from services.resolution.tests.test_resolution_domain import ACCEPT, ACCEPTED, OPENED

from casework.resolution.domain.conflicts import NotePersons, refuse_conflict
from casework.resolution.domain.events import BarredFromDeciding
from casework.resolution.domain.resolution import DECIDER
from casework.shared.conflicts import ConflictOfInterest
from casework.shared.testing.given import given


def test_whom_the_card_names_by_now_is_barred_and_a_stake_stays() -> None:
    given(DECIDER).when(NAMED, NAMED).then(BARRED)
    both = given(DECIDER, BARRED).when(STAKE, STAKE).then(replace(BARRED, stakes=("clerk-0522",)))
    # The card was corrected: another clerk was meant.
    corrected = BarredFromDeciding(named=("clerk-0418",), stakes=("clerk-0522",))
    both.when(NotePersons(persons=("clerk-0418", "Clerk-0418"))).then(corrected)
    given(DECIDER, BARRED).when(NotePersons(persons=())).then(BarredFromDeciding())


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
