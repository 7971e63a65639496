"""What a case asks care for, on the four services: flags, a time that the complainant set, threats, incident mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.test_assessment import file_of, opened, recorded, refused

from casework.shared.runtime.database import begin

OWN = """
calendar = "{calendar}"
policies = ["internal.answer", "internal.finish", "internal.complainant-deadline", "internal.evidence"]
folders = ["own"]
"""
CN = OWN.replace('folders = ["own"]\n', "").format(calendar="CN")
CALENDAR_2010 = """
name = "CN-2010"
version = "2010"
zone = "Asia/Shanghai"
source = "For this test: the working days of 2010 without holidays."
first = 2010-01-01
last = 2010-12-31
weekly_off = ["saturday", "sunday"]
days_off = []
days_open = []
[hours]
default = ["09:00-17:00"]
"""


async def told(office: Office) -> list[tuple[str, str]]:
    """Who is told of what, in the order of the outbox: kind of notice, and recipient."""
    async with begin(office.stack.runtimes["followup"].engine) as work:
        rows = await work.fetch("SELECT notice, recipient FROM notice ORDER BY next_at")
    return [(orjson.loads(row["notice"])["kind"], row["recipient"]) for row in rows]


async def types(office: Office, case_id: str, *services: str) -> Sequence[str]:
    """Everything these services recorded of a case."""
    return [f"{service}.{each}" for service in services for each in await office.desk.types(case_id, service)]


@pytest.mark.practice("P033")
async def test_a_flag_is_read_on_record_and_gone_after_its_day_while_the_history_shows_it(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        flag = {
            "flag": "health",
            "purpose": "Answer in large print. 以大字答复。",
            "source": "Said by the complainant on the phone.",
            "until": "2026-09-02",
        }
        await office.desk.do(case_id, "intake/flags", flag)
        await office.go_to("2026-09-02T23:59")
        (found,) = (await opened(office, case_id, "flags")).values()
        assert {name: found[name] for name in flag} == flag
        assert (await office.desk.types(case_id, "intake"))[-1] == "file-opened.v1"
        (reading,) = await recorded(office, case_id, "intake", "file-opened")
        assert reading == {"part": "flags", "purpose": "Prepare the next contact."}
        # Nobody who reads the free file or the events sees what it says.
        answers = [await office.desk.http.get(f"/v1/cases/{case_id}/{each}") for each in ("files/intake", "events")]
        assert all("health" not in answer.text and "large print" not in answer.text for answer in answers)
        await office.go_to("2026-09-03T10:00")
        assert await opened(office, case_id, "flags") == {}
        (was,) = (await opened(office, case_id, "flag-history")).values()
        assert (was["flag"], was["until"]) == ("health", "2026-09-02")
        assert await refused(office, case_id, "intake/lifted-flags", {"reason": "No longer needed."}) == "nothing-open"


async def test_a_flag_is_taken_off_before_its_day_and_is_not_kept_for_good(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        flag = {"flag": "safety", "purpose": "Two people visit.", "source": "The beat officer."}
        assert await refused(office, case_id, "intake/flags", flag | {"until": "2026-03-01"}) == "flag-would-be-over"
        assert await refused(office, case_id, "intake/flags", flag | {"until": "9999-12-31"}) == "flag-too-long"
        await office.desk.do(case_id, "intake/flags", flag | {"until": "2026-03-02"})
        await office.desk.do(case_id, "intake/lifted-flags", {"reason": "The purpose is served."})
        assert await opened(office, case_id, "flags") == {}
        (was,) = (await opened(office, case_id, "flag-history")).values()
        assert was["reason"] == "The purpose is served."


async def test_a_time_that_the_complainant_set_warns_and_changes_no_right(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        said = {
            "words": "两千，或者三千三全退，五点之前。 2,000, or all 3,300, by five o'clock.",
            "said_at": "2026-03-02T09:58:00+08:00",
            "due_at": "2026-03-02T17:00:00+08:00",
        }
        await office.desk.do(case_id, "intake/their-deadlines", said)
        clock = await office.clock(case_id, "internal.complainant-deadline")
        assert (office.local(clock["due_at"]), clock["binding"]) == ("2026-03-02T17:00", False)
        assert "binding" not in await office.clock(case_id, "internal.answer")
        others = await types(office, case_id, "intake", "investigation", "resolution")
        await office.wait_until("2026-03-02T16:59")
        assert not await office.events(case_id, "clock-expired")
        await office.wait_until("2026-03-02T17:01")
        (warning,) = await office.events(case_id, "clock-expired")
        assert warning["data"]["policy"] == {"id": "internal.complainant-deadline", "version": 2}
        assert ("deadline-passed", "holder:complaints-desk") in await told(office)
        # That is all: nobody missed anything, nothing climbs, and no other service records anything.
        await office.wait_until("2026-03-03T10:00")
        assert not await office.events(case_id, "case-escalated")
        assert await types(office, case_id, "intake", "investigation", "resolution") == others
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"


async def test_word_by_their_time_meets_it(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        said = {"words": "By five.", "said_at": "2026-03-02T09:58:00+08:00", "within_minutes": 422}
        early = said | {"said_at": "2026-03-02T10:01:00+08:00"}
        assert await refused(office, case_id, "intake/their-deadlines", early) == "said-in-the-future"
        both = said | {"due_at": "2026-03-02T17:00:00+08:00"}
        assert (await office.desk.ask(case_id, "intake/their-deadlines", both)).status_code == 422
        before = {"words": "Now.", "said_at": "2026-03-02T09:58:00+08:00", "due_at": "2026-03-02T09:58:00+08:00"}
        assert await refused(office, case_id, "intake/their-deadlines", before) == "due-before-said"
        await office.desk.do(case_id, "intake/their-deadlines", said)
        await office.desk.do(case_id, "intake/their-deadlines-answered", {"channel": "phone"})
        assert (await office.clock(case_id, "internal.complainant-deadline"))["phase"] == "met"
        (alert,) = (await file_of(office, case_id))["alerts"]["their_deadlines"].values()
        assert (alert["channel"], alert["words"]) == ("phone", {"sealed": True})


@pytest.mark.practice("P032")
async def test_a_threat_stands_on_top_word_for_word_and_the_duty_is_told(open_office: Open) -> None:
    files = {"calendars/cn-2010.toml": CALENDAR_2010}
    institution = OWN.format(calendar="CN-2010")
    now, zone = "2010-03-24T20:00", "Asia/Shanghai"
    async with open_office(institution=institution, files=files, now=now, zone=zone) as office:
        case_id = await office.desk.receive()
        words = "给你们20分钟，不然我就投诉到省里。 20 minutes, or I complain to the province."
        threat = {"words": words, "said_at": "2010-03-24T20:00:00+08:00", "within_minutes": 20, "threat": True}
        await office.desk.do(case_id, "intake/their-deadlines", threat)
        clock = await office.clock(case_id, "internal.complainant-deadline")
        assert office.time.at("2010-03-24T20:20:00+08:00").isoformat() == clock["due_at"].replace(".000000Z", "+00:00")
        assert clock["binding"] is False
        (alert,) = await office.events(case_id, "case-escalated")
        assert (alert["data"]["role"], alert["data"]["reason"]) == ("duty-supervisor", "threat")
        assert (alert["data"]["urgent"], office.local(alert["time"])) == (True, "2010-03-24T20:00")
        assert ("case-escalated", "role:duty-supervisor") in await told(office)
        shown = await file_of(office, case_id)
        assert next(iter(shown)) == "alerts"  # on top
        (free,) = shown["alerts"]["their_deadlines"].values()
        assert (free["threat"], free["binding"], free["words"]) == (True, False, {"sealed": True})
        (found,) = (await opened(office, case_id, "alert-words"))["their_deadlines"].values()
        assert (found["words"], office.local(found["said_at"])) == (words, "2010-03-24T20:00")
        # A time without a threat tells nobody beforehand.
        calm = await office.desk.receive()
        await office.desk.do(calm, "intake/their-deadlines", threat | {"threat": False})
        assert not await office.events(calm, "case-escalated")


INCIDENT = {
    "what": "十二人堵在门口。 Twelve people block the gate.",
    "people": 12,
    "safety_lead": "Tomasz Nowak",
    "spokesperson": "Mei Chen",
    "legal_route": "Aoife Byrne",
}


async def arrived(office: Office, case_id: str) -> str:
    """Something arrives on a request for evidence. Returns the request's id."""
    request: Mapping[str, Any] = {
        "of": "third-party",
        "what": "Photographs of the gate.",
        "due_at": "2026-03-05T18:00:00+08:00",
        "effect": "decide-on-what-we-have",
        "channel": "email",
    }
    await office.desk.do(case_id, "investigation/evidence-requests", request)
    await office.desk.do(case_id, "investigation/evidence", {"what": "Nine photographs."})
    (asked,) = await recorded(office, case_id, "investigation", "evidence-requested")
    return str(asked["request_id"])


