"""A case as it stood at a moment, for auditors: over HTTP and at the command line, whatever came afterwards."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.clocks.office import Office, office_on
from tests.clocks.rules import of_length, rules, that_pauses

from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.lengths import Length
from casework.shared.testing.desk import STEPS
from casework.shared.testing.parts import PostgresServer

ZONE = "Europe/London"


async def replay_at(office: Office, case_id: str, at: str, *, status: int = 200) -> Any:
    """What the auditor's key gets."""
    async with office.stack.client(await office.stack.key("audit:read", actor="auditor-1")) as auditor:
        answer = await auditor.get(f"/v1/cases/{case_id}/replay", params={"at": at})
    assert answer.status_code == status, answer.text
    return answer.json()


async def at_the_command_line(url: str, case_id: str, at: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", "audit", "replay", case_id),
        *("--at", at, "--database", url, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


@pytest.mark.practice("P163")
async def test_between_pause_and_resumption_the_clock_stands_with_six_days_left_under_policy_v1(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    policy = that_pauses(
        of_length("internal.answer", Length(10, "working-day"), version=1), "supplier", Length(60, "calendar-day")
    )
    newer = that_pauses(
        of_length("internal.answer", Length(3, "working-day"), version=2), "supplier", Length(1, "calendar-day")
    )
    async with postgres_server.database("office") as url:
        async with office_on(url, tmp_path, rules=_with(policy), now="2026-03-02", zone=ZONE) as office:
            case_id = await office.desk.receive()
            clock = (await office.clock(case_id, "internal.answer"))["clock"]
            assert (await office.clock(case_id, "internal.answer"))["policy_version"] == 1
            await office.wait_until("2026-03-06")
            paused = await office.desk.post(f"/v1/cases/{case_id}/clocks/{clock}/pause", {"cause": "supplier"})
            assert paused.status_code == 200, paused.text
            await office.stack.settle()
        async with office_on(url, tmp_path, rules=_with(policy, newer), now="2026-03-30", zone=ZONE) as office:
            resumed = await office.desk.post(f"/v1/cases/{case_id}/clocks/{clock}/resumption", {})
            assert resumed.status_code == 200, resumed.text
            await office.stack.settle()
            await office.desk.do(case_id, "acknowledgement")
            for step in ("assessment", "investigation-offer", "investigation/acceptance"):
                await office.desk.do(case_id, step)

            at = "2026-03-18T12:00:00Z"
            found = await replay_at(office, case_id, at)
            assert found == await at_the_command_line(url, case_id, at)
            (standing,) = [each for each in found["clocks"] if each["clock"] == clock]
            assert (standing["phase"], standing["paused"]["left"]) == ("paused", {"number": 6, "unit": "working-day"})
            assert (standing["policy"], standing["policy_version"]) == ("internal.answer", 1)
            assert standing["paused"]["cause"] == "supplier"
            assert standing["paused"]["since"]["at"][:10] == "2026-03-06"
            assert "due" not in standing
            assert standing["calendar"] == "UK-ENG"
            assert standing["calendar_version"]
            assert {"kind": "policy", "id": "internal.answer", "version": 1, "since": found["timeline"][0]["time"]} in (
                found["policies"]
            )
            assert {"kind": "calendar", "id": "UK-ENG", "version": standing["calendar_version"]}.items() <= next(
                each for each in found["policies"] if each["kind"] == "calendar"
            ).items()
            assert (found["owner"], found["holder"]) == ("complaints-desk", "complaints-desk")
            assert found["status"]["stage"] == "received"
            assert found["states"]["intake"]["status"] == "received"
            assert found["states"]["investigation"] is None
            assert all(event["time"] <= at for event in found["timeline"])

            # On the day of the receipt it ran, and today it runs again, to its new end, for whoever holds the case now.
            first = await replay_at(office, case_id, "2026-03-03T00:00:00Z")
            (running,) = [each for each in first["clocks"] if each["clock"] == clock]
            assert (running["phase"], running["due"]["day"]) == ("running", "2026-03-16")
            last = await replay_at(office, case_id, "2026-03-30T09:00:00Z")
            (again,) = [each for each in last["clocks"] if each["clock"] == clock]
            assert (again["phase"], again["due"]["day"], again["policy_version"]) == ("running", "2026-04-09", 1)
            shown = await office.desk.show(case_id)
            # Which language was asked for, and where a new contact is logged, is not of the past.
            del shown["state"], shown["caller"]["log_contact"]
            assert last["status"] == shown
            assert last["holder"] != "complaints-desk"

            for wrong in ("yesterday", "2026-03-18T12:00:00", "9999-12-31T00:00:00Z", "2026-03-30T09:00:01Z"):
                refused = await replay_at(office, case_id, wrong, status=422)
                assert refused["errors"][0]["pointer"] == "/at"
            await replay_at(office, str(uuid4()), at, status=404)
            await replay_at(office, case_id, "2026-03-02T09:59:59Z", status=404)


@pytest.mark.practice("P162")
async def test_one_query_says_what_was_known_when_and_what_was_done_and_nothing_later(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with (
        postgres_server.database("office") as url,
        office_on(url, tmp_path, now="2026-03-02T09:00", zone="UTC") as office,
    ):
        case_id = await office.desk.receive()
        for day, step in (
            ("2026-03-03T09:00", "acknowledgement"),
            ("2026-03-03T10:00", "assessment"),
            ("2026-03-04T09:00", "investigation-offer"),
            ("2026-03-04T10:00", "investigation/acceptance"),
            ("2026-03-05T11:00", "investigation/findings"),
            ("2026-03-05T12:00:01", "investigation/findings"),
            ("2026-03-06T09:00", "investigation/conclusion"),
        ):
            await office.wait_until(day)
            await office.desk.do(case_id, step)
        at = "2026-03-05T12:00:00Z"
        found = await replay_at(office, case_id, at)
        assert found == await at_the_command_line(url, case_id, at)
        known = [(each["what"], each["known_at"][:16]) for each in found["known"]]
        assert ("complaint received", "2026-03-02T09:00") in known
        assert [each for each in known if each[0] == "finding recorded"] == [("finding recorded", "2026-03-05T11:00")]
        assert next(each for each in found["known"] if each["what"] == "finding recorded")["data"]["finding"]
        done = [(each["what"], each["done_at"][:16], each["by_kind"]) for each in found["done"]]
        for wanted in (
            ("complaint acknowledged", "2026-03-03T09:00", "person"),
            ("complaint assessed", "2026-03-03T10:00", "person"),
            ("hand off offered", "2026-03-04T09:00", "person"),
            ("hand off accepted", "2026-03-04T10:00", "person"),
        ):
            assert wanted in done
        assert "investigation concluded" not in {each[0] for each in done}
        moments = [each[name] for group, name in (("known", "known_at"), ("done", "done_at")) for each in found[group]]
        assert max(moments) <= at
        # One second later one more is known, and with its own time; what had been known before is the same.
        later = await replay_at(office, case_id, "2026-03-05T12:00:01Z")
        assert later["known"][:-1] == found["known"]
        assert later["known"][-1]["known_at"] == "2026-03-05T12:00:01.000000Z"


@pytest.mark.practice("P162")
async def test_what_is_told_later_of_an_earlier_time_was_not_known_before_it_was_told(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with (
        postgres_server.database("office") as url,
        office_on(url, tmp_path, now="2026-03-02T09:00", zone="UTC") as office,
    ):
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-09T09:00")
        path = f"/v1/cases/{case_id}/acknowledgement?occurred_at=2026-03-03T08:00:00Z"
        answer = await office.desk.post(path, STEPS["acknowledgement"])
        assert answer.status_code == 200, answer.text
        before = await replay_at(office, case_id, "2026-03-09T08:59:59Z")
        assert "complaint acknowledged" not in {each["what"] for each in before["done"]}
        (told,) = [
            each
            for each in (await replay_at(office, case_id, "2026-03-09T09:00:00Z"))["done"]
            if each["what"] == "complaint acknowledged"
        ]
        assert (told["done_at"], told["happened_at"]) == (
            "2026-03-09T09:00:00.000000Z",
            "2026-03-03T08:00:00.000000Z",
        )


def _with(*policies: DeadlinePolicy) -> Rulebook:
    """The institution's rules with these versions of a policy in place of those that ship."""
    found = rules()
    named = {policy.id for policy in policies}
    return replace(found, policies=(*(each for each in found.policies if each.id not in named), *policies))
