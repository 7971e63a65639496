"""Which version or neighbour serves a date of receipt, and what a clock may do afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.shared.clocks.allowances import (
    ApproverBelowRank,
    ExtensionAfterExpiry,
    ExtensionNotListed,
    ExtensionReasonMissing,
    NoticeNotSent,
    PauseBeyondCap,
    PauseNotListed,
    PauseProofMissing,
    may_extend,
    may_pause,
)
from casework.shared.clocks.deadlines import (
    DeadlinePolicy,
    ReceiptNotServed,
    StatementMissing,
    UnknownDeadline,
    choose,
    effects,
    find,
    require_statements,
    serving,
    statements_required,
)
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.lengths import Length
from casework.shared.errors import Refusal
from casework.shared.policies.shipped_deadlines import deadlines_of_package

SHIPPED = deadlines_of_package()
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def policy(key: str, version: int = 1) -> DeadlinePolicy:
    found = find(SHIPPED, DeadlineRef(id=key, version=version))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("asked", "on", "serves", "length", "flags"),
    [
        ("uk.disp.summary", date(2016, 6, 29), ("uk.disp.summary.2007", 1), Length(1, "working-day"), ()),
        ("uk.disp.summary", date(2016, 6, 30), ("uk.disp.summary", 1), Length(3, "working-day"), ()),
        ("uk.disp.summary.2007", date(2016, 6, 29), ("uk.disp.summary.2007", 1), Length(1, "working-day"), ()),
        ("uk.disp.summary.2007", date(2016, 6, 30), ("uk.disp.summary", 1), Length(3, "working-day"), ()),
        ("uk.ofcom.adr", date(2026, 4, 7), ("uk.ofcom.adr", 1), Length(8, "week"), ("start-not-read",)),
        ("uk.ofcom.adr", date(2026, 4, 8), ("uk.ofcom.adr", 2), Length(6, "week"), ()),
        ("uk.disp.8w", date(2007, 12, 1), ("uk.disp.8w", 1), Length(8, "week"), ("start-not-read",)),
        ("uk.disp.8w", date(2007, 12, 2), ("uk.disp.8w", 1), Length(8, "week"), ()),
        ("uk.disp.psd", date(2026, 5, 31), ("uk.disp.psd", 1), Length(15, "working-day"), ("start-not-read",)),
        ("uk.disp.psd", date(2026, 6, 1), ("uk.disp.psd", 1), Length(15, "working-day"), ()),
        ("uk.disp.summary.2007", date(2007, 12, 1), ("uk.disp.summary.2007", 1), None, ("start-not-read",)),
        ("eu.psd2", date(2026, 5, 8), ("eu.psd2", 1), Length(15, "working-day"), ("start-not-read",)),
        ("cn.bank.15", date(2020, 3, 1), ("cn.bank.15", 1), Length(15, "calendar-day"), ()),
        ("internal.answer", date(1999, 1, 1), ("internal.answer", 1), Length(20, "working-day"), ()),
    ],
)
def test_a_receipt_goes_to_what_serves_its_date(
    asked: str, on: date, serves: tuple[str, int], length: Length | None, flags: tuple[str, ...]
) -> None:
    served = choose(SHIPPED, asked, on)
    assert (served.policy.id, served.policy.version) == serves
    assert length is None or served.policy.length == length
    assert served.flags == flags


@pytest.mark.parametrize(
    ("asked", "on"),
    [
        ("au.rg271.30", date(2021, 10, 4)),
        ("cn.bank.15", date(2020, 2, 29)),
        ("ca.bank.final", date(2022, 6, 29)),
        ("ie.cpc.final", date(2026, 3, 23)),
    ],
)
def test_a_date_outside_is_refused_where_no_neighbour_serves_it(asked: str, on: date) -> None:
    with pytest.raises(ReceiptNotServed, match=f"{asked} does not serve complaints received on {on}"):
        choose(SHIPPED, asked, on)
    assert choose(SHIPPED, asked, on + timedelta(days=1)).policy.id == asked


def test_an_id_that_nobody_loaded_is_refused() -> None:
    with pytest.raises(UnknownDeadline):
        choose(SHIPPED, "uk.disp.5d", date(2026, 3, 2))


@given(DAYS)
def test_at_most_one_version_of_one_neighbour_serves_a_date(on: date) -> None:
    served = serving(SHIPPED, on)
    assert max(Counter(item.policy.id for item in served).values()) == 1
    assert max(Counter(item.policy.family for item in served).values()) == 1
    assert all(item.policy.holds(on) and item.policy.certainty != "unverified" for item in served)


@given(DAYS, st.sampled_from([item.id for item in SHIPPED]))
def test_asking_by_id_agrees_with_what_serves(on: date, key: str) -> None:
    try:
        chosen = choose(SHIPPED, key, on)
    except Refusal:
        assert all(item.policy.id != key for item in serving(SHIPPED, on))
    else:
        assert chosen in serving(SHIPPED, on)


@given(DAYS, st.permutations([1, 2, 3]), st.lists(st.tuples(DAYS, DAYS), min_size=3, max_size=3))
def test_of_several_versions_the_newest_that_holds_the_date_serves(
    on: date, order: list[int], dates: list[tuple[date, date]]
) -> None:
    base = policy("internal.answer")
    versions = {n: replace(base, version=n, first=min(dates[n - 1]), last=max(dates[n - 1])) for n in (1, 2, 3)}
    served = serving([versions[n] for n in order], on)
    holding = [n for n in (1, 2, 3) if versions[n].holds(on)]
    assert [item.policy.version for item in served] == holding[-1:]


def test_a_pinned_version_is_found_after_newer_ones_came() -> None:
    newer = replace(policy("internal.answer"), version=2, length=Length(5, "working-day"))
    found = find((newer, *SHIPPED), DeadlineRef(id="internal.answer", version=1))
    assert found is not None
    assert found.length == Length(20, "working-day")
    assert find(SHIPPED, DeadlineRef(id="internal.answer", version=9)) is None


def test_day_zero_is_the_receipt_also_where_a_rule_says_day_after_receipt() -> None:
    received, armed = date(2026, 2, 27), date(2026, 3, 5)
    assert policy("ca.bank.final").day_zero(received, armed) == received
    assert policy("uk.disp.8w").day_zero(received, armed) == received
    assert policy("uk.fos.6m").day_zero(received, armed) == armed


def test_what_moments_do() -> None:
    assert effects(policy("uk.disp.8w"), "complaint-received") == ("arms",)
    assert effects(policy("uk.disp.8w"), "delay-explained") == ("meets",)
    assert effects(policy("uk.disp.8w"), "hand-off-accepted") == ()
    assert effects(policy("cn.bank.15"), "new-facts-received") == ("restarts",)
    assert effects(policy("cn.bank.15"), "complaint-withdrawn") == ("withdraws",)
    assert effects(policy("internal.update"), "progress-update-delivered") == ("meets", "arms")
    assert effects(policy("au.rg271.death.objection"), "benefit-proposed") == ("restarts", "arms")
    assert effects(policy("au.rg271.death"), "benefit-proposed") == ("withdraws",)


def test_statements_are_required_from_their_date_on() -> None:
    ack = policy("uk.disp.ack")
    plain = ("received", "being-dealt-with")
    assert tuple(item.name for item in statements_required(ack, date(2026, 5, 31))) == plain
    require_statements(ack, date(2026, 5, 31), plain)
    with pytest.raises(StatementMissing, match=r"1\.6\.1R wants this said: Which time limit"):
        require_statements(ack, date(2026, 6, 1), plain)
    require_statements(ack, date(2026, 6, 1), (*plain, "time-limit"))


def test_a_pause_is_for_listed_causes_with_proof_and_notice() -> None:
    bank = policy("cn.bank.15")
    pause = may_pause(bank, "outside-appraisal", proof=True, told=True)
    assert pause.cap == Length(30, "calendar-day")
    assert "cap" in pause.ours
    with pytest.raises(PauseNotListed, match="does not pause for 'staff-shortage'; it pauses for: outside-appraisal"):
        may_pause(bank, "staff-shortage", proof=True, told=True)
    with pytest.raises(PauseNotListed, match="it pauses for: nothing"):
        may_pause(policy("uk.disp.8w"), "outside-appraisal", proof=True, told=True)
    with pytest.raises(PauseProofMissing):
        may_pause(bank, "outside-appraisal", proof=False, told=True)
    with pytest.raises(NoticeNotSent):
        may_pause(bank, "outside-appraisal", proof=True, told=False)


def test_a_pause_keeps_to_its_cap_and_its_unit() -> None:
    bank = policy("cn.bank.15")
    for allowed in (Length(30, "calendar-day"), Length(1, "calendar-day")):
        assert may_pause(bank, "outside-testing", proof=True, told=True, asked=allowed).cause == "outside-testing"
    for refused in (Length(31, "calendar-day"), Length(2, "week"), Length(10, "working-day")):
        with pytest.raises(PauseBeyondCap, match="at most 30 calendar-days"):
            may_pause(bank, "outside-testing", proof=True, told=True, asked=refused)


TOO_LATE = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
"""uk.disp.psd, received 2025-12-08: kept until the end of 2025-12-31 (V044 to V046 of the clocks)."""


def extend(
    name: str = "uk.disp.psd.35",
    *,
    key: str = "uk.disp.psd",
    in_effect: str | None = None,
    reason: str = "The other bank has not answered.",
    rank: int = 2,
    approved_at: datetime = TOO_LATE - timedelta(seconds=1),
    told_at: datetime | None = TOO_LATE - timedelta(microseconds=1),
) -> Length:
    return may_extend(
        policy(key),
        name,
        in_effect=in_effect,
        reason=reason,
        rank=rank,
        approved_at=approved_at,
        told_at=told_at,
        too_late=TOO_LATE,
    ).length


def test_an_extension_before_the_end_is_allowed() -> None:
    assert extend() == Length(35, "working-day")


def test_an_extension_is_refused_for_each_thing_it_lacks() -> None:
    with pytest.raises(ExtensionNotListed, match="open now: uk"):
        extend("uk.disp.psd.60")
    with pytest.raises(ExtensionNotListed, match="open now: none"):
        extend("uk.disp.8w.12", key="uk.disp.8w")
    with pytest.raises(ExtensionReasonMissing):
        extend(reason=" \n")
    with pytest.raises(ApproverBelowRank, match="rank 2 or higher"):
        extend(rank=1)
    with pytest.raises(ExtensionAfterExpiry):
        extend(approved_at=TOO_LATE)
    with pytest.raises(NoticeNotSent):
        extend(told_at=None)
    with pytest.raises(NoticeNotSent):
        extend(told_at=datetime(2026, 1, 2, 9, 0, tzinfo=UTC))


def test_extensions_are_climbed_in_order_and_once() -> None:
    assert extend("cn.bank.30", key="cn.bank.15") == Length(30, "calendar-day")
    assert extend("cn.bank.60", key="cn.bank.15", in_effect="cn.bank.30", rank=4) == Length(60, "calendar-day")
    with pytest.raises(ExtensionNotListed, match=r"open now: cn\.bank\.30"):
        extend("cn.bank.60", key="cn.bank.15", rank=4)
    with pytest.raises(ExtensionNotListed, match=r"open now: cn\.bank\.60"):
        extend("cn.bank.30", key="cn.bank.15", in_effect="cn.bank.30")
    with pytest.raises(ApproverBelowRank, match="a senior manager of the head office"):
        extend("cn.bank.60", key="cn.bank.15", in_effect="cn.bank.30", rank=3)


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds: list[type[Refusal]] = [
        ApproverBelowRank,
        ExtensionAfterExpiry,
        ExtensionNotListed,
        ExtensionReasonMissing,
        NoticeNotSent,
        PauseBeyondCap,
        PauseNotListed,
        PauseProofMissing,
        ReceiptNotServed,
        StatementMissing,
        UnknownDeadline,
    ]
    assert len({kind.code for kind in kinds} | {Refusal.code}) == len(kinds) + 1