@pytest.mark.practice("P035")
async def test_incident_mode_asks_the_top_rung_at_once_and_holds_all_evidence(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T09:30", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        disposal = {"request_id": await arrived(office, case_id), "rule": "Photographs: 30 days after the answer."}
        await office.go_to("2026-03-02T10:00")
        await office.desk.do(case_id, "intake/incident-mode", INCIDENT)
        (offer,) = await office.events(case_id, "case-escalated")
        assert (offer["data"]["role"], offer["data"]["rung"], offer["data"]["urgent"]) == ("duty-owner", 3, True)
        assert (offer["data"]["reason"], office.local(offer["time"])) == ("incident", "2026-03-02T10:00")
        assert ("case-escalated", "role:duty-owner") in await told(office)
        await office.desk.do(case_id, f"escalations/{offer['data']['about']}/acceptance", {})
        shown = (await file_of(office, case_id))["alerts"]["incident"]
        assert (shown["first"], shown["people"], shown["safety_lead"]) == ("negotiate", 12, "Tomasz Nowak")
        assert (shown["spokesperson"], shown["legal_route"]) == ("Mei Chen", "Aoife Byrne")
        assert (shown["what"], shown["evidence_held"]) == ({"sealed": True}, True)
        assert await refused(office, case_id, "investigation/disposals", disposal) == "evidence-is-held"
        unknown = disposal | {"request_id": case_id}
        assert await refused(office, case_id, "investigation/disposals", unknown) == "evidence-is-held"
        assert await refused(office, case_id, "intake/incident-mode", INCIDENT) == "already-in-incident-mode"
        await office.desk.do(case_id, "intake/incident-mode-end", {"reason": "Everybody went home."})
        assert await refused(office, case_id, "investigation/disposals", unknown) == "no-such-evidence"
        await office.desk.do(case_id, "investigation/disposals", disposal)
        assert await refused(office, case_id, "investigation/disposals", disposal) == "no-such-evidence"


async def test_evidence_is_held_also_where_the_incident_came_before_the_inquiry(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        over = {"reason": "Nothing there."}
        assert await refused(office, case_id, "intake/incident-mode-end", over) == "not-in-incident-mode"
        await office.desk.do(case_id, "intake/incident-mode", INCIDENT)
        await office.desk.walk(case_id, "investigation/acceptance")
        disposal = {"request_id": await arrived(office, case_id), "rule": "Photographs: 30 days after the answer."}
        assert await refused(office, case_id, "investigation/disposals", disposal) == "evidence-is-held"
