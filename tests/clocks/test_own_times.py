"""What has a time of its own, on the four services: evidence, call-backs, updates, quick settlement, measures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS

UK = """
calendar = "UK-ENG"
policies = ["uk.disp.summary", "uk.disp.summary.letter", "uk.disp.ack", "uk.disp.8w", "internal.finish"]
"""
PLATFORM = """
calendar = "CN"
policies = ["platform.ip", "internal.answer", "internal.finish"]
"""
UPDATES = """
calendar = "UK-ENG"
policies = ["internal.update", "internal.answer", "internal.finish"]
"""


AU = """
calendar = "AU-NSW"
policies = ["au.rg271.ack", "internal.answer", "internal.finish"]
"""


async def recorded(office: Office, case_id: str, service: str, *types: str) -> list[tuple[str, Mapping[str, Any]]]:
    """A service's events of these types, as (type, data), in order."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    wanted = {f"casework.{service}.{name}.v1": name for name in types}
    events = [each["event"] for each in answer.json()]
    return [(wanted[each["type"]], each["data"]) for each in events if each["type"] in wanted]


@pytest.mark.practice("P044")
async def test_evidence_that_is_late_brings_the_effect_that_was_announced_and_is_kept_all_the_same(
    open_office: Open,
) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        request = {
            "of": "third-party",
            "what": "Purchase invoices and a fabric test report.",
            "due_at": "2026-03-05T18:00:00+08:00",
            "effect": "decide-on-what-we-have",
            "channel": "email",
        }
        await office.desk.do(case_id, "investigation/evidence-requests", request)
        clock = await office.clock(case_id, "internal.evidence")
        assert (clock["phase"], clock["due_at"]) == ("running", "2026-03-05T10:00:00.000000Z")
        await office.wait_until("2026-03-05T17:59")
        assert not await recorded(office, case_id, "investigation", "evidence-request-lapsed")
        await office.wait_until("2026-03-05T18:01")
        ((_, lapsed),) = await recorded(office, case_id, "investigation", "evidence-request-lapsed")
        ((_, asked),) = await recorded(office, case_id, "investigation", "evidence-requested")
        assert (lapsed["effect"], lapsed["request_id"]) == ("decide-on-what-we-have", asked["request_id"])
        assert (lapsed["said_en"], lapsed["said_zh"]) == (asked["said_en"], asked["said_zh"])
        # Who holds the case is told, so that nothing is lost in silence.
        async with begin(office.stack.runtimes["followup"].engine) as work:
            told = await work.fetch("SELECT recipient FROM notice WHERE case_id = $1", UUID(case_id))
        assert {row["recipient"] for row in told} >= {"holder:handler-1"}
        given = {"request_id": asked["request_id"], "what": "Three invoices."}
        await office.desk.do(case_id, "investigation/evidence", given)
        ((_, received),) = await recorded(office, case_id, "investigation", "evidence-received")
        assert received["late"] is True


