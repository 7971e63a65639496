"""The rules of reaching people and of who speaks for them: the neighbours of the cases in tests/whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from services.intake.tests.contact_cases import (
    CLOSE_VISIT,
    DUE,
    JOINT,
    LEAVE,
    NAME,
    NOW,
    PLAN,
    PROVE,
    SEALED,
    SET_WATCH,
    SHOW_WATCH,
    TELL,
    TODAY,
)

from casework.intake.domain import contacts, preferences, publicity, receipt_proofs, representatives, visits, watches
from casework.intake.domain.contacts import MessageHoldsContent, spoken
from casework.intake.domain.receipt_proofs import PostmarkAfterArrival, ProveReceipt
from casework.intake.domain.representatives import (
    AuthorityMissing,
    AuthorityNotValid,
    MoreSpeakThanComplain,
    NoSuchRepresentative,
    Representatives,
    TooManySpokespersons,
)
from casework.intake.domain.watches import Watches
from casework.intake.watching import Watching
from casework.shared.contracts.contacts import DayPart, MessageLeft, PlannedContactEnded

KNOWN = ("Credit card", "7781-A", "No")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_message_that_we_write_ourselves_holds_nothing_of_the_case(language: str) -> None:
    message = spoken(LEAVE.caller, LEAVE.call_back, language)
    (left,) = contacts.decide(replace(LEAVE, words=message), NOW, KNOWN)
    assert isinstance(left, MessageLeft)


@pytest.mark.parametrize(
    "words", ["Mei Chen. Please call back, it is about a fee.", "Please call back: 7781 A", "陈梅请回电 年费"]
)
def test_a_quoted_message_with_more_is_refused(words: str) -> None:
    with pytest.raises(MessageHoldsContent):
        contacts.decide(replace(LEAVE, words=words), NOW, KNOWN)


def test_a_caller_with_a_fact_is_refused_in_any_spelling_and_short_facts_are_no_names() -> None:
    with pytest.raises(MessageHoldsContent):
        contacts.decide(replace(LEAVE, caller="Mei 7781a"), NOW, KNOWN)
    with pytest.raises(MessageHoldsContent):
        contacts.decide(replace(LEAVE, caller=LEAVE.case_number.replace("-", " ")), NOW, KNOWN)
    assert contacts.decide(replace(LEAVE, caller="Arno"), NOW, KNOWN)


def _named(*commands: representatives.RepresentativeCommand) -> Representatives:
    known: Representatives = ()
    for command in commands:
        for event in representatives.decide(command, known):
            known = representatives.evolve(known, event)
    return known


def test_five_speak_and_a_sixth_does_not_however_they_come() -> None:
    five = _named(JOINT, *(replace(NAME, role="spokesperson"),) * 2)
    with pytest.raises(TooManySpokespersons):
        representatives.decide(replace(NAME, role="spokesperson"), five)
    with pytest.raises(TooManySpokespersons):
        representatives.decide(replace(JOINT, spokespersons=(SEALED,)), five)
    assert representatives.decide(NAME, five)  # an heir is no spokesperson
    with pytest.raises(MoreSpeakThanComplain):
        representatives.decide(replace(JOINT, complainants=2), ())


def test_authority_is_valid_from_its_first_day_to_its_last() -> None:
    until = TODAY + timedelta(days=2)
    with pytest.raises(AuthorityMissing):
        representatives.decide(TELL, _named(NAME))
    proved = _named(NAME, replace(PROVE, valid_until=until))
    for day in (TODAY, until):
        assert representatives.decide(replace(TELL, today=day), proved)
    for day in (TODAY - timedelta(days=1), until + timedelta(days=1)):
        with pytest.raises(AuthorityNotValid):
            representatives.decide(replace(TELL, today=day), proved)
    with pytest.raises(NoSuchRepresentative):
        representatives.decide(replace(TELL, to=2), proved)


def test_a_watch_routes_until_its_time_and_not_at_it() -> None:
    stands: Watches = ()
    for event in watches.decide(SET_WATCH, stands):
        stands = watches.evolve(stands, event)
    assert watches.decide(replace(SHOW_WATCH, now=SET_WATCH.until - timedelta(seconds=1)), stands)
    assert watches.decide(replace(SHOW_WATCH, now=SET_WATCH.until), stands) == ()


def test_a_number_is_known_in_each_spelling_and_a_name_is_none() -> None:
    watching = Watching(b"k" * 32)
    known = watching.mac("number", "+86 21 6123-4567")
    assert known == watching.mac("number", "0086 (21) 61234567") == watching.mac("number", "+86 21 6123 4567")
    assert known != watching.mac("person", "862161234567")
    assert known != Watching(b"K" * 32).mac("number", "+86 21 6123-4567")
    assert watching.mac("person", "李 奶奶") == watching.mac("person", " 李  奶奶 ")


def test_a_postmark_may_be_of_a_day_that_has_begun_further_east() -> None:
    arrived_at = NOW.replace(hour=11)
    tomorrow = ProveReceipt(postmarked_on=date(2026, 3, 3))
    assert receipt_proofs.decide(tomorrow, "letter", arrived_at)
    with pytest.raises(PostmarkAfterArrival):
        receipt_proofs.decide(tomorrow, "letter", arrived_at.replace(hour=9))


@pytest.mark.parametrize(
    ("shares", "concerned", "an_hour", "severity"),
    [
        (99, 9, 49, "low"),
        (100, 0, 0, "medium"),
        (0, 10, 0, "medium"),
        (0, 0, 50, "medium"),
        (1_000, 0, 0, "high"),
        (0, 100, 0, "high"),
        (0, 0, 200, "high"),
    ],
)
def test_the_severity_of_a_post_is_the_highest_that_any_number_gives(
    shares: int, concerned: int, an_hour: int, severity: str
) -> None:
    assert publicity.severity(shares, concerned, an_hour) == severity


@pytest.mark.parametrize(
    ("due", "hours", "now", "window"),
    [
        ("2026-03-06T15:00", ("morning",), "2026-03-05T10:00", ("2026-03-06T09:00", "2026-03-06T12:00", True)),
        ("2026-03-06T11:00", ("morning",), "2026-03-05T10:00", ("2026-03-06T09:00", "2026-03-06T11:00", True)),
        ("2026-03-06T08:30", ("morning",), "2026-03-05T10:00", ("2026-03-05T10:00", "2026-03-05T12:00", True)),
        ("2026-03-06T15:00", ("morning",), "2026-03-06T12:00", ("2026-03-06T12:00", "2026-03-06T15:00", False)),
        ("2026-03-06T15:00", (), "2026-03-05T10:00", ("2026-03-06T13:00", "2026-03-06T15:00", True)),
        (
            "2026-03-06T19:00",
            ("morning", "evening"),
            "2026-03-06T10:00",
            ("2026-03-06T18:00", "2026-03-06T19:00", True),
        ),
    ],
)
def test_a_contact_is_planned_in_the_last_hours_that_were_asked_for_before_it_is_due(
    due: str, hours: tuple[DayPart, ...], now: str, window: tuple[str, str, bool]
) -> None:
    zone = "Asia/Shanghai"

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    begins, ends, as_wished = preferences.window(at(due), hours, at(now), zone)
    assert (begins, ends, as_wished) == (at(window[0]), at(window[1]), window[2])


INVENTED = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What integrators write for never. East of UTC it has no local time."""
TEN_YEARS = NOW.replace(year=NOW.year + 10)


