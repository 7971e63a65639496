"""When a case may end in silence: the time for a reply is over, another way was tried, and nobody has spoken since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from services.followup.tests.closing_cases import FOUR, TERMS
from services.followup.tests.test_followup_domain import (
    ACCEPT,
    ACCEPT_SECOND,
    ACCEPTED,
    CLOSE,
    CLOSED,
    CONTEST,
    CONTESTED,
    FIRST,
    OPEN,
    OPENED,
    RECEIVED_AT,
    REOPENED,
    RETURNED,
    SECOND,
)

from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.closing import MakeSecondContact, NotSilent, OpinionNotAsked, SecondContactMissing
from casework.followup.domain.commands import CloseCase, Command
from casework.followup.domain.events import FollowUpEvent
from casework.followup.domain.firing import FireClocks
from casework.followup.domain.follow_up import DECIDER, FollowUp
from casework.shared.clocks.moments import Moment
from casework.shared.contracts.closing import OpinionAsked, OpinionRecorded, SecondContactMade, SecondContactWanted
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.testing.given import given

RULES = rulebook()
SILENT = CloseCase(reason="Nothing was heard.", outcome="silent", gated=True, terms=TERMS)
GATED = replace(CLOSE, gated=True, decision="upheld", terms=TERMS, four_rs=FOUR)
CALL = MakeSecondContact(channel="phone", reached=False)
CALLED = SecondContactMade(channel="phone", reached=False)
WANTED = SecondContactWanted(holder="Tomasz Nowak")
HELD: tuple[FollowUpEvent, ...] = (OPENED, ACCEPTED)
MONTH = timedelta(days=30)


def test_a_call_that_nobody_wanted_is_no_silence() -> None:
    given(DECIDER).when(OPEN, ACCEPT, CALL, SILENT).refused(NotSilent)
    given(DECIDER, *HELD).when(CALL).then(CALLED).when(SILENT).refused(NotSilent)


def test_silence_that_was_asked_after_ends_a_case() -> None:
    wanted = given(DECIDER, *HELD, WANTED)
    wanted.when(SILENT).refused(SecondContactMissing)
    wanted.when(CALL, replace(CALL, reached=True), SILENT).refused(NotSilent)
    wanted.when(replace(CALL, reached=True), CALL, SILENT).refused(NotSilent)
    called = wanted.when(CALL).then(CALLED)
    called.when(SILENT).then(replace(CLOSED, outcome="silent", reason="Nothing was heard.", terms=TERMS))


@pytest.mark.parametrize("again", [(CLOSED, CONTESTED), (CLOSED, REOPENED), (RETURNED,)])
def test_what_was_asked_before_the_case_was_taken_up_again_is_asked_anew(again: tuple[FollowUpEvent, ...]) -> None:
    asked = OpinionAsked(channel="phone")
    told = _tell("decision-communicated", RECEIVED_AT, FIRST)
    armed, _ = DECIDER.run([told], DECIDER.fold([replace(OPENED, deadlines=("internal.opinion",))]))
    before = (replace(OPENED, deadlines=("internal.opinion",)), ACCEPTED, *armed, WANTED, CALLED, asked)
    given(DECIDER, *before).when(GATED).then(replace(CLOSED, terms=TERMS, four_rs=FOUR))
    held = given(DECIDER, *before, *again).when(ACCEPT_SECOND).then(replace(ACCEPTED, offer_id=SECOND))
    held.when(SILENT).refused(NotSilent)
    held.when(GATED).refused(OpinionNotAsked)


def test_a_contestation_ends_the_silence() -> None:
    silent = given(DECIDER, *HELD, WANTED, CALLED)
    silent.when(CONTEST, ACCEPT_SECOND, SILENT).refused(NotSilent)
    silent.when(SILENT, CONTEST, ACCEPT_SECOND, SILENT).refused(NotSilent)


def test_who_gives_an_opinion_is_not_silent() -> None:
    spoken = OpinionRecorded(on="process", score=2, channel="web")
    given(DECIDER, *HELD, WANTED, CALLED, spoken).when(SILENT).refused(NotSilent)
    given(DECIDER, *HELD, WANTED, spoken).when(CALL, SILENT).refused(NotSilent)


def test_a_reply_after_the_call_ends_the_silence() -> None:
    """Whoever holds the work by then; and with the next decision the time for a reply begins anew."""
    for holds in ((ACCEPT,), ()):
        silent, at = _silent(holds)
        if holds:
            _, closed = DECIDER.run([SILENT], silent)
            assert closed.outcome == "silent"
        _, heard = DECIDER.run([_tell("decision-replied", at, FIRST)], silent)
        _, anew = DECIDER.run([_tell("decision-communicated", at, SECOND)], silent)
        for state in (heard, anew):
            held = state if holds else DECIDER.fold([ACCEPTED], state)
            with pytest.raises(NotSilent):
                DECIDER.decide(SILENT, held)
        _, again = DECIDER.run([_fire(at + MONTH)], anew)
        assert again.closing.silence == "call-wanted"


def _silent(holds: tuple[Command, ...]) -> tuple[FollowUp, datetime]:
    """A case whose complainant said nothing in time and was called in vain."""
    at = datetime(2026, 3, 3, 10, tzinfo=UTC)
    commands = (
        replace(OPEN, deadlines=("internal.reply",)),
        *holds,
        _tell("decision-communicated", at, FIRST),
        _fire(at + MONTH),
        CALL,
    )
    happened, state = DECIDER.run(commands, DECIDER.initial)
    assert CALLED in happened
    assert state.closing.silence == "called"
    return state, at + MONTH + timedelta(hours=1)


def _tell(moment: Moment, at: datetime, by: UUID) -> TellMoment:
    return TellMoment(moment=moment, by=by, occurred_at=at, at=at, rulebook=RULES)


def _fire(at: datetime) -> FireClocks:
    return FireClocks(at=at, rulebook=RULES, known_until=at, grace_until=at)
