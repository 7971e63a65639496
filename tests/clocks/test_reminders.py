"""Reminders go out in working time, before what they remind of, and to nobody about what was imported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.notices.office import SENDER, running
from tests.notices.post_office import PostOffice

from casework.followup.mail import Mail
from casework.followup.notifier import Notifier
from casework.shared.runtime.database import begin
from casework.shared.runtime.mail_server import parse_smtp_url
from casework.shared.runtime.people import People

INSTITUTION = """
calendar = "UK-ENG"
folders = ["own"]
policies = ["internal.answer", "internal.finish", "internal.ten-days"]
"""
FILES = {
    "deadlines/own.toml": """
[[deadline]]
id = "internal.ten-days"
version = 1
kind = "internal"
regime = "internal"
purpose = "first-contact"
applies_to = "ten-days"
party = "organisation"
title = { en = "Own level: ten days", zh = "内部标准:10日" }
starts = "receipt"
length = { number = 10, unit = "calendar-day" }
armed_by = ["complaint-received"]
met_by = ["complaint-acknowledged"]
warn_at = [70]
duty = { en = "Speak with the complainant.", zh = "与投诉人沟通。" }
"""
}
PEOPLE = """
duty = "complaints-desk"

[[member]]
id = "complaints-desk"
email = "desk@example.org"
zone = "Europe/London"
"""
WAIT_S = 20.0


@asynccontextmanager
async def _mail(office: Office, folder: Path) -> AsyncIterator[PostOffice]:
    """Followup's notifier sends while the block runs, in the office's time."""
    (folder / "people.toml").write_text(PEOPLE)
    followup, letters = office.stack.runtimes["followup"], PostOffice()
    await letters.open()
    mail = Mail(parse_smtp_url(letters.url), SENDER)
    people = People(folder / "people.toml")
    try:
        async with running(Notifier(followup.engine, people.directory, mail, followup.metrics, every_s=0.02)):
            yield letters
    finally:
        await letters.shut()


async def _nothing_due(office: Office) -> None:
    """Until the notifier has looked at everything that is due now."""
    async with asyncio.timeout(WAIT_S):
        while True:
            async with begin(office.stack.runtimes["followup"].engine) as work:
                due = await work.fetch_value(
                    "SELECT count(*) FROM notice WHERE state = 'claimed' OR (state = 'waiting' AND next_at <= $1)",
                    office.time.now,
                )
            if not due:
                return
            await asyncio.sleep(0.02)


@pytest.mark.practice("P118")
async def test_a_warning_of_a_sunday_is_sent_by_friday(open_office: Open, tmp_path: Path) -> None:
    async with (
        open_office(institution=INSTITUTION, files=FILES, now="2026-02-22T10:00", zone="Europe/London") as office,
        _mail(office, tmp_path) as letters,
    ):
        case_id = await office.desk.receive()
        clock = await office.clock(case_id, "internal.ten-days")
        assert clock["due_at"] == "2026-03-05T00:00:00.000000Z"
        (armed,) = [
            each["data"]
            for each in await office.events(case_id, "clock-armed")
            if each["data"]["policy"]["id"] == "internal.ten-days"
        ]
        assert armed["warnings"][0]["at"] == "2026-03-01T00:00:00.000000Z", "the seventh of ten days is a Sunday"
        await office.wait_until("2026-02-27T08:59")
        await _nothing_due(office)
        assert not letters.taken
        await office.wait_until("2026-02-27T09:00")
        await _nothing_due(office)
        (letter,) = letters.taken
        assert letter["to"] == "desk@example.org"
        assert case_id in letter.as_string()
        (warned,) = await office.events(case_id, "clock-warned")
        assert warned["time"] == "2026-02-27T09:00:00.000000Z"


async def test_nobody_is_woken(open_office: Open, tmp_path: Path) -> None:
    """The deadline passes at midnight; who has the case is told in the morning."""
    async with (
        open_office(institution=INSTITUTION, files=FILES, now="2026-02-24T10:00", zone="Europe/London") as office,
        _mail(office, tmp_path) as letters,
    ):
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-07T00:00")
        await _nothing_due(office)
        assert await office.events(case_id, "clock-expired")
        told = len(letters.taken)
        await office.wait_until("2026-03-07T07:59")
        await _nothing_due(office)
        assert len(letters.taken) == told
        await office.wait_until("2026-03-07T08:01")
        await _nothing_due(office)
        assert len(letters.taken) > told


async def test_an_imported_case_tells_nobody(open_office: Open, tmp_path: Path) -> None:
    async with (
        open_office(institution=INSTITUTION, files=FILES, now="2026-03-20T10:00", zone="Europe/London") as office,
        _mail(office, tmp_path) as letters,
    ):
        case_id = await office.desk.receive(received_at="2026-01-05T10:00:00Z")
        office.time.now += timedelta(days=1)
        await office.timer.fire_due()
        await _nothing_due(office)
        assert await office.events(case_id, "clock-expired")
        assert not letters.taken
        assert not await office.events(case_id, "case-escalated")