@pytest.mark.parametrize("due_at", [INVENTED, TEN_YEARS])
def test_nothing_is_planned_for_an_invented_time(due_at: datetime) -> None:
    assert preferences.decide(replace(DUE, due_at=due_at), preferences.NOT_SAID) == ()
    # What was planned of it before is over all the same.
    before = preferences.decide(DUE, preferences.NOT_SAID)
    state = preferences.evolve(preferences.NOT_SAID, before[0])
    (ended,) = preferences.decide(replace(DUE, due_at=due_at), state)
    assert isinstance(ended, PlannedContactEnded)
    with pytest.raises(preferences.ContactTooFarAhead, match="10 years"):
        preferences.decide(replace(PLAN, due_at=due_at), preferences.NOT_SAID)
    assert preferences.decide(replace(PLAN, due_at=TEN_YEARS - timedelta(days=1)), preferences.NOT_SAID)


@pytest.mark.parametrize("agreed_on", [date(9999, 12, 31), TEN_YEARS.date() + timedelta(days=1)])
def test_nobody_agrees_on_an_invented_day(agreed_on: date) -> None:
    held = (visits.Visit(id=UUID(int=1), done=visits.CHECKLIST),)
    with pytest.raises(visits.AgreedDayTooFarAhead, match="10 years"):
        visits.decide(replace(CLOSE_VISIT, agreed_on=agreed_on), held)
    assert visits.decide(replace(CLOSE_VISIT, agreed_on=TEN_YEARS.date() - timedelta(days=2)), held)
