"""Touching a case moves none of its deadlines, and no deadline lies in a time that nobody can mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from services.followup.tests.clock_cases import internal
from tests.clocks.bulk import institution
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock import CLOCK, Clock, firings
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import ClockArmed
from casework.shared.contracts.lengths import Length
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import complaint
from casework.shared.testing.given import given

DAYS = 12
INVENTED = "9999-12-31 00:00:00+00"


async def dues(office: Office, case_id: str) -> Mapping[str, tuple[str, str]]:
    """Start and due time of every clock of a case."""
    return {each["clock"]: (each["started_at"], each["due_at"]) for each in await office.clocks(case_id)}


async def policies(office: Office, case_id: str) -> Mapping[str, str]:
    """Of each clock of a case, what it counts."""
    return {each["clock"]: each["policy"] for each in await office.clocks(case_id)}


@pytest.mark.practice("P182")
async def test_what_is_added_to_a_case_every_day_moves_no_deadline_and_no_escalation(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        body = dict(complaint(source_reference="told again and again"))
        case_id = await office.desk.receive(**body)
        await office.wait_until("2026-03-04T12:00")
        climbing = await dues(office, case_id)
        rungs = await office.clocks(case_id, purpose="escalation", phase="running")
        assert len(rungs) == 1
        at = office.time.now
        for number in range(DAYS):
            # Hours apart, so that the rung that runs is touched as well.
            at += timedelta(minutes=10) if number < DAYS // 2 else timedelta(days=1)
            await office.wait_until(at.isoformat())
            answer = await office.desk.post(
                "/v1/complaints", body | {"facts": [{"name": "note", "value": f"number {number}"}]}
            )
            assert answer.status_code == 200, answer.text
            await office.stack.settle()
            now = await dues(office, case_id)
            assert {clock: now[clock] for clock in climbing} == climbing
        assert len([each for each in await office.desk.types(case_id, "intake") if each == "facts-added.v1"]) == DAYS
        assert {name for clock, name in (await policies(office, case_id)).items() if clock not in climbing} <= {
            "internal.missed.rung-2"
        }, "nothing was armed anew but the next rung, in its time"
        await office.wait_until("2026-04-01")
        answered = await office.clock(case_id, "internal.answer")
        assert (answered["phase"], answered["clock"] in climbing) == ("expired", True)


@pytest.mark.practice("P186")
async def test_no_deadline_column_takes_a_date_that_nobody_can_mean(open_office: Open) -> None:
    async with open_office(now="2026-03-02") as office:
        await office.desk.receive()
        async with begin(office.stack.admin) as work:
            columns = await work.fetch(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'followup'"
                " AND data_type LIKE 'timestamp%' AND column_name ~ '(due|fires|expires|deadline|until)'"
                # How long a webhook's old secret is good is ours to say, and nobody's deadline.
                " AND table_name <> 'webhook_secret'"
            )
        found = {(row["table_name"], row["column_name"]) for row in columns}
        assert found >= {("clock", "due_at"), ("clock", "fires_at"), ("case_status", "due_at")}
        for table, column in sorted(found):
            with pytest.raises(asyncpg.CheckViolationError):
                async with begin(office.stack.admin) as work:
                    await work.execute(f"UPDATE followup.{table} SET {column} = '{INVENTED}'")


@pytest.mark.practice("P186")
async def test_a_pause_that_leads_beyond_ten_years_is_refused_before_it_is_written(
    open_office: Open, tmp_path: Path
) -> None:
    text = institution(tmp_path, "internal.slow").read_text()
    file = tmp_path / "own" / "deadlines" / "own.toml"
    file.write_text(
        file.read_text()
        .replace('"internal.own-level"', '"internal.slow"')
        .replace('number = 1, unit = "elapsed-minute"', 'number = 3, unit = "year"')
        + """
[[deadline.pauses]]
cause = "court"
title = { en = "A court is asked.", zh = "法院审理中。" }
cap = { number = 8, unit = "year" }
proof = true
""",
        encoding="utf-8",
    )
    async with open_office(institution=text, now="2026-03-02") as office:
        case_id = await office.desk.receive()
        clock = await office.clock(case_id, "internal.slow")
        path = f"/v1/cases/{case_id}/clocks/{clock['clock']}/pause"
        asked: dict[str, Any] = {"cause": "court", "proof": "file 7"}
        refused = await office.desk.post(path, asked)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-far-ahead")
        assert await office.clock(case_id, "internal.slow") == clock
        taken = await office.desk.post(path, asked | {"length": {"number": 6, "unit": "year"}})
        assert taken.status_code == 200, taken.text


def test_a_time_given_beyond_ten_years_is_recorded_as_given_and_nothing_is_due() -> None:
    ask = internal(Length(10, "working-day"), "UK-ENG")
    policy = replace(ask.policy, length=None, due_given=True, pauses=(), extensions=(), warn_at=(50,))
    ask = replace(ask, policy=policy)
    for given_, due in (("2036-03-01", True), ("2036-03-03", False), ("9999-12-31", False)):
        arm = replace(ask.arm("2026-03-02"), due_at=ask.instant(given_))
        (armed,) = CLOCK.decide(arm, Clock())
        assert isinstance(armed, ClockArmed)
        assert armed.given == ask.instant(given_)
        assert ((armed.due is not None), ("given-too-far" in armed.flags)) == (due, not due)
        assert recomputed_due([armed], policy, ask.calendars) == armed.due
        assert bool(firings(CLOCK.fold((armed,)))) == due
    given(CLOCK, armed).when(ask.pause("2026-03-05", "supplier")).refused(errors.ClockWithoutDate)
