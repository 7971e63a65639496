"""What an offer must bring, and which team may be offered work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casework.shared.clocks.calendars import Interval, NotCovered, hours_of
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.handoff import ChecklistItem
from casework.shared.contracts.intake import HandOffOffered
from casework.shared.handoffs.giving import (
    ChecklistIncomplete,
    ContactNotSealed,
    MomentHasPassed,
    OfferHandOff,
    TeamClosed,
    Terms,
    offered,
)
from casework.shared.handoffs.kinds import HandOffKind, HandOffRules, Team, UnknownKind, UnknownTeam
from casework.shared.policies.shipped_calendars import calendar

AT = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)  # a Friday
LESSON_AT = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
LESSON = HandOffKind(
    kind="lesson",
    title=Bilingual(en="A lesson", zh="课程"),
    checklist=("contact", "place-and-time", "ready", "open"),
    acceptance="internal.hand-off",
    ladder="internal.hand-off",
)
CONTACT = ChecklistItem(name="contact", value="complainant")
PLACE = ChecklistItem(name="place-and-time", value="Room 4, Monday 08:00")
TERMS = Terms(at=AT, kind=LESSON, checklist=(CONTACT, PLACE), moment=LESSON_AT, acting_owner="campus-head")
OFFER = OfferHandOff(reason="Assessed.", ready=("complaint",), open=("teacher",), terms=TERMS)
HOURS = hours_of((Interval(9 * 60, 12 * 60), Interval(13 * 60, 17 * 60 + 30)))
DESK = Team(name="desk", service="investigation", calendar=replace(calendar("UK-ENG"), hours=HOURS))


def offer(command: OfferHandOff, *, complainant_known: bool = True) -> HandOffOffered:
    return offered(
        HandOffOffered,
        command,
        to="investigation",
        category="Lessons",
        owner="Mei Chen",
        complainant_known=complainant_known,
    )


def with_terms(**changes: object) -> OfferHandOff:
    return replace(OFFER, terms=replace(TERMS, **changes))  # type: ignore[arg-type] # fields of Terms, by name


def test_a_whole_offer_carries_what_travels() -> None:
    event = offer(with_terms(team=DESK))
    assert (event.kind, event.checklist, event.team) == ("lesson", (CONTACT, PLACE), "desk")
    assert (event.moment, event.acting_owner) == (LESSON_AT, "campus-head")
    assert (event.to, event.category, event.owner) == ("investigation", "Lessons", "Mei Chen")


def test_an_offer_without_terms_is_what_it_was() -> None:
    event = offer(replace(OFFER, terms=None))
    assert event == HandOffOffered(
        to="investigation",
        reason="Assessed.",
        ready=("complaint",),
        open=("teacher",),
        category="Lessons",
        owner="Mei Chen",
    )


def test_no_contact_is_refused_by_its_name() -> None:
    with pytest.raises(ChecklistIncomplete, match=r"^checklist: contact missing"):
        offer(with_terms(checklist=(PLACE,)))


def test_a_contact_that_the_case_does_not_hold_is_missing() -> None:
    with pytest.raises(ChecklistIncomplete, match=r"^checklist: contact missing"):
        offer(OFFER, complainant_known=False)
    staff = ChecklistItem(name="contact", value="staff:Ms Wu")
    assert offer(with_terms(checklist=(staff, PLACE)), complainant_known=False).checklist == (staff, PLACE)


def test_a_contact_said_but_not_held_is_missing_even_where_no_kind_asks() -> None:
    with pytest.raises(ChecklistIncomplete, match=r"^checklist: contact missing"):
        offer(with_terms(kind=None), complainant_known=False)


def test_all_that_is_missing_is_named_in_the_order_of_the_kind() -> None:
    bare = replace(with_terms(checklist=()), ready=(), open=())
    with pytest.raises(ChecklistIncomplete, match=r"^checklist: contact, place-and-time, ready, open missing"):
        offer(bare)


def test_contact_data_stays_under_its_seal() -> None:
    with pytest.raises(ContactNotSealed, match="complainant") as refused:
        offer(with_terms(checklist=(ChecklistItem(name="contact", value="+44 20 7946 0000"), PLACE)))
    assert "7946" not in str(refused.value)


def test_an_offer_tied_to_a_moment_names_who_acts() -> None:
    with pytest.raises(ChecklistIncomplete, match=r"^checklist: acting-owner missing"):
        offer(with_terms(acting_owner=None))
    of_the_kind = replace(LESSON, acting_owner="campus-head")
    assert offer(with_terms(acting_owner=None, kind=of_the_kind)).acting_owner == "campus-head"
    assert offer(with_terms(acting_owner=None, kind=of_the_kind, moment=None)).acting_owner is None


@pytest.mark.parametrize("early", [timedelta(0), timedelta(minutes=1)])
def test_a_moment_lies_ahead(early: timedelta) -> None:
    with pytest.raises(MomentHasPassed, match="has passed"):
        offer(with_terms(moment=AT - early))


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ((2026, 3, 6, 8, 59), (2026, 3, 6, 9, 0)),
        ((2026, 3, 6, 12, 0), (2026, 3, 6, 13, 0)),
        ((2026, 3, 6, 17, 30), (2026, 3, 9, 9, 0)),
        # Good Friday and Easter Monday; by then London is an hour ahead.
        ((2026, 4, 2, 16, 30), (2026, 4, 7, 8, 0)),
    ],
)
def test_a_closed_team_is_offered_nothing(at: tuple[int, ...], opening: tuple[int, ...]) -> None:
    now, opens = datetime(*at, tzinfo=UTC), datetime(*opening, tzinfo=UTC)  # type: ignore[arg-type,misc] # y, m, d, h, m
    assert DESK.next_opening(now) == opens
    with pytest.raises(TeamClosed, match=f"opens at {opens:%Y-%m-%dT%H:%M}"):
        offer(with_terms(at=now, team=DESK, moment=None))


@pytest.mark.parametrize("at", [(2026, 3, 6, 9, 0), (2026, 3, 6, 17, 29), (2026, 4, 7, 8, 0)])
def test_an_open_team_is_offered_work(at: tuple[int, ...]) -> None:
    now = datetime(*at, tzinfo=UTC)  # type: ignore[arg-type,misc] # y, m, d, h, m
    assert offer(with_terms(at=now, team=DESK, moment=None)).team == "desk"


def test_a_team_without_hours_is_open_unless_it_is_closed() -> None:
    always = Team(name="night", service="investigation")
    assert offer(with_terms(team=always)).team == "night"
    with pytest.raises(TeamClosed, match="choose another team"):
        offer(with_terms(team=replace(always, closed=True)))


def test_a_calendar_that_ends_guesses_nothing() -> None:
    with pytest.raises(NotCovered):
        DESK.next_opening(datetime(2027, 12, 31, 17, 30, tzinfo=UTC))


def test_an_unknown_kind_or_team_is_refused_with_those_there_are() -> None:
    rules = HandOffRules(kinds=(LESSON,), teams=(DESK,))
    assert (rules.kind("lesson"), rules.team("desk", "investigation")) == (LESSON, DESK)
    with pytest.raises(UnknownKind, match="choose one of lesson"):
        rules.kind("leson")
    with pytest.raises(UnknownTeam, match="choose one of desk"):
        rules.team("dsk", "investigation")
    with pytest.raises(UnknownTeam, match="there is none"):
        rules.team("desk", "resolution")
