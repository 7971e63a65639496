"""Notices by mail, to a real SMTP server: once, to the right person, at the right hour, and to nobody twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from tests.notices.office import (
    SENDER,
    Office,
    address,
    escalated,
    happened,
    in_days,
    member,
    nears,
    passed,
    people,
    running,
)
from uuid_utils.compat import uuid7

from casework.followup.domain.clock_events import AtInstant
from casework.shared.clocks.calendars import Interval
from casework.shared.people.directory import Directory
from casework.shared.people.members import Absence, Week, week_of
from casework.shared.runtime.database import begin
from casework.shared.runtime.logging import own_lines_to

NOW = datetime.now(UTC)


def quiet_for_now() -> Week:
    """Quiet from two hours ago until two hours from now, every day, in UTC."""
    minute = NOW.hour * 60 + NOW.minute
    return week_of([Interval((minute - 120) % 1440, (minute + 120) % 1440)])


def away(cover: str) -> tuple[Absence, ...]:
    return (Absence(first=date.min, last=date.max, cover=cover),)


async def test_a_notice_is_sent_once_however_often_it_is_put_down_and_however_many_send(office: Office) -> None:
    office.people = people(member("ann"))
    notices = nears("ann")
    assert [await office.put(notices) for _ in range(3)] == [1, 0, 0]
    async with office.sending(), office.sending(), office.sending():
        await office.until_settled()
        assert await office.put(notices) == 0
        await asyncio.sleep(0.2)
    (letter,) = office.post_office.taken
    assert (letter["To"], letter["From"], office.post_office.to) == (address("ann"), SENDER, [address("ann")])
    assert letter["Auto-Submitted"] == "auto-generated"
    assert str(notices[0].id) in letter["Message-ID"]
    assert (await office.states(), office.counted("sent")) == (["sent"], 1)


async def test_many_notices_each_go_out_once_by_two_senders(office: Office) -> None:
    office.people = people(member("ann"))
    cases = [uuid7() for _ in range(60)]
    await office.put([notice for case_id in cases for notice in nears("ann", since=happened(case_id))])
    async with office.sending(), office.sending():
        await office.until_settled()
    told = sorted(str(letter["Subject"]).rpartition("(case ")[2].rstrip(")") for letter in office.post_office.taken)
    assert told == sorted(map(str, cases))


async def test_the_letter_says_what_is_due_by_when_and_what_to_do(office: Office) -> None:
    office.people = people(member("ann", zone="Europe/London"), member("li", language="zh", zone="Asia/Shanghai"))
    case_id = uuid7()
    year = NOW.year + 1
    due = AtInstant(at=datetime(year, 3, 2, 16, 30, tzinfo=UTC))
    await office.put([*nears("ann", due, happened(case_id)), *nears("li", due, happened(case_id))])
    async with office.sending():
        await office.until_settled()
    english, chinese = sorted(office.post_office.taken, key=lambda letter: letter["To"])
    assert english["Subject"] == f"Due soon: Final response (case {case_id})"
    body = english.get_content()
    assert "before 16:30 on " in body
    assert f"2 March {year} (Europe/London)" in body
    assert "Send the final response in writing." in body
    assert "Next: open the case" in body
    assert chinese["Subject"] == f"即将到期：最终答复（案件 {case_id}）"
    body = chinese.get_content()
    assert f"{year}年3月3日" in body
    assert "00:30之前（Asia/Shanghai）" in body
    assert "以书面形式发出最终答复。" in body
    assert "下一步：请打开案件" in body


async def test_a_server_that_is_away_costs_nothing_and_gets_everything_when_it_is_back(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann"))
    await office.post_office.shut()
    async with office.sending():
        await asyncio.sleep(0.5)
        (row,) = await office.rows()
        assert (row["state"], row["attempts"]) == ("waiting", 0)
        await office.post_office.open()
        await office.until_settled()
    assert office.post_office.to == [address("ann")]


async def test_what_is_refused_for_good_is_recorded_and_the_duty_is_told(office: Office) -> None:
    office.people = people(member("ann"))
    office.post_office.rcpt = lambda to: "550 no such user" if to == address("ann") else None
    await office.put(passed("ann", "ann"))
    async with office.sending():
        rows = await office.until_settled()
        await asyncio.sleep(0.2)
    assert [(row["recipient"], row["state"], row["reason"]) for row in rows] == [
        ("holder:ann", "refused", "550"), ("role:duty", "sent", None),
    ]  # fmt: skip
    assert office.post_office.to == [address("duty")]
    assert (office.counted("refused"), office.counted("sent")) == (1, 1)


@pytest.mark.parametrize("at", ["rcpt", "data"])
async def test_not_now_is_tried_again_under_the_same_name(office: Office, at: str) -> None:
    office.people = people(member("ann"))
    busy = ["451 later", "451 later"]
    setattr(office.post_office, at, lambda _to: busy.pop() if busy else None)
    await office.put(nears("ann"))
    async with office.sending(first_pause=timedelta(milliseconds=50)):
        (row,) = await office.until_settled()
    assert (row["state"], row["attempts"], len(office.post_office.taken)) == ("sent", 3, 1)
    assert office.counted("again") == 2


async def test_a_letter_whose_answer_never_came_is_not_sent_again_and_is_shown(office: Office) -> None:
    office.people = people(member("ann"))
    office.post_office.gone_before_answer = True
    await office.put(nears("ann"))
    async with office.sending(first_pause=timedelta()):
        (row,) = await office.until_settled()
        office.post_office.gone_before_answer = False
        await asyncio.sleep(0.3)
    assert (row["state"], len(office.post_office.taken), office.counted("uncertain")) == ("uncertain", 1, 1)


async def test_the_cover_is_told_and_a_deleted_owner_leaves_it_to_the_duty(office: Office) -> None:
    office.people = people(member("ann", absences=away("li")), member("li"))
    await office.put([*nears("ann"), *nears("gone"), *nears("")])
    async with office.sending():
        await office.until_settled()
        assert sorted(office.post_office.to) == [address("duty"), address("duty"), address("li")]
        office.people = people(member("ann"))
        await office.put(nears("ann"))
        await office.until_settled()
    assert office.post_office.to[3:] == [address("ann")]


async def test_one_who_is_both_holder_and_owner_or_stands_in_for_both_is_told_once(office: Office) -> None:
    office.people = people()
    await office.put(passed("gone", "also-gone"))
    async with office.sending(), office.sending():
        rows = await office.until_settled()
    assert sorted(row["state"] for row in rows) == ["doubled", "sent"]
    assert office.post_office.to == [address("duty")]


async def test_an_escalation_goes_to_whoever_was_chosen_or_else_to_who_has_the_role(office: Office) -> None:
    office.people = people(member("ann", roles=("supervisor",)), member("li", roles=("supervisor",)), member("bo"))
    await office.put([*escalated("supervisor"), *escalated("supervisor", to="bo"), *escalated("manager")])
    async with office.sending():
        await office.until_settled()
    assert sorted(office.post_office.to) == [address("ann"), address("bo"), address("duty")]


async def test_quiet_hours_are_kept_except_by_an_urgent_alarm(office: Office) -> None:
    quiet = member("ann", quiet=quiet_for_now())
    office.people = people(quiet)
    await office.put([*nears("ann"), *escalated("supervisor", to="ann")])
    async with office.sending():
        rows = await office.until(lambda rows: all(row["next_at"] > NOW + timedelta(hours=1) for row in rows))
        await office.put(escalated("supervisor", to="ann", urgent=True))
        await office.until(lambda rows: any(row["state"] == "sent" for row in rows))
    assert len(office.post_office.taken) == 1
    for row in rows:
        assert row["state"] == "waiting"
        assert not quiet.quiet.holds(row["next_at"], "UTC")
        assert row["next_at"] <= NOW + timedelta(hours=2, minutes=1)


async def test_a_reminder_that_can_come_only_after_its_deadline_does_not_come(office: Office) -> None:
    office.people = people(member("ann", quiet=quiet_for_now()))
    await office.put(nears("ann", AtInstant(at=NOW + timedelta(hours=1))))
    async with office.sending():
        assert [row["state"] for row in await office.until_settled()] == ["too-late"]
    assert office.post_office.taken == []


async def test_what_could_not_go_out_for_weeks_tells_nobody_anything(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(escalated("x", to="ann", since=happened(at=NOW - timedelta(days=15))))
    async with office.sending():
        assert [row["state"] for row in await office.until_settled()] == ["too-late"]
    assert office.post_office.taken == []


async def test_without_a_channel_notices_stay_and_are_counted(office: Office) -> None:
    await office.put([*nears("ann"), *nears("li")])
    async with running(office.notifier(None)):
        await office.until(lambda rows: [row["reason"] for row in rows] == ["no-channel"] * 2)
        await asyncio.sleep(0.1)
    assert await office.states() == ["waiting", "waiting"]
    assert office.metrics.registry.get_sample_value("casework_notices_unsendable", {"service": "followup"}) == 2
    async with office.sending():
        await office.until_settled()
    assert len(office.post_office.taken) == 2


async def test_without_an_address_a_notice_waits_and_is_counted(office: Office) -> None:
    office.people = Directory(members={name: member(name, email=None) for name in ("ann", "duty")})
    await office.put(nears("ann"))
    async with office.sending():
        await office.until(lambda rows: rows[0]["reason"] == "no-address")
        await asyncio.sleep(0.1)
    assert office.metrics.registry.get_sample_value("casework_notices_unsendable", {"service": "followup"}) == 1


async def test_nothing_personal_reaches_the_log(office: Office) -> None:
    lines = StringIO()
    own_lines_to(lines, "DEBUG")
    office.people = people(member("ann"))
    office.post_office.rcpt = lambda to: f"550 <{to}> is unknown" if to == address("ann") else f"451 <{to}> is busy"
    await office.put(nears("ann"))
    async with office.sending():
        await office.until(lambda rows: any(row["recipient"] == "role:duty" and row["reason"] for row in rows))
    said = lines.getvalue()
    assert "notices.refused" in said
    assert '"code":"550"' in said
    assert "people.example" not in said
    assert "holder:" not in said


async def test_what_was_written_by_a_newer_release_stands_in_nobodys_way(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann"))
    async with begin(office.engine) as work:
        await work.execute('UPDATE notice SET notice = \'{"kind":"of tomorrow"}\'')
    await office.put(nears("ann"))
    async with office.sending():
        await office.until(lambda rows: sorted(row["state"] for row in rows) == ["sent", "waiting"])
    assert office.post_office.to == [address("ann")]


async def test_an_imported_case_tells_nobody(office: Office) -> None:
    notices = [*nears("ann", since=happened(imported=True)), *passed("ann", "li", since=happened(imported=True))]
    assert notices == []
    assert await office.put(notices) == 0


async def test_a_deadline_that_is_over_before_the_reminder_is_written_is_not_reminded_of(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann", in_days(-1)))
    async with office.sending():
        assert [row["state"] for row in await office.until_settled()] == ["too-late"]
