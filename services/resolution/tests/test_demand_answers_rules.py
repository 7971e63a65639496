"""Rules for answering demands one by one."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from services.resolution.tests.demand_cases import APOLOGY, REFUND

from casework.resolution.domain import demand_answers
from casework.resolution.domain.claims import (
    Claim,
    GrantedAndRefused,
    GrantNotPositive,
    LessThanClaimed,
    NotClaimed,
    OverTheClaim,
)
from casework.resolution.domain.demand_answers import (
    AnswerDemand,
    DemandAlreadyAnswered,
    DemandCommand,
    DemandNowAnother,
    Demands,
    NoteDemand,
    RefusalWithoutReason,
    UnknownDemand,
    contested,
    outcome_of,
    unanswered,
)
from casework.resolution.domain.errors import WithdrawalWasHonoured
from casework.resolution.domain.resolution import DECIDER
from casework.shared.contracts.demand_answers import Answer, DemandAnswered, DemandsNoted, NotedDemand
from casework.shared.contracts.resolution import DecisionContested, ResolutionReopened, WithdrawalHonoured
from casework.shared.contracts.types import Money
from casework.shared.errors import Refusal

CLOCK, OTHER_CLOCK = UUID(int=41), UUID(int=42)


def after(*commands: DemandCommand) -> Demands:
    demands: Demands = ()
    for command in commands:
        for event in demand_answers.decide(command, demands):
            demands = demand_answers.evolve(demands, event)
    return demands


def answer(number: int, answer: Answer, reason: str | None = None, *evidence: int) -> AnswerDemand:
    return AnswerDemand(number=number, answer=answer, reason=reason, evidence=evidence)


def test_an_answer_says_which_version_it_is_of_and_what_it_rests_on() -> None:
    demands = after(REFUND, NoteDemand(number=1, version=1, demand_id=CLOCK, owner="mei"))
    assert demand_answers.decide(answer(1, "refused", "No ground.", 7, 4, 7), demands) == (
        DemandAnswered(number=1, version=1, answer="refused", reason="No ground.", evidence=(4, 7), demand_id=CLOCK),
    )
    assert demand_answers.decide(answer(1, "met"), demands) == (
        DemandAnswered(number=1, version=1, answer="met", demand_id=CLOCK),
    )


def test_a_refusal_has_a_reason() -> None:
    with pytest.raises(RefusalWithoutReason, match="number 1"):
        demand_answers.decide(answer(1, "refused"), after(REFUND))


@pytest.mark.parametrize("number", [0, 2, 3])
def test_what_is_not_demanded_is_not_answered(number: int) -> None:
    with pytest.raises(UnknownDemand, match="it has the numbers 1"):
        demand_answers.decide(answer(number, "met"), after(REFUND))
    with pytest.raises(UnknownDemand, match="none yet"):
        demand_answers.decide(answer(1, "met"), ())


@pytest.mark.parametrize("again", ["met", "refused"])
def test_a_demand_is_not_answered_twice(again: Answer) -> None:
    with pytest.raises(DemandAlreadyAnswered, match="was met already"):
        demand_answers.decide(answer(1, again, "Changed my mind."), after(REFUND, answer(1, "met")))


def test_another_version_is_answered_anew_and_an_older_one_changes_nothing() -> None:
    changed = after(REFUND, answer(1, "refused", "No."), NoteDemand(number=1, version=2, kind="repair"))
    assert unanswered(changed) == (1,)
    (again,) = demand_answers.decide(answer(1, "met"), changed)
    assert isinstance(again, DemandAnswered)
    assert again.version == 2
    assert demand_answers.decide(REFUND, changed) == ()
    (kept,) = after(REFUND, answer(1, "met"), NoteDemand(number=1, version=1, owner="li"))
    assert (kept.answer, kept.owner) == ("met", "li")


def test_race_answer_then_change_of_the_demand() -> None:
    (demand,) = after(REFUND, answer(1, "met"), NoteDemand(number=1, version=2, kind="repair"))
    assert (demand.version, demand.answer) == (2, None)


def test_race_change_of_the_demand_then_answer() -> None:
    changed = after(REFUND, NoteDemand(number=1, version=2, kind="repair"))
    with pytest.raises(DemandNowAnother, match="at version 2"):
        demand_answers.decide(AnswerDemand(number=1, version=1, answer="met"), changed)
    assert demand_answers.decide(AnswerDemand(number=1, version=2, answer="met"), changed)


def test_noting_the_same_twice_records_nothing() -> None:
    assert demand_answers.decide(REFUND, ()) == (
        DemandsNoted(demands=(NotedDemand(number=1, version=1, kind="refund"),)),
    )
    assert demand_answers.decide(REFUND, after(REFUND)) == ()
    assert demand_answers.decide(NoteDemand(number=9, owner="li"), after(REFUND)) == ()


def test_the_newest_clock_is_the_one_an_answer_meets() -> None:
    demands = after(REFUND, NoteDemand(number=1, demand_id=CLOCK), NoteDemand(number=1, version=2, kind="repair"))
    assert demands[0].demand_id == CLOCK
    demands = after(
        REFUND,
        NoteDemand(number=1, demand_id=CLOCK),
        NoteDemand(number=1, version=2, kind="repair"),
        NoteDemand(number=1, version=2, demand_id=OTHER_CLOCK),
    )
    assert demands[0].demand_id == OTHER_CLOCK


def test_what_was_contested_stands_until_it_is_answered_once_more() -> None:
    demands = contested(after(REFUND, APOLOGY, answer(1, "refused", "No.")))
    assert (unanswered(demands), demands[0].answer) == ((2,), "refused")
    (again,) = demand_answers.decide(answer(1, "met"), demands)
    with pytest.raises(DemandAlreadyAnswered):
        demand_answers.decide(answer(1, "met"), demand_answers.evolve(demands, again))


@pytest.mark.parametrize(
    "event",
    [
        DecisionContested(reason="Not enough.", channel="phone"),
        ResolutionReopened(reason="New facts.", category="Cards", owner="mei"),
    ],
)
def test_a_contested_decision_opens_the_answers(event: DecisionContested | ResolutionReopened) -> None:
    _, state = DECIDER.run([REFUND, answer(1, "met")], DECIDER.initial)
    with pytest.raises(DemandAlreadyAnswered):
        DECIDER.decide(answer(1, "met"), state)
    assert DECIDER.decide(answer(1, "met"), DECIDER.evolve(state, event))


def test_after_a_withdrawal_nothing_is_answered_and_what_intake_says_is_still_noted() -> None:
    _, state = DECIDER.run([REFUND], DECIDER.initial)
    state = DECIDER.evolve(state, WithdrawalHonoured(reason="Settled elsewhere."))
    with pytest.raises(WithdrawalWasHonoured):
        DECIDER.decide(answer(1, "met"), state)
    assert DECIDER.decide(APOLOGY, state)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([], None),
        (["met"], "upheld"),
        (["met", "met"], "upheld"),
        (["refused"], "not-upheld"),
        (["refused", "refused"], "not-upheld"),
        (["met", "refused"], "partly-upheld"),
        (["met", "met", "refused"], "partly-upheld"),
    ],
)
def test_what_the_answers_come_to(answers: list[Answer], outcome: str | None) -> None:
    assert outcome_of(answers) == outcome


def money(amount: str, currency: str = "CNY") -> Money:
    return Money(amount=amount, currency=currency)


EITHER = Claim(amounts=(money("50.00", "USD"),), alternatives=(money("3300.00"), money("2000.00")))
CLAIMED = NoteDemand(number=1, version=1, kind="refund", claim=EITHER)


@pytest.mark.parametrize("granted", [money("2000.00"), money("2500"), money("3300.00"), money("50.00", "USD")])
def test_what_is_granted_lies_between_the_alternatives(granted: Money) -> None:
    (answered,) = demand_answers.decide(replace(answer(1, "met"), granted=granted), after(CLAIMED))
    assert isinstance(answered, DemandAnswered)
    assert answered.granted == granted


@pytest.mark.parametrize(
    "said, granted, refusal",
    [
        ("met", money("3300.01"), OverTheClaim),
        ("met", money("5300.00"), OverTheClaim),
        ("met", money("1999.99"), LessThanClaimed),
        ("met", money("50.01", "USD"), OverTheClaim),
        ("met", money("49.99", "USD"), LessThanClaimed),
        ("met", money("0.00"), GrantNotPositive),
        ("met", money("-1.00"), GrantNotPositive),
        ("met", money("2000.00", "EUR"), NotClaimed),
        ("refused", money("2000.00"), GrantedAndRefused),
    ],
)
def test_what_is_granted_outside_the_claim_is_refused(said: Answer, granted: Money, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        demand_answers.decide(replace(answer(1, said, "So."), granted=granted), after(CLAIMED))
    told = replace(answer(1, said, "So."), granted=granted, is_history=True)
    assert len(demand_answers.decide(told, after(CLAIMED))) == 1


def test_the_claim_is_that_of_the_newest_version_and_stays_with_its_owner() -> None:
    owned = after(CLAIMED, NoteDemand(number=1, version=1, demand_id=CLOCK, owner="mei"))
    assert owned[0].claim == EITHER
    less = replace(CLAIMED, version=2, claim=Claim(amounts=(money("1000.00"),)))
    changed = after(CLAIMED, less, CLAIMED)
    assert (changed[0].version, changed[0].claim) == (2, less.claim)
    none = after(CLAIMED, replace(CLAIMED, version=2, claim=Claim()))
    with pytest.raises(NotClaimed):
        demand_answers.decide(replace(answer(1, "met"), granted=money("2000.00")), none)
