"""The shipped policies say what the clocks' table says: figures typed by hand from it, not taken from the files."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from casework.shared.clocks.deadlines import DeadlinePolicy, NotVerified, activate, choose, effects, serving
from casework.shared.clocks.moments import MEANING, Moment
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.contracts.registry import EVENT_TYPES
from casework.shared.policies.shipped_calendars import calendar
from casework.shared.policies.shipped_deadlines import deadlines_of_package, read_deadlines
from casework.shared.policies.shipped_rulebook import rulebook

SHIPPED = deadlines_of_package()
BY_REF = {(policy.id, policy.version): policy for policy in SHIPPED}

# id, version, number, unit, calendar, zone, from, to, certainty
TABLE: list[tuple[str, int, int | None, str | None, str | None, str | None, str | None, str | None, str | None]] = [
    ("uk.disp.summary", 1, 3, "working-day", "UK-ENG", "Europe/London", "2016-06-30", None, "read"),
    ("uk.disp.summary.2007", 1, 1, "working-day", "UK-ENG", "Europe/London", None, "2016-06-29", "read"),
    ("uk.disp.summary.letter", 1, None, None, None, "Europe/London", "2016-06-30", None, "read"),
    ("uk.disp.ack", 1, None, None, None, "Europe/London", None, None, "read"),
    ("uk.disp.8w", 1, 8, "week", "UK-ENG", "Europe/London", None, None, "read"),
    ("uk.disp.psd", 1, 15, "working-day", "UK-ENG", "Europe/London", None, None, "read"),
    ("uk.fos.6m", 1, 6, "month", "UK-ENG", "Europe/London", None, None, "read"),
    ("uk.disp.4w", 1, 4, "week", "UK-ENG", "Europe/London", None, None, "unverified"),
    ("uk.disp.records", 1, 3, "year", "UK-ENG", "Europe/London", None, None, "second-hand"),
    ("uk.disp.return", 1, 30, "working-day", "UK-ENG", "Europe/London", None, None, "second-hand"),
    ("uk.ofcom.adr", 1, 8, "week", "UK-ENG", "Europe/London", None, "2026-04-07", "second-hand"),
    ("uk.ofcom.adr", 2, 6, "week", "UK-ENG", "Europe/London", "2026-04-08", None, "second-hand"),
    ("au.rg271.ack", 1, 1, "working-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    ("au.rg271.30", 1, 30, "calendar-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    ("au.rg271.45", 1, 45, "calendar-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    (
        "au.rg271.death.objection",
        1,
        28,
        "calendar-day",
        "AU-NSW",
        "Australia/Sydney",
        "2021-10-05",
        None,
        "second-hand",
    ),
    ("au.rg271.death", 1, 90, "calendar-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    ("au.rg271.hardship", 1, 21, "calendar-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    (
        "au.rg271.hardship.information",
        1,
        21,
        "calendar-day",
        "AU-NSW",
        "Australia/Sydney",
        "2021-10-05",
        None,
        "second-hand",
    ),
    ("au.rg271.5bd", 1, 5, "working-day", "AU-NSW", "Australia/Sydney", "2021-10-05", None, "second-hand"),
    ("us.cfpb", 1, 15, "calendar-day", None, "America/New_York", None, None, "second-hand"),
    ("eu.psd2", 1, 15, "working-day", "TARGET", "Europe/Berlin", None, None, "read"),
    ("ie.cpc.ack", 1, 5, "working-day", "IE", "Europe/Dublin", "2026-03-24", None, "second-hand"),
    ("ie.cpc.update", 1, 20, "working-day", "IE", "Europe/Dublin", "2026-03-24", None, "second-hand"),
    ("ie.cpc.final", 1, 40, "working-day", "IE", "Europe/Dublin", "2026-03-24", None, "second-hand"),
    ("ca.bank.refer", 1, 14, "calendar-day", None, "America/Toronto", "2022-06-30", None, "second-hand"),
    ("ca.bank.final", 1, 56, "calendar-day", None, "America/Toronto", "2022-06-30", None, "second-hand"),
    ("ae.vara.ack", 1, 1, "week", "AE", "Asia/Dubai", None, None, "second-hand"),
    ("ae.vara.final", 1, 4, "week", "AE", "Asia/Dubai", None, None, "second-hand"),
    ("ae.cbuae.ack", 1, 2, "working-day", "AE", "Asia/Dubai", None, None, "second-hand"),
    ("ae.cbuae.final", 1, 30, "working-day", "AE", "Asia/Dubai", None, None, "second-hand"),
    ("cn.bank.15", 1, 15, "calendar-day", "CN", "Asia/Shanghai", "2020-03-01", None, "read"),
    ("cn.bank.review.ask", 1, 30, "calendar-day", "CN", "Asia/Shanghai", None, None, "unverified"),
    ("cn.bank.review.decide", 1, 30, "calendar-day", "CN", "Asia/Shanghai", None, None, "unverified"),
    ("cn.bank.forward", 1, 7, "working-day", "CN", "Asia/Shanghai", None, None, "unverified"),
    ("cn.samr.accept", 1, 7, "working-day", "CN", "Asia/Shanghai", None, None, "second-hand"),
    ("cn.samr.mediate", 1, 45, "working-day", "CN", "Asia/Shanghai", None, None, "second-hand"),
    ("cn.samr.tell", 1, 7, "working-day", "CN", "Asia/Shanghai", None, None, "second-hand"),
    ("platform.ip", 1, 3, "working-day", "CN", "Asia/Shanghai", None, None, "second-hand"),
    ("internal.acknowledge", 1, 1, "working-day", None, None, None, None, None),
    ("internal.first-contact", 1, 2, "working-day", None, None, None, None, None),
    ("internal.first-look", 1, 2, "elapsed-hour", None, None, None, None, None),
    ("internal.subject-access", 1, 1, "month", None, None, None, None, None),
    ("internal.update", 1, 10, "working-day", None, None, None, None, None),
    ("internal.hand-off", 1, 4, "working-hour", None, None, None, None, None),
    ("internal.answer", 1, 20, "working-day", None, None, None, None, None),
    ("internal.hand-off-moment", 1, None, None, None, None, None, None, None),
    ("internal.finish", 1, 10, "working-day", None, None, None, None, None),
    ("internal.call-back", 1, None, None, None, None, None, None, None),
    ("internal.call-back-holder", 1, None, None, None, None, None, None, None),
    ("internal.complainant-deadline", 1, None, None, None, None, None, None, None),
    ("internal.complainant-deadline", 2, None, None, None, None, None, None, None),
    ("internal.cooling-period", 1, None, None, None, None, None, None, None),
    ("internal.task", 1, None, None, None, None, None, None, None),
    ("internal.demand", 1, None, None, None, None, None, None, None),
    ("internal.respondent", 1, 20, "working-day", None, None, None, None, None),
    ("internal.agreement", 1, None, None, None, None, None, None, None),
    ("internal.evidence", 1, None, None, None, None, None, None, None),
    ("internal.immediate-action", 1, None, None, None, None, None, None, None),
    ("internal.promise", 1, None, None, None, None, None, None, None),
    ("internal.approval", 1, 4, "working-hour", None, None, None, None, None),
    ("internal.remedy-offer", 1, None, None, None, None, None, None, None),
    ("internal.receiver", 1, 8, "working-hour", None, None, None, None, None),
    ("internal.opinion", 1, 5, "working-day", None, None, None, None, None),
    ("internal.reply", 1, 10, "working-day", None, None, None, None, None),
    ("internal.look-in", 1, 3, "working-day", None, None, None, None, None),
]

EXTENSIONS = {
    "uk.disp.psd.35": ("uk.disp.psd", 35, "working-day", None),
    "us.cfpb.60": ("us.cfpb", 60, "calendar-day", None),
    "eu.psd2.35": ("eu.psd2", 35, "working-day", None),
    "ae.vara.final.8": ("ae.vara.final", 8, "week", None),
    "cn.bank.30": ("cn.bank.15", 30, "calendar-day", None),
    "cn.bank.60": ("cn.bank.15", 60, "calendar-day", "cn.bank.30"),
}

READ_AS_AT = {
    "uk.disp.summary.2007": {date(2007, 12, 2), date(2012, 2, 14)},
    "uk.disp.ack": {date(2026, 6, 1)},
    "uk.disp.8w": {date(2007, 12, 2), date(2012, 2, 14), date(2026, 6, 1)},
    "uk.disp.psd": {date(2026, 6, 1)},
    "uk.fos.6m": {date(2007, 12, 2), date(2012, 2, 14), date(2026, 6, 1)},
    "us.cfpb": {date(2012, 1, 19)},
}

# What the sources quote of the paragraph; None where they name none.
PARAGRAPHS = {
    "uk.disp.summary": "1.5.1R, 1.5.4R",
    "uk.disp.summary.2007": "1.5",
    "uk.disp.summary.letter": "1.5.4R",
    "uk.disp.ack": "1.6.1R",
    "uk.disp.8w": "1.6.2R",
    "uk.disp.psd": "1.6.2AR",
    "uk.fos.6m": "2.8.1R, 2.8.2R",
    "uk.disp.4w": None,
    "uk.disp.records": "1.9.1R",
    "uk.disp.return": "1.10.1R, 1.10.5",
    "uk.ofcom.adr": None,
    "au.rg271.ack": "271.51-.52",
    "au.rg271.30": "271.56",
    "au.rg271.45": "Table 2",
    "au.rg271.death.objection": "Table 2",
    "au.rg271.death": "Table 2",
    "au.rg271.hardship": "Table 2",
    "au.rg271.hardship.information": "Table 2",
    "au.rg271.5bd": "271.71-.75",
    "us.cfpb": "8.1",
    "eu.psd2": "art. 101(2)",
    "ie.cpc.ack": None,
    "ie.cpc.update": None,
    "ie.cpc.final": None,
    "ca.bank.refer": None,
    "ca.bank.final": None,
    "ae.vara.ack": "III.A.1",
    "ae.vara.final": "III.A.1",
    "ae.cbuae.ack": "8.1",
    "ae.cbuae.final": "8.1",
    "cn.bank.15": "chapter 3, simple",
    "cn.bank.review.ask": None,
    "cn.bank.review.decide": None,
    "cn.bank.forward": None,
    "cn.samr.accept": "art. 14; art. 46",
    "cn.samr.mediate": "art. 21",
    "cn.samr.tell": "art. 21",
    "platform.ip": None,
}

UNVERIFIED = {"uk.disp.4w", "cn.bank.review.ask", "cn.bank.review.decide", "cn.bank.forward"}


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@pytest.mark.practice("P113")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
def test_a_policy_has_the_figures_of_the_table(
    row: tuple[str, int, int | None, str | None, str | None, str | None, str | None, str | None, str | None],
) -> None:
    key, version, number, unit, calendar, zone, first, last, certainty = row
    policy = BY_REF[key, version]
    length = policy.length
    assert (length and length.number, length and length.unit) == (number, unit)
    assert (policy.calendar, policy.zone) == (calendar, zone)
    assert (policy.first, policy.last) == (day(first), day(last))
    assert policy.certainty == certainty
    assert zone is None or ZoneInfo(zone).key == zone


def test_the_table_has_every_shipped_policy() -> None:
    assert {(key, version) for key, version, *_ in TABLE} == set(BY_REF)
    assert len(TABLE) == len(SHIPPED)


def test_extensions_have_the_figures_of_the_table() -> None:
    shipped = {
        extension.name: (policy.id, extension.length.number, extension.length.unit, extension.after)
        for policy in SHIPPED
        for extension in policy.extensions
    }
    assert shipped == EXTENSIONS


def test_dates_of_the_texts_read_are_those_of_the_table() -> None:
    assert {policy.id: set(policy.read_as_at) for policy in SHIPPED if policy.read_as_at} == READ_AS_AT


@pytest.mark.practice("P113")
@pytest.mark.practice("P190")
def test_every_number_of_a_regulator_has_its_rule_paragraph_dates_and_source() -> None:
    regulators = [policy for policy in SHIPPED if policy.kind == "regulator"]
    assert {policy.id: policy.paragraph for policy in regulators} == PARAGRAPHS
    for policy in regulators:
        assert policy.rule
        assert policy.source
        assert policy.paragraph or policy.paragraph_unknown
        assert policy.first or policy.read_as_at or policy.dates_unknown
    assert {policy.id for policy in regulators if policy.certainty == "unverified"} == UNVERIFIED


@pytest.mark.practice("P113")
@pytest.mark.practice("P190")
@pytest.mark.parametrize("key", sorted(UNVERIFIED))
def test_an_unverified_policy_is_never_current(key: str) -> None:
    policy = BY_REF[key, 1]
    with pytest.raises(NotVerified, match="unverified: read "):
        activate(policy)
    with pytest.raises(NotVerified):
        choose(SHIPPED, key, date(2026, 3, 2))
    assert all(served.policy.id != key for served in serving(SHIPPED, date(2005, 3, 2)))


def test_what_was_read_or_quoted_may_be_current() -> None:
    for policy in SHIPPED:
        if policy.id not in UNVERIFIED:
            assert activate(policy) is policy


@pytest.mark.practice("P190")
def test_a_rule_that_has_ended_serves_nothing_received_after_it() -> None:
    today = {served.policy.ref.id for served in serving(SHIPPED, date(2026, 7, 1))}
    assert "uk.disp.summary.2007" not in today
    assert "uk.disp.4w" not in today
    assert {"uk.disp.summary", "uk.disp.8w", "uk.ofcom.adr"} <= today


def test_own_levels_are_named_so_and_no_standard_is_claimed() -> None:
    for policy in SHIPPED:
        own = policy.id.startswith("internal.")
        assert (policy.kind == "internal") == own
        if own:
            assert policy.title.en.startswith("Own level: ")
            assert policy.title.zh.startswith("内部标准:")
            assert "ISO" not in str(policy)


def test_a_note_or_an_edit_is_no_moment() -> None:
    assert set(MEANING) == set(get_args(Moment))
    events = {name.split(".")[2] for name in EVENT_TYPES}
    touching = {"facts-added", "facts-received-after-closure", "finding-recorded", "complaint-assessed"}
    assert touching <= events
    assert touching.isdisjoint(MEANING)
    assert all(effects(policy, "hand-off-accepted") == () for policy in SHIPPED if policy.kind == "regulator")


def test_every_moment_is_used() -> None:
    rungs = [ladder.policy_of(1) for ladder in rulebook().ladders]
    used = {moment for policy in (*SHIPPED, *filter(None, rungs)) for moment in _moments(policy)}
    # For an institution whose own policy takes an attempt, or a message left with others, as contact (P021).
    assert used == set(MEANING) - {"contact-attempted", "message-left"}


def _moments(policy: DeadlinePolicy) -> set[Moment]:
    told = {e.told_by for e in policy.extensions} | {p.told_by for p in policy.pauses if p.told_by is not None}
    return told | {*policy.armed_by, *policy.met_by, *policy.restarted_by, *policy.withdrawn_by}


def test_what_pauses_and_restarts_is_what_the_rules_say() -> None:
    assert {policy.id: [pause.cause for pause in policy.pauses] for policy in SHIPPED if policy.pauses} == {
        "cn.bank.15": ["outside-appraisal", "outside-testing", "outside-valuation"]
    }
    assert {policy.id: policy.restarted_by for policy in SHIPPED if policy.restarted_by} == {
        "cn.bank.15": ("new-facts-received",),
        "au.rg271.death.objection": ("benefit-proposed",),
    }


def test_a_business_day_ends_at_close_only_where_the_rule_says_so() -> None:
    assert {policy.id for policy in SHIPPED if policy.close_of_business} == {
        "uk.disp.summary",
        "uk.disp.summary.2007",
        "internal.reply",
    }


def test_a_folder_of_ones_own_replaces_by_a_higher_version(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shipped = Path(str(files("casework.shared") / "policies" / "deadlines"))
    text = (shipped / "internal.toml").read_text(encoding="utf-8")
    (own / "levels.toml").write_text(
        re.sub(r"version = ([12])\n", r"version = 9\1\n", text).replace("number = 20", "number = 12"), encoding="utf-8"
    )
    both = read_deadlines(shipped, own)
    answer = choose(both, "internal.answer", date(2026, 3, 2)).policy
    assert (answer.version, answer.length) == (91, Length(12, "working-day"))
    (own / "levels.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPolicy, match=r"internal\.acknowledge, field version: .* stands twice"):
        read_deadlines(shipped, own)
    (own / "levels.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidPolicy, match=r"levels\.toml: not UTF-8"):
        read_deadlines(own)


def test_every_calendar_that_a_policy_names_ships_and_lies_in_its_zone() -> None:
    named = {(policy.calendar, policy.zone) for policy in SHIPPED if policy.calendar is not None}
    assert len(named) > 5
    assert {(name, calendar(name).zone) for name, _ in named if name is not None} == named
