"""What has a time of its own in resolution: promises, progress updates, quick settlement, provisional measures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from services.resolution.tests.timed_cases import (
    AFTER,
    APPEAL,
    ARRIVE,
    ATTEMPT,
    ATTEMPTED,
    BEFORE,
    BOUNCE,
    BOUNCED,
    BREAK,
    BROKEN,
    CALL,
    CLOSE,
    DELIVERED,
    DISMISS,
    DISMISSED,
    ELEVEN,
    GRANT,
    GRANTED,
    IMPOSE,
    IMPOSED,
    KEEP,
    KEPT,
    LODGED,
    MADE,
    MADE_OTHER,
    MAKE,
    MAKE_OTHER,
    NEXT,
    NOON,
    OTHER,
    RESTORED,
    SANCTIONED,
    SANCTIONED_BY_DECISION,
    SEND,
    SENT,
    SETTLE,
    SETTLED,
    SILENCE,
    SUMMARISE,
    SUMMARISED,
    TAKE,
    TAKEN,
    TIME,
    TIMED,
    TOO_LATE_TO_SETTLE,
)

from casework.resolution.domain import errors, measures, progress_updates, promises, settlement
from casework.resolution.domain.commands import TakeWithdrawal
from casework.resolution.domain.events import MeasureLifted, WithdrawalHonoured
from casework.resolution.domain.promises import MakePromise
from casework.resolution.domain.resolution import DECIDER
from casework.shared.clocks.deadlines import StatementMissing
from casework.shared.errors import Refusal
from casework.shared.policies.shipped_deadlines import deadlines_of_package
from casework.shared.testing.given import given
from casework.shared.which import NothingOpen, NotOnThisCase, SayWhich

HONOURED = WithdrawalHonoured(reason="Settled.")
WITHDRAW = TakeWithdrawal(reason="Settled.")


def test_a_call_back_is_promised_taken_tried_and_made() -> None:
    given(DECIDER).when(MAKE, TAKE, ATTEMPT, KEEP).then(MADE, TAKEN, ATTEMPTED, KEPT)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(MAKE, now=NOON), promises.PromiseDueInThePast),
        (replace(MAKE, reach=None), promises.ReachMissing),
        (replace(MAKE, holder_by=NOON), promises.HolderWantedTooLate),
        (replace(MAKE, holder_by=BEFORE), promises.HolderWantedTooLate),
        (replace(MAKE_OTHER, holder_by=ELEVEN), promises.NoCallBack),
    ],
)
def test_a_promise_that_cannot_be_kept_in_its_time_is_refused(command: MakePromise, refusal: type[Refusal]) -> None:
    given(DECIDER).when(command).refused(refusal)


def test_a_promise_is_held_by_who_has_the_skill() -> None:
    made = given(DECIDER, MADE)
    made.when(replace(TAKE, skills=("cards",))).refused(promises.SkillMissing, saying="mortgages")
    made.when(TAKE, TAKE).then(TAKEN)
    given(DECIDER, MADE_OTHER).when(replace(TAKE, promise_id=OTHER, skills=())).then(replace(TAKEN, promise_id=OTHER))


def test_a_promise_is_broken_by_its_own_time_alone_and_once() -> None:
    made = given(DECIDER, MADE)
    made.when(replace(BREAK, due_at=ELEVEN)).then()
    made.when(BREAK, BREAK).then(BROKEN)
    made.when(KEEP, BREAK).then(KEPT)
    made.when(replace(BREAK, promise_id=OTHER)).then()


def test_a_promise_is_kept_late_after_its_time_whether_or_not_the_breach_is_recorded() -> None:
    late = replace(KEPT, late=True)
    given(DECIDER, MADE).when(replace(KEEP, now=AFTER)).then(late)
    given(DECIDER, MADE).when(replace(KEEP, now=NOON)).then(late)
    given(DECIDER, MADE, BROKEN).when(replace(KEEP, now=AFTER)).then(late)
    given(DECIDER, MADE, KEPT).when(KEEP).refused(promises.PromiseAlreadyKept)


def test_without_an_id_the_one_open_promise_is_meant_and_nothing_is_guessed() -> None:
    bare = replace(KEEP, promise_id=None)
    given(DECIDER, MADE).when(bare).then(KEPT)
    given(DECIDER).when(bare).refused(NothingOpen)
    given(DECIDER, MADE, MADE_OTHER).when(bare).refused(SayWhich, saying=str(CALL))
    given(DECIDER, MADE).when(replace(KEEP, promise_id=OTHER)).refused(NotOnThisCase)
    given(DECIDER, MADE_OTHER).when(replace(ATTEMPT, promise_id=None)).refused(promises.NoCallBack)


def test_an_update_gives_the_next_date_also_without_news() -> None:
    given(DECIDER).when(SEND).then(SENT)
    given(DECIDER).when(replace(SEND, news="The entries are here.")).then(replace(SENT, news="The entries are here."))
    given(DECIDER).when(replace(SEND, now=NEXT)).refused(progress_updates.NextUpdateInThePast)


def test_an_update_arrives_or_bounces_once() -> None:
    given(DECIDER, SENT).when(ARRIVE).then(DELIVERED).when(BOUNCE).refused(NotOnThisCase)
    given(DECIDER, SENT).when(BOUNCE).then(BOUNCED).when(ARRIVE).refused(NotOnThisCase)
    given(DECIDER).when(replace(ARRIVE, update_id=None)).refused(NothingOpen)


def test_an_acceptance_is_quick_before_the_close_alone() -> None:
    timed = given(DECIDER).when(TIME, TIME).then(TIMED)
    timed.when(SETTLE).then(SETTLED).when(SETTLE).refused(settlement.AlreadySettledQuickly)
    timed.when(replace(SETTLE, now=CLOSE)).then(TOO_LATE_TO_SETTLE)
    given(DECIDER).when(SETTLE).then(TOO_LATE_TO_SETTLE)


def test_the_summary_follows_a_quick_settlement_and_says_what_its_rule_wants() -> None:
    rules = tuple(policy for policy in deadlines_of_package() if policy.regime == "uk.disp")
    settled = given(DECIDER, TIMED, SETTLED)
    settled.when(replace(SUMMARISE, rules=rules)).refused(StatementMissing, saying="1.5.4R")
    every = ("taken-as-resolved", "ombudsman", "waiver", "ombudsman-website")
    settled.when(replace(SUMMARISE, statements=every, rules=rules)).then(replace(SUMMARISED, statements=every))
    settled.when(SUMMARISE, SUMMARISE).refused(settlement.SummaryAlreadySent)
    given(DECIDER, TIMED, TOO_LATE_TO_SETTLE).when(SUMMARISE).refused(settlement.NothingSettledQuickly)


def test_a_measure_stands_until_its_appeal_is_decided() -> None:
    given(DECIDER).when(IMPOSE, APPEAL, GRANT).then(IMPOSED, LODGED, GRANTED, RESTORED)
    given(DECIDER).when(IMPOSE, APPEAL, DISMISS).then(IMPOSED, LODGED, DISMISSED, SANCTIONED_BY_DECISION)


def test_silence_brings_the_sanction_once_and_an_appeal_prevents_it() -> None:
    given(DECIDER, IMPOSED).when(SILENCE, SILENCE).then(SANCTIONED)
    given(DECIDER, IMPOSED, LODGED).when(SILENCE).then()
    given(DECIDER, IMPOSED).when(replace(SILENCE, measure_id=OTHER)).then()


def test_an_appeal_that_comes_late_can_still_restore_and_punishes_nobody_twice() -> None:
    late = replace(LODGED, late=True)
    silent = given(DECIDER, IMPOSED, SANCTIONED)
    silent.when(APPEAL, GRANT).then(late, GRANTED, RESTORED)
    silent.when(APPEAL, DISMISS).then(late, DISMISSED)


def test_a_measure_takes_one_appeal_and_one_decision() -> None:
    given(DECIDER, IMPOSED, LODGED).when(APPEAL).refused(measures.AppealAlreadyLodged)
    given(DECIDER, IMPOSED).when(GRANT).refused(measures.NoAppeal)
    given(DECIDER, IMPOSED, LODGED, GRANTED, RESTORED).when(APPEAL).refused(measures.MeasureIsOver)
    given(DECIDER).when(replace(APPEAL, measure_id=None)).refused(NothingOpen)


def test_a_withdrawal_restores_what_a_measure_took_and_ends_what_was_open() -> None:
    lifted = MeasureLifted(measure_id=IMPOSED.measure_id, cause="complaint-withdrawn")
    withdrawn = given(DECIDER, IMPOSED).when(WITHDRAW).then(HONOURED, lifted)
    withdrawn.when(SILENCE).then()
    given(DECIDER, IMPOSED, SANCTIONED).when(WITHDRAW).then(HONOURED)
    for command in (MAKE, SEND, SETTLE, IMPOSE):
        withdrawn.when(command).refused(errors.WithdrawalWasHonoured)


def test_ids_of_different_things_do_not_mix() -> None:
    given(DECIDER, MADE, IMPOSED, SENT).when(BREAK, SILENCE).then(BROKEN, SANCTIONED)
    assert len({CALL, OTHER, IMPOSED.measure_id, SENT.update_id}) == 4
    assert timedelta(hours=1) == NOON - ELEVEN
    assert UUID(int=31) == CALL
