"""Who answers for what: holders, covers, duties and rotas, by day and by night."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from casework.shared.clocks.calendars import Interval
from casework.shared.people.directory import DUTY, Directory, Rota, duty_alone
from casework.shared.people.members import Absence, Member, week_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
FESTIVAL = (date(2026, 10, 1), date(2026, 10, 7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def away(cover: str | None) -> tuple[Absence, ...]:
    return (Absence(first=FESTIVAL[0], last=FESTIVAL[1], cover=cover),)


def people(*members: Member, rotas: tuple[Rota, ...] = ()) -> Directory:
    duty = Member(id=DUTY, zone="Asia/Shanghai")
    return Directory(members={member.id: member for member in (*members, duty)}, rotas=rotas)


def in_shanghai(name: str, *roles: str, absences: tuple[Absence, ...] = ()) -> Member:
    return Member(id=name, zone="Asia/Shanghai", roles=roles, absences=absences)


@pytest.mark.parametrize(
    "moment, answers, because",
    [
        ("2026-09-30T23:59", "chen", "holder"),
        ("2026-10-01T00:00", "li", "cover"),
        ("2026-10-03T09:00", "li", "cover"),
        ("2026-10-07T23:59", "li", "cover"),
        ("2026-10-08T00:00", "chen", "holder"),
    ],
)
def test_the_cover_answers_while_the_holder_is_away_and_the_holder_again_afterwards(
    moment: str, answers: str, because: str
) -> None:
    known = people(in_shanghai("chen", absences=away("li")), in_shanghai("li"))
    found = known.responsible("chen", at(moment))
    assert (found.member.id, found.because) == (answers, because)


@pytest.mark.parametrize("holder", ["gone", "", None, "casework-intake"])
def test_the_duty_answers_for_whoever_is_deleted_nobody_or_unknown(holder: str | None) -> None:
    found = people(in_shanghai("chen")).responsible(holder, at("2026-03-02T10:00"))
    assert (found.member.id, found.because) == (DUTY, "duty")


def test_a_cover_who_is_away_is_covered_in_turn_and_a_ring_ends_at_the_duty() -> None:
    chain = people(
        in_shanghai("chen", absences=away("li")), in_shanghai("li", absences=away("wang")), in_shanghai("wang")
    )
    assert chain.responsible("chen", at("2026-10-03T10:00")).member.id == "wang"
    ring = people(in_shanghai("chen", absences=away("li")), in_shanghai("li", absences=away("chen")))
    assert ring.responsible("chen", at("2026-10-03T10:00")).member.id == DUTY
    assert (
        people(in_shanghai("chen", absences=away(None))).responsible("chen", at("2026-10-03T10:00")).because == "duty"
    )


def test_a_rung_has_other_people_by_night() -> None:
    night = Rota(
        role="supervisor", zone="Asia/Shanghai", hours=week_of([Interval(18 * 60, 9 * 60)]), members=("night", "chief")
    )
    known = people(in_shanghai("day", "supervisor"), in_shanghai("night"), in_shanghai("chief"), rotas=(night,))
    asked = {moment: [m.id for m in known.with_role("supervisor", at(moment))] for moment in (
        "2010-03-24T08:59", "2010-03-24T09:00", "2010-03-24T17:59", "2010-03-24T20:00"
    )}  # fmt: skip
    assert list(asked.values()) == [["night", "chief"], ["day"], ["day"], ["night", "chief"]]


def test_the_duty_itself_may_be_a_rota() -> None:
    night = Rota(role=DUTY, zone="Asia/Shanghai", hours=week_of([Interval(18 * 60, 9 * 60)]), members=("night",))
    known = people(in_shanghai("night"), rotas=(night,))
    assert known.responsible("gone", at("2026-03-02T20:00")).member.id == "night"
    assert known.responsible("gone", at("2026-03-02T12:00")).member.id == DUTY


def test_a_role_that_nobody_has_is_the_duty_members() -> None:
    known = people(in_shanghai("chen", "handler", absences=away(None)))
    assert [m.id for m in known.with_role("manager", at("2026-03-02T10:00"))] == [DUTY]
    assert [m.id for m in known.with_role("handler", at("2026-10-03T10:00"))] == [DUTY]


def test_a_role_of_two_of_whom_one_covers_the_other_is_one_person_once() -> None:
    known = people(in_shanghai("chen", "handler", absences=away("li")), in_shanghai("li", "handler"))
    assert [m.id for m in known.with_role("handler", at("2026-10-03T10:00"))] == ["li"]
    assert [m.id for m in known.with_role("handler", at("2026-10-08T10:00"))] == ["chen", "li"]


def test_without_a_file_and_with_everybody_away_there_is_still_somebody() -> None:
    assert duty_alone().responsible("chen", at("2026-03-02T10:00")).member == Member(id=DUTY)
    away_too = Directory(members={DUTY: Member(id=DUTY, zone="Asia/Shanghai", absences=away(None))})
    assert away_too.responsible("chen", at("2026-10-03T10:00")).member.id == DUTY


def test_a_team_is_those_of_it_who_are_there() -> None:
    chen = Member(id="chen", teams=("cards",), zone="Asia/Shanghai", absences=away(None))
    known = people(chen, Member(id="li", teams=("cards", "loans")))
    assert [m.id for m in known.team("cards", at("2026-03-02T10:00"))] == ["chen", "li"]
    assert [m.id for m in known.team("cards", at("2026-10-03T10:00"))] == ["li"]
