"""Notices in words: a subject and a body in the recipient's language, with times on the recipient's clock.

Invariant: a letter says nothing that is not on the notice, and a notice holds nothing personal of the complainant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from zoneinfo import ZoneInfo

from casework.followup.domain.clock_events import AtInstant, OnDay, Point, due_of
from casework.followup.domain.notices import Notice, NoticeKind
from casework.shared.people.members import Language, Member

_SUBJECT = "Subject: "
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = "一二三四五六日"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_NO_DATE = {"en": "no date", "zh": "无期限"}
_THE_CASE = {"en": "the case", "zh": "案件"}
_TO_ACT = {"en": "that somebody takes the case on", "zh": "有人承办此案件"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a channel carries. `id` is the same whenever the same notice is sent to the same recipient."""

    id: str
    to: str
    subject: str
    body: str
    language: Language


def letter_to(notice: Notice, member: Member) -> Letter:
    """The notice in the member's words. Raises ValueError for a member without an address."""
    if member.email is None:
        raise ValueError("who has no address cannot be written to")
    language = member.language
    matter = notice.matter
    said = _template(notice.kind, language).substitute(
        case=notice.case_id,
        what=getattr(matter.title, language) if matter else _THE_CASE[language],
        duty=getattr(matter.duty, language) if matter else _TO_ACT[language],
        due=due_in_words(notice.deadline, language, member.zone) if notice.deadline else _NO_DATE[language],
        rung="" if notice.rung is None else notice.rung,
    )
    subject, _, body = said.partition("\n\n")
    return Letter(
        id=f"{notice.id}.{sha256(notice.to.key.encode()).hexdigest()[:16]}",
        to=member.email,
        subject=" ".join(subject.removeprefix(_SUBJECT).split()),
        body=body,
        language=language,
    )


def due_in_words(due: Point, language: Language, zone: str) -> str:
    """When it is due, on the clock of `zone`. A day that is due there says its date; one that is due in another zone
    also says when that day ends on the reader's clock."""
    match due:
        case OnDay(day=day, zone=there) if _ends(due, zone) == _ends(due, there):
            return f"end of {_day(day, 'en')} ({there})" if language == "en" else f"{_day(day, 'zh')}结束前（{there}）"
        case OnDay() | AtInstant():
            local = due_of(due).end.astimezone(ZoneInfo(zone))
            if language == "en":
                return f"before {local:%H:%M} on {_day(local.date(), 'en')} ({zone})"
            return f"{_day(local.date(), 'zh')}{local:%H:%M}之前（{zone}）"


def _ends(due: Point, zone: str) -> datetime:
    """What the wall clock of the zone shows at the end of what is due."""
    return due_of(due).end.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _day(day: date, language: Language) -> str:
    if language == "en":
        return f"{_DAYS_EN[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日（星期{_DAYS_ZH[day.weekday()]}）"


@cache
def _template(kind: NoticeKind, language: Language) -> Template:
    file = files("casework.followup") / "templates" / f"{kind}.{language}.txt"
    return Template(file.read_text(encoding="utf-8"))
