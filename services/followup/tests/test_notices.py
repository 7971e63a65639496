"""Who is told of what, and in which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from string import Template
from typing import get_args
from uuid import UUID

import pytest

from casework.followup.domain.clock_events import AtInstant, OnDay, Point
from casework.followup.domain.notices import (
    DeadlineNears,
    DeadlinePassed,
    Escalated,
    Happened,
    Matter,
    Notice,
    NoticeKind,
    Occurrence,
    OfferLapsed,
    Recipient,
    notices_of,
)
from casework.followup.letters import due_in_words, letter_to
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.people.members import Language, Member

EVENT, CASE = UUID(int=1), UUID(int=2)
AT = datetime(2026, 2, 27, 9, tzinfo=UTC)
MATTER = Matter(title=Bilingual(en="Final response", zh="最终答复"), duty=Bilingual(en="Send it.", zh="发出。"))
SUNDAY = OnDay(day=date(2026, 3, 1), zone="Europe/London")
EVENING = AtInstant(at=datetime(2026, 3, 1, 18, 30, tzinfo=UTC))

NEARS = DeadlineNears(matter=MATTER, deadline=SUNDAY, holder="ann", percent=75)
PASSED = DeadlinePassed(matter=MATTER, deadline=EVENING, holder="ann", owner="li")
ASKED = Escalated(matter=MATTER, deadline=EVENING, rung=2, role="supervisor", to="chen", urgent=True)
LAPSED = OfferLapsed(giver="ann")


def told(what: Occurrence, *, imported: bool = False) -> tuple[Notice, ...]:
    return notices_of(Happened(event_id=EVENT, case_id=CASE, at=AT, imported=imported), what)


@pytest.mark.parametrize(
    "what, recipients",
    [
        (NEARS, ["holder:ann"]),
        (PASSED, ["holder:ann", "holder:li"]),
        (DeadlinePassed(matter=MATTER, deadline=EVENING, holder="li", owner="li"), ["holder:li"]),
        (DeadlinePassed(matter=MATTER, deadline=EVENING, holder="", owner="li"), ["holder:", "holder:li"]),
        (ASKED, ["holder:chen"]),
        (Escalated(matter=None, deadline=None, rung=1, role="duty"), ["role:duty"]),
        (LAPSED, ["holder:ann"]),
    ],
)
def test_each_event_is_told_to_those_it_concerns_and_of_an_imported_case_to_nobody(
    what: Occurrence, recipients: list[str]
) -> None:
    notices = told(what)
    assert [notice.to.key for notice in notices] == recipients
    assert {(notice.id, notice.case_id, notice.at) for notice in notices} == {(EVENT, CASE, AT)}
    assert told(what, imported=True) == ()


def test_only_a_reminder_may_come_too_late_and_only_an_alarm_of_the_night_is_urgent() -> None:
    limits = {notice.kind: (notice.not_after, notice.urgent) for what in (NEARS, PASSED, ASKED, LAPSED)
              for notice in told(what)}  # fmt: skip
    assert limits == {
        "deadline-nears": (datetime(2026, 3, 2, tzinfo=UTC), False),
        "deadline-passed": (None, False),
        "case-escalated": (None, True),
        "hand-off-lapsed": (None, False),
    }


@pytest.mark.parametrize(
    "due, language, zone, said",
    [
        (SUNDAY, "en", "Europe/London", "end of Sunday 1 March 2026 (Europe/London)"),
        (SUNDAY, "zh", "Europe/London", "2026年3月1日（星期日）结束前（Europe/London）"),
        # Another zone in which the day ends at the same moment.
        (SUNDAY, "en", "Europe/Lisbon", "end of Sunday 1 March 2026 (Europe/London)"),
        (SUNDAY, "en", "Asia/Shanghai", "before 08:00 on Monday 2 March 2026 (Asia/Shanghai)"),
        (EVENING, "en", "Europe/London", "before 18:30 on Sunday 1 March 2026 (Europe/London)"),
        (EVENING, "zh", "Asia/Shanghai", "2026年3月2日（星期一）02:30之前（Asia/Shanghai）"),
    ],
)
def test_a_deadline_is_told_on_the_readers_clock(due: Point, language: Language, zone: str, said: str) -> None:
    assert due_in_words(due, language, zone) == said


@pytest.mark.parametrize("kind", get_args(NoticeKind))
@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("matter", [None, MATTER])
def test_every_kind_has_its_words_in_every_language(
    kind: NoticeKind, language: Language, matter: Matter | None
) -> None:
    notice = Notice(id=EVENT, kind=kind, case_id=CASE, to=Recipient(name="ann"), at=AT, matter=matter)
    letter = letter_to(notice, Member(id="ann", email="ann@bank.example", language=language))
    assert str(CASE) in letter.subject
    assert str(CASE) in letter.body
    assert ("Next:" if language == "en" else "下一步：") in letter.body
    assert "\n" not in letter.subject
    assert not Template(letter.subject + letter.body).get_identifiers()
    assert letter == letter_to(notice, Member(id="ann", email="ann@bank.example", language=language))


def test_the_name_of_a_letter_is_its_events_and_its_recipients() -> None:
    one, other = told(PASSED)
    ann, li = (Member(id=name, email=f"{name}@bank.example") for name in ("ann", "li"))
    assert len({letter_to(one, ann).id, letter_to(other, li).id, letter_to(told(NEARS)[0], ann).id}) == 2
    # Whoever stands in gets the same letter under the same name.
    assert letter_to(one, ann).id == letter_to(one, li).id