async def test_evidence_in_time_meets_the_clock_and_nothing_lapses(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        request = {
            "of": "complainant",
            "what": "The receipt.",
            "due_at": "2026-03-05T18:00:00+08:00",
            "effect": "treat-as-conceded",
            "channel": "phone",
        }
        await office.desk.do(case_id, "investigation/evidence-requests", request)
        await office.wait_until("2026-03-05T17:59")
        await office.desk.do(case_id, "investigation/evidence", {"what": "The receipt."})
        assert (await office.clock(case_id, "internal.evidence"))["phase"] == "met"
        await office.wait_until("2026-03-06T10:00")
        assert not await recorded(office, case_id, "investigation", "evidence-request-lapsed")


CALL_BACK = {
    "kind": "call-back",
    "words": "A specialist calls you by noon.",
    "due_at": "2026-03-03T12:00:00+00:00",
    "skill": "mortgages",
    "reach": "phone",
    "holder_by": "2026-03-03T11:00:00+00:00",
}


@pytest.mark.practice("P094")
async def test_a_call_back_that_nobody_with_the_skill_holds_in_time_climbs_and_can_still_be_kept(
    open_office: Open,
) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        await office.desk.do(case_id, "resolution/promises", CALL_BACK)
        refused = await office.desk.ask(case_id, "resolution/promise-holders", {"skills": ["cards"]})
        assert refused.json()["type"] == "/problems/skill-missing"
        await office.wait_until("2026-03-03T10:59")
        holder = await office.clock(case_id, "internal.call-back-holder")
        assert holder["phase"] == "running"
        await office.wait_until("2026-03-03T11:00")
        ((escalated),) = [
            each["data"]
            for each in await office.events(case_id, "case-escalated")
            if each["data"]["about"] == holder["clock"]
        ]
        assert (escalated["rung"], escalated["role"], escalated["reason"]) == (1, "supervisor", "deadline-missed")
        assert not await recorded(office, case_id, "resolution", "promise-broken")
        await office.desk.do(case_id, "resolution/call-attempts", {"result": "no-answer"})
        await office.desk.do(case_id, "resolution/kept-promises", {"proof": "Recording 0117."})
        assert (await office.clock(case_id, "internal.call-back"))["phase"] == "met"
        await office.wait_until("2026-03-03T13:00")
        assert not await recorded(office, case_id, "resolution", "promise-broken")


async def test_a_call_back_that_is_held_in_time_climbs_nowhere_and_breaks_if_nobody_calls(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        await office.desk.do(case_id, "resolution/promises", CALL_BACK)
        await office.wait_until("2026-03-03T10:30")
        await office.desk.do(case_id, "resolution/promise-holders", {"holder": "Aoife", "skills": ["mortgages"]})
        await office.wait_until("2026-03-03T11:59")
        assert (await office.clock(case_id, "internal.call-back-holder"))["phase"] == "met"
        assert not await recorded(office, case_id, "resolution", "promise-broken")
        await office.wait_until("2026-03-03T12:00")
        ((_, broken),) = await recorded(office, case_id, "resolution", "promise-broken")
        assert broken["kind"] == "call-back"
        late = {"promise_id": broken["promise_id"], "proof": "Recording 0118."}
        await office.desk.do(case_id, "resolution/kept-promises", late)
        ((_, kept),) = await recorded(office, case_id, "resolution", "promise-kept")
        assert kept["late"] is True


async def test_every_kind_of_promise_rides_a_clock_of_its_own(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        for kind in ("complainant-deadline", "cooling-period", "other"):
            promise = {"kind": kind, "words": "By Wednesday.", "due_at": "2026-03-04T17:00:00+00:00"}
            await office.desk.do(case_id, "resolution/promises", promise)
        for policy in ("internal.complainant-deadline", "internal.cooling-period", "internal.promise"):
            assert (await office.clock(case_id, policy))["due_at"] == "2026-03-04T17:00:00.000000Z"
        refused = await office.desk.ask(case_id, "resolution/kept-promises", {"proof": "Letter."})
        assert refused.json()["type"] == "/problems/say-which"
        await office.wait_until("2026-03-04T17:00")
        broken = await recorded(office, case_id, "resolution", "promise-broken")
        assert {data["kind"] for _, data in broken} == {"complainant-deadline", "cooling-period", "other"}


@pytest.mark.practice("P090")
async def test_only_an_update_that_arrived_meets_the_clock_and_starts_the_next(open_office: Open) -> None:
    async with open_office(institution=UPDATES, now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        first = await office.clock(case_id, "internal.update")
        assert first["due_at"] == "2026-03-17T00:00:00.000000Z"  # the end of 2026-03-16
        await office.wait_until("2026-03-13T10:00")
        update = {"channel": "email", "next_by": "2026-03-30T16:00:00+01:00"}
        await office.desk.do(case_id, "resolution/progress-updates", update)
        await office.desk.do(case_id, "resolution/progress-update-bounces", {"reason": "The mailbox is full."})
        assert (await office.clock(case_id, "internal.update"))["phase"] == "running"
        await office.desk.do(case_id, "resolution/progress-updates", update)
        await office.desk.do(case_id, "resolution/progress-update-deliveries", {"proof": "Read receipt."})
        phases = {each["clock"]: each["phase"] for each in await office.clocks(case_id, policy="internal.update")}
        assert phases.pop(first["clock"]) == "met"
        assert list(phases.values()) == ["running"]


@pytest.mark.practice("P084")
async def test_quick_settlement_counts_only_when_accepted_by_the_close(open_office: Open) -> None:
    async with open_office(institution=UK, now="2025-04-17", zone="Europe/London") as office:
        in_time, too_late = await office.desk.receive(), await office.desk.receive()
        said = {**STEPS["acknowledgement"], "statements": ["received", "being-dealt-with"]}
        for case_id in (in_time, too_late):
            await office.desk.do(case_id, "acknowledgement", said)
        accepted = {"channel": "phone", "proof": "Recording 0119."}
        await office.wait_until("2025-04-24T16:30")
        await office.desk.do(in_time, "resolution/quick-settlement", accepted)
        await office.wait_until("2025-04-24T17:30")
        await office.desk.do(too_late, "resolution/quick-settlement", accepted)
        assert await _phases(office, in_time) == {
            "uk.disp.8w": "withdrawn",
            "uk.disp.ack": "met",
            "uk.disp.summary": "met",
            "uk.disp.summary.letter": "running",
        }
        assert await _phases(office, too_late) == {
            "uk.disp.8w": "running",
            "uk.disp.ack": "met",
            "uk.disp.summary": "expired",
        }
        refused = await office.desk.ask(in_time, "resolution/summary-resolution", {"channel": "letter"})
        assert refused.json()["type"] == "/problems/statement-missing"
        assert "1.5.4R" in refused.json()["detail"]
        summary = {
            "channel": "letter",
            "statements": ["taken-as-resolved", "ombudsman", "waiver", "ombudsman-website"],
        }
        await office.desk.do(in_time, "resolution/summary-resolution", summary)
        assert (await office.clock(in_time, "uk.disp.summary.letter"))["phase"] == "met"
        nothing = await office.desk.ask(too_late, "resolution/summary-resolution", summary)
        assert nothing.json()["type"] == "/problems/nothing-settled-quickly"


async def _phases(office: Office, case_id: str) -> dict[str, str]:
    clocks = await office.clocks(case_id, kind="regulator")
    return {each["policy"]: each["phase"] for each in clocks}


MEASURE = {
    "party": "Shop 88",
    "what": "The link of the article is taken down.",
    "reason": "The owner of the trade mark has shown its registration.",
    "sanction": "Six points, and the link stays down.",
    "notified_by": "web",
}


@pytest.mark.practice("P096")
async def test_silence_about_a_measure_leads_to_the_sanction_after_the_last_day(open_office: Open) -> None:
    async with open_office(institution=PLATFORM, now="2026-02-12", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        await office.desk.do(case_id, "resolution/measures", MEASURE)
        due_at = (await office.clock(case_id, "platform.ip"))["due_at"]
        assert due_at == "2026-02-24T16:00:00.000000Z"  # the end of 2026-02-24 in China
        await office.wait_until("2026-02-24T23:59")
        assert not await recorded(office, case_id, "resolution", "sanction-imposed")
        await office.wait_until("2026-02-25T00:01")
        ((_, sanction),) = await recorded(office, case_id, "resolution", "sanction-imposed")
        assert (sanction["cause"], sanction["sanction"]) == ("silence", MEASURE["sanction"])


@pytest.mark.practice("P096")
async def test_an_appeal_that_succeeds_restores_at_once(open_office: Open) -> None:
    async with open_office(institution=PLATFORM, now="2026-02-12", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        await office.desk.do(case_id, "resolution/measures", MEASURE)
        await office.wait_until("2026-02-14")
        await office.desk.do(case_id, "resolution/appeals", {"grounds": "We hold a licence."})
        decided = {"succeeded": True, "reason": "The licence is good."}
        await office.desk.do(case_id, "resolution/appeal-decisions", decided)
        ((_, lifted),) = await recorded(office, case_id, "resolution", "measure-lifted")
        assert lifted["cause"] == "appeal-succeeded"
        await office.wait_until("2026-02-26")
        assert not await recorded(office, case_id, "resolution", "sanction-imposed")


@pytest.mark.practice("P020")
async def test_an_acknowledgement_under_disp_names_the_time_limit(open_office: Open) -> None:
    async with open_office(institution=UK, now="2026-06-01", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        without = {**STEPS["acknowledgement"], "statements": ["received", "being-dealt-with"]}
        refused = await office.desk.ask(case_id, "acknowledgement", without)
        assert refused.status_code == 409
        assert "1.6.1R" in refused.json()["detail"]
        said = {**without, "statements": ["received", "being-dealt-with", "time-limit"]}
        await office.desk.do(case_id, "acknowledgement", said)
        assert (await office.clock(case_id, "uk.disp.ack"))["phase"] == "met"


@pytest.mark.practice("P020")
async def test_acknowledging_in_sydney_has_its_own_clock_over_easter(open_office: Open) -> None:
    async with open_office(institution=AU, now="2026-04-02", zone="Australia/Sydney") as office:
        case_id = await office.desk.receive()
        acknowledge, answer = (
            await office.clock(case_id, "au.rg271.ack"),
            await office.clock(case_id, "internal.answer"),
        )
        assert acknowledge["due_at"] == _end_of(office, "2026-04-07")
        assert acknowledge["due_at"] != answer["due_at"]
        await office.desk.do(case_id, "acknowledgement")
        assert (await office.clock(case_id, "au.rg271.ack"))["phase"] == "met"
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"


def _end_of(office: Office, day: str) -> str:
    """The midnight that ends a day of the office's zone, as the API writes it."""
    return (office.time.at(f"{day}T00:00") + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
