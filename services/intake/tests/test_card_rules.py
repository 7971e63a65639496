"""The card's rules: complete or not, versions, reading back, persons named; asserted facts; codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from services.intake.tests.card_cases import FORM, LINE

from casework.intake.domain import asserted, card, codes, form
from casework.intake.domain.asserted import AssertFact, ChangeFactStanding, FactUnknown
from casework.intake.domain.card import (
    EMPTY,
    Card,
    CardNotReadBack,
    ConfirmCard,
    DemandMissing,
    HappenedInTheFuture,
    ProblemMissing,
    ReadBackCard,
    WriteCard,
)
from casework.intake.domain.codes import NO_CODES, CodeComplaint, CodeUnknown
from casework.intake.domain.demands import NO_DEMANDS, AmountNotPositive, Demand, Demands
from casework.intake.domain.form import AddFormLine, FormFull, NoForm, RecordForm
from casework.shared.codes.list_files import parse_codes
from casework.shared.contracts.card import (
    CardConfirmed,
    CardReadBack,
    CardWritten,
    Clerk,
    Coded,
    ComplaintCoded,
    Goods,
    PersonsNamed,
)
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.contracts.types import Money, Sealed
from casework.shared.money import UnknownCurrency
from casework.shared.policies.shipped_codes import codes_of_package

NOW = datetime(2026, 3, 2, 1, 10, tzinfo=UTC)
SAID = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
NOTHING = WriteCard(now=NOW)
REFUND = Demand(number=1, kind="refund", how="explicit", asked_directly=False)
WANTED = Demands(stated=(REFUND,))
READ, YES = ReadBackCard(channel="phone"), ConfirmCard(channel="phone")


def _after(*commands: card.CardCommand, demands: Demands = NO_DEMANDS) -> Card:
    state = EMPTY
    for command in commands:
        for event in card.decide(command, state, demands):
            state = card.evolve(state, event)
    return state


@pytest.mark.parametrize(
    "written, demands, missing",
    [
        (NOTHING, NO_DEMANDS, ProblemMissing),
        (replace(NOTHING, wish=SAID), WANTED, ProblemMissing),
        (replace(NOTHING, what_happened=SAID), NO_DEMANDS, DemandMissing),
        (replace(NOTHING, what_happened=SAID, expectation=SAID, feeling=SAID), NO_DEMANDS, DemandMissing),
        (replace(NOTHING, what_happened=SAID, wish=SAID), NO_DEMANDS, None),
        (replace(NOTHING, what_happened=SAID), WANTED, None),
        (replace(NOTHING, what_happened=SAID), Demands(not_stated=True), None),
    ],
)
def test_a_card_is_complete_with_the_problem_and_what_is_wanted_or_will_not_be_said(
    written: WriteCard, demands: Demands, missing: type[Exception] | None
) -> None:
    state = _after(written)
    if missing is None:
        card.require_complete(state, demands)
    else:
        with pytest.raises(missing):
            card.require_complete(state, demands)


def test_every_writing_is_a_version_and_only_what_was_read_back_is_confirmed() -> None:
    first = replace(NOTHING, what_happened=SAID, when="2026-03-02")
    state = _after(first, READ, demands=WANTED)
    (corrected,) = card.decide(replace(NOTHING, when="2026-03-01"), state, WANTED)
    assert corrected == CardWritten(version=2, when="2026-03-01")
    state = card.evolve(state, corrected)
    with pytest.raises(CardNotReadBack):
        card.decide(YES, state, WANTED)
    (read,) = card.decide(READ, state, WANTED)
    assert isinstance(read, CardReadBack)
    state = card.evolve(state, read)
    (confirmed,) = card.decide(YES, state, WANTED)
    assert isinstance(confirmed, CardConfirmed)
    assert (confirmed.version, [(each.number, each.version) for each in confirmed.demands]) == (2, [(1, 1)])
    assert card.decide(YES, card.evolve(state, confirmed), WANTED) == ()


def test_a_demand_that_changed_since_is_read_back_again() -> None:
    state = _after(replace(NOTHING, what_happened=SAID), READ, demands=WANTED)
    with pytest.raises(CardNotReadBack):
        card.decide(YES, state, Demands(stated=(replace(REFUND, version=2),)))


def test_an_incomplete_card_is_not_confirmed() -> None:
    with pytest.raises(DemandMissing):
        card.decide(YES, _after(replace(NOTHING, what_happened=SAID), READ), NO_DEMANDS)


def test_nothing_written_is_no_version() -> None:
    assert card.decide(NOTHING, EMPTY, NO_DEMANDS) == ()


def test_who_is_named_is_told_when_it_changes_and_only_then() -> None:
    named = replace(NOTHING, clerk=Clerk(said=SAID, staff=("clerk-0418", "clerk-0417", "clerk-0418")))
    written, persons = card.decide(named, EMPTY, NO_DEMANDS)
    assert persons == PersonsNamed(persons=("clerk-0417", "clerk-0418"))
    state = card.evolve(card.evolve(EMPTY, written), persons)
    assert len(card.decide(named, state, NO_DEMANDS)) == 1
    assert card.decide(replace(NOTHING, when="2026-03-01"), state, NO_DEMANDS) == (
        CardWritten(version=2, when="2026-03-01"),
    )
    (_, none) = card.decide(replace(NOTHING, clerk=Clerk(said=SAID)), state, NO_DEMANDS)
    assert none == PersonsNamed(persons=())


def test_what_is_complained_of_has_happened() -> None:
    # Already the 3rd where time is farthest ahead.
    late = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert card.decide(WriteCard(when="2026-03-03", now=late), EMPTY, NO_DEMANDS)
    with pytest.raises(HappenedInTheFuture):
        card.decide(WriteCard(when="2026-03-04T08:00", now=late), EMPTY, NO_DEMANDS)


@pytest.mark.parametrize(
    "money, refusal",
    [(Money(amount="-5", currency="CNY"), AmountNotPositive), (Money(amount="5", currency="XYZ"), UnknownCurrency)],
)
def test_a_price_that_cannot_be_is_refused(money: Money, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        card.decide(replace(NOTHING, goods=Goods(price=money)), EMPTY, NO_DEMANDS)


def test_a_fact_is_open_until_something_else_is_recorded() -> None:
    (said,) = asserted.decide(AssertFact(words=SAID, asserted_by="complainant"), ())
    state = asserted.evolve((), said)
    assert state == ("open",)
    change = ChangeFactStanding(number=1, standing="verified", reason=SAID)
    (changed,) = asserted.decide(change, state)
    assert asserted.evolve(state, changed) == ("verified",)
    assert asserted.decide(change, ("verified",)) == ()
    for number in (0, 2, -1):
        with pytest.raises(FactUnknown):
            asserted.decide(replace(change, number=number), state)


V2 = """
[[list]]
name = "cause"
version = 1
[[list.code]]
code = "staff-slip"
title = { en = "Slip", zh = "失误" }
[[list]]
name = "cause"
version = 2
before = { staff-slip = "people" }
[[list.code]]
code = "people"
title = { en = "People", zh = "人员" }
[[list]]
name = "type"
version = 1
[[list.code]]
code = "goods"
title = { en = "Goods", zh = "商品" }
"""


def test_the_shipped_lists_have_eight_causes_and_five_types() -> None:
    lists = codes_of_package()
    assert [len(lists.newest(name).words) for name in ("cause", "type")] == [8, 5]
    assert all(each.title.en and each.title.zh for name in ("cause", "type") for each in lists.newest(name).code)


def test_a_code_is_of_the_newest_list_and_stays_what_it_was() -> None:
    old = Coded(version=1, code="staff-slip")
    lists = parse_codes(V2, "codes.toml")
    assert (lists.mapped("cause", old, 1), lists.mapped("cause", old, 2)) == ("staff-slip", "people")
    assert lists.mapped("cause", Coded(version=2, code="people"), 1) is None
    state = codes.evolve(NO_CODES, ComplaintCoded(cause=old))
    with pytest.raises(CodeUnknown):
        codes.decide(CodeComplaint(cause="staff-slip", lists=lists), state)
    (coded,) = codes.decide(CodeComplaint(type="goods", lists=lists), state)
    assert coded == ComplaintCoded(type=Coded(version=1, code="goods"))
    after = codes.evolve(state, coded)
    assert after.cause == old
    assert codes.decide(CodeComplaint(type="goods", lists=lists), after) == ()


@pytest.mark.parametrize(
    "wrong, right, saying",
    [
        ('before = { staff-slip = "people" }', "before = { }", "codes.toml, line 11, list 2, field before: staff-slip"),
        ('"people" }', '"nobody" }', "nobody is no code of version 2"),
        ("version = 2", "version = 3", "2 is next"),
        ('code = "goods"', 'code = "Goods"', "field code"),
        ('name = "type"', 'name = "kind"', "list 3, field name"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_with_its_place(wrong: str, right: str, saying: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse_codes(V2.replace(wrong, right), "codes.toml")
    assert saying in str(refused.value)


def test_a_form_is_taken_once_and_followed_up_up_to_its_last_line() -> None:
    line = AddFormLine(line=LINE)
    with pytest.raises(NoForm):
        form.decide(line, None)
    (taken,) = form.decide(RecordForm(form=replace(FORM, follow_up=(LINE,))), None)
    lines = form.evolve(None, taken)
    assert lines == 1
    assert form.decide(RecordForm(form=FORM), lines) == ()
    (added,) = form.decide(line, lines)
    assert form.evolve(lines, added) == 2
    with pytest.raises(FormFull):
        form.decide(line, 1_000)
