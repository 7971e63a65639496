"""The assessment on the four services: the matrix, cooling, what is done at once, contained before answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

BANK = """
calendar = "CN"
policies = ["cn.bank.15", "internal.answer", "internal.finish", "internal.cooling-period", "internal.immediate-action"]
"""


async def recorded(office: Office, case_id: str, service: str, name: str) -> list[Mapping[str, Any]]:
    """The data of a service's events of one type, in order."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    wanted = f"casework.{service}.{name}.v1"
    return [each["event"]["data"] for each in answer.json() if each["event"]["type"] == wanted]


async def file_of(office: Office, case_id: str, service: str = "intake") -> Mapping[str, Any]:
    """What is free of a service's case file."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/{service}")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]
    return found


async def opened(office: Office, case_id: str, part: str) -> Mapping[str, Any]:
    """A restricted part of intake's file."""
    body = {"part": part, "purpose": "Prepare the next contact."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", body)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]
    return found


def assessment(**fields: object) -> dict[str, object]:
    """An assessment that leaves to the matrix what is not given."""
    return {"safety": False, "reason": "As it was told."} | fields


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, Any]) -> str:
    """The code by which a step is refused."""
    answer = await office.desk.ask(case_id, step, body)
    assert answer.status_code in (409, 422), answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.mark.practice("P023")
async def test_the_matrix_sets_what_a_complaint_weighs_and_severity_says_who_is_asked(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Europe/London") as office:
        grave, light = await office.desk.receive(), await office.desk.receive()
        for case_id, safety in ((grave, True), (light, False)):
            await office.desk.do(case_id, "acknowledgement")
            await office.desk.do(case_id, "assessment", assessment(safety=safety, complexity="simple"))
        ((heavy),) = await recorded(office, grave, "intake", "complaint-assessed")
        assert (heavy["track"], heavy["severity"], heavy["complexity"]) == ("now", "high", "simple")
        assert (heavy["safety"], heavy["immediate_action"], heavy["impact"]) == (True, True, "medium")
        assert heavy["urgency"] == "at-once"
        assert heavy["policy"] == {"id": "internal.assessment", "version": 1}
        assert heavy["rows"] == ["safety", "immediate-action", "grave"]
        ((usual),) = await recorded(office, light, "intake", "complaint-assessed")
        assert (usual["severity"], usual["track"], usual["immediate_action"]) == ("low", "now", False)
        assert "rows" not in usual
        assert (await file_of(office, grave))["assessment"]["weights"]["severity"] == "high"
        # Nobody answers: the grave one goes straight to the manager.
        await office.wait_until("2026-04-01T10:00")
        roles = {}
        for case_id in (grave, light):
            (first, *_) = await office.events(case_id, "case-escalated")
            roles[case_id] = (first["data"]["ladder"]["id"], first["data"]["role"])
        assert roles == {grave: ("internal.grave", "manager"), light: ("internal.missed", "supervisor")}


async def test_whoever_assesses_goes_beyond_the_matrix_and_never_below_it(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "acknowledgement")
        lighter = assessment(safety=True, severity="low", complexity="complex", immediate_action=False, impact="high")
        await office.desk.do(case_id, "assessment", lighter)
        (found,) = await recorded(office, case_id, "intake", "complaint-assessed")
        assert (found["severity"], found["complexity"], found["impact"]) == ("high", "complex", "high")
        assert found["immediate_action"] is True


def cooling(until: str, cap: int = 5) -> dict[str, object]:
    return assessment(
        track="prepare",
        cooling={"reason": "Both tell another story; who was there is back on Monday.", "cap": cap, "until": until},
    )


@pytest.mark.practice("P024")
async def test_a_rude_clerk_is_prepared_until_the_cap_and_a_wrong_booking_is_acted_on_now(open_office: Open) -> None:
    async with open_office(institution=BANK, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(category="Attitude of staff")
        await office.desk.do(case_id, "acknowledgement")
        assert await office.due(case_id, "cn.bank.15") == "2026-03-18T00:00"  # all of 17 March is in time
        assert await refused(office, case_id, "assessment", cooling("2026-03-18")) == "cooling-crosses-deadline"
        assert await refused(office, case_id, "assessment", cooling("2026-03-17")) == "next-contact-after-cap"
        assert await refused(office, case_id, "assessment", cooling("2026-03-10")) == "next-contact-after-cap"
        assert await refused(office, case_id, "assessment", cooling("2026-03-01")) == "next-contact-in-the-past"
        assert await refused(office, case_id, "assessment", cooling("2026-03-16", cap=11)) == "cap-too-long"
        assert await refused(office, case_id, "assessment", assessment(track="prepare")) == "cooling-not-planned"
        await office.desk.do(case_id, "assessment", cooling("2026-03-09"))
        (assessed,) = await recorded(office, case_id, "intake", "complaint-assessed")
        assert assessed["track"] == "prepare"
        (cools,) = await recorded(office, case_id, "intake", "cooling-started")
        assert (cools["until"], cools["cap"]) == ("2026-03-09", {"number": 5, "unit": "working-day"})
        clock = await office.clock(case_id, "internal.cooling-period")
        assert office.local(clock["due_at"]) == "2026-03-10T00:00"  # all of 9 March is in time
        assert (await file_of(office, case_id))["assessment"]["cooling"]["until"] == "2026-03-09"
        await office.go_to("2026-03-06T10:00")
        await office.desk.do(case_id, "intake/next-contact", {"channel": "phone"})
        assert (await office.clock(case_id, "internal.cooling-period"))["phase"] == "met"

        machine = await office.desk.receive(
            category="Cash machine", words="机器吞了我500元。 The machine took CNY 500.00."
        )
        await office.desk.do(machine, "acknowledgement")
        assert await refused(office, machine, "assessment", cooling("2026-03-09")) == "must-be-now"
        await office.desk.do(machine, "assessment", assessment())
        (now,) = await recorded(office, machine, "intake", "complaint-assessed")
        assert (now["track"], now["rows"]) == ("now", ["wrong-booking"])


@pytest.mark.parametrize(("until", "accepted"), [("2026-03-16", True), ("2026-03-17", False)])
async def test_the_longest_cap_ends_before_the_deadline_of_this_receipt(
    open_office: Open, until: str, accepted: bool
) -> None:
    async with open_office(institution=BANK, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "acknowledgement")
        answer = await office.desk.ask(case_id, "assessment", cooling(until, cap=10))
        assert (answer.status_code == 200) is accepted, answer.text


@pytest.mark.practice("P025")
async def test_the_driver_is_rescued_before_anybody_inquires(open_office: Open) -> None:
    async with open_office(institution=BANK, now="2026-03-02T14:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(category="Roadside", words="The car will not start.")
        await office.desk.do(case_id, "acknowledgement")
        await office.desk.do(case_id, "assessment", assessment(immediate_action=True))
        offer = STEPS["investigation-offer"]
        assert await refused(office, case_id, "investigation-offer", offer) == "immediate-action-missing"
        rescue = {"what": "Send a tow truck, and a car to drive on with.", "holder": "duty-mechanic"}
        late = rescue | {"due_at": "2026-03-02T14:31:00+08:00"}
        assert await refused(office, case_id, "intake/immediate-actions", late) == "immediate-action-too-late"
        await office.desk.do(case_id, "intake/immediate-actions", rescue)
        clock = await office.clock(case_id, "internal.immediate-action")
        assert (office.local(clock["due_at"]), clock["phase"]) == ("2026-03-02T14:30", "running")
        await office.desk.do(case_id, "investigation-offer")
        (inquiry,) = await recorded(office, case_id, "investigation", "investigation-opened")
        (named,) = inquiry["immediate_actions"]
        assert (named["state"], named["what"]) == ("running", rescue["what"])
        assert office.local(named["due_at"]) == "2026-03-02T14:30"
        await office.desk.do(case_id, "intake/immediate-actions-done", {"proof": "Handed over at 14:25, job 2217."})
        assert (await office.clock(case_id, "internal.immediate-action"))["phase"] == "met"
        # Declined and offered again, the rescue is done by then.
        await office.desk.do(case_id, "investigation/declination", {"reason": "Wrong team."})
        await office.desk.do(case_id, "investigation-offer")
        (_, again) = await recorded(office, case_id, "investigation", "investigation-opened")
        assert [action["state"] for action in again["immediate_actions"]] == ["done"]


async def test_a_rescue_that_is_late_climbs_at_once_and_at_night(open_office: Open) -> None:
    async with open_office(institution=BANK, now="2026-03-07T23:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/immediate-actions", {"what": "Open the lift."})
        await office.wait_until("2026-03-07T23:31")
        (climbed,) = await office.events(case_id, "case-escalated")
        assert (climbed["data"]["role"], climbed["data"]["urgent"]) == ("duty-supervisor", True)
        await office.desk.do(case_id, "intake/immediate-actions-done", {"proof": "Opened at 23:40."})
        (done,) = await recorded(office, case_id, "intake", "immediate-action-done")
        assert done["late"] is True


@pytest.mark.practice("P026")
async def test_contained_is_a_status_of_its_own_and_answers_nothing(open_office: Open) -> None:
    async with open_office(now="2026-03-02T08:30", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(words="孩子没有到校。 The pupil is not at school.")
        await office.desk.do(case_id, "intake/immediate-actions", {"what": "Find the pupil, then begin the lesson."})
        early = {"contained_at": "2026-03-02T08:31:00+08:00", "proof": "Found."}
        assert await refused(office, case_id, "intake/containment", early) == "contained-in-the-future"
        found = {"contained_at": "2026-03-02T08:25:00+08:00", "proof": "在图书馆找到，班主任陪同。 In the library."}
        await office.desk.do(case_id, "intake/containment", found)
        status = await office.desk.show(case_id)
        assert office.local(status["contained_at"]) == "2026-03-02T08:25"
        # The answer is still open: the case is where it was, and its clock runs.
        assert (status["open"], status["stage"], status.get("decision")) == (True, "received", None)
        assert (await office.clock(case_id, "internal.answer"))["phase"] == "running"
        assert (await opened(office, case_id, "containment"))["proof"] == found["proof"]
        assert found["proof"] not in (await office.desk.http.get(f"/v1/cases/{case_id}/events")).text
        assert await refused(office, case_id, "intake/containment", found) == "already-contained"


async def test_an_answer_before_the_containment_needs_a_reason(open_office: Open) -> None:
    async with open_office(now="2026-03-02T08:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/immediate-actions", {"what": "Find the pupil, then begin the lesson."})
        await office.desk.walk(case_id, "resolution/remedies")
        decision = STEPS["resolution/decision"]
        assert await refused(office, case_id, "resolution/decision", decision) == "not-contained"
        await office.desk.do(case_id, "resolution/uncontained-answer", {"reason": "The family asked for word first."})
        await office.desk.do(case_id, "resolution/decision")


async def test_what_is_contained_is_answered_without_a_reason(open_office: Open) -> None:
    async with open_office(now="2026-03-02T08:30", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/immediate-actions", {"what": "Find the pupil, then begin the lesson."})
        found = {"contained_at": "2026-03-02T08:25:00+08:00", "proof": "In the library."}
        await office.desk.do(case_id, "intake/containment", found)
        await office.desk.walk(case_id, "resolution/remedies")
        explained = {"reason": "None is needed."}
        assert await refused(office, case_id, "resolution/uncontained-answer", explained) == "nothing-to-contain"
        await office.desk.do(case_id, "resolution/decision")


@pytest.mark.practice("P029")
async def test_closing_asks_whether_respect_was_answered_when_only_money_was_given(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "acknowledgement")
        await office.desk.do(case_id, "assessment", assessment(motive="respect"))
        steps = list(STEPS)
        for step in steps[steps.index("assessment") + 1 : steps.index("closure")]:
            await office.desk.do(case_id, step)
        answer = await office.desk.ask(case_id, "closure")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/motive-not-answered")
        assert "respect was answered" in answer.json()["detail"]
        assert "refund" in answer.json()["detail"]
        words = "你们听我说完了。 I was heard."
        await office.desk.do(case_id, "follow-up/motive-answers", {"answered": True, "words": words})
        await office.desk.do(case_id, "closure")
        (compared,) = await recorded(office, case_id, "followup", "motive-compared")
        assert (compared["motive"], compared["given"], compared["result"]) == ("respect", ["refund"], "matched")
        shown = (await file_of(office, case_id, "followup"))["motive"]
        assert (shown["result"], shown["words"]) == ("matched", {"sealed": True})
        body = {"part": "motive-words", "purpose": "Learn from it."}
        opening = await office.desk.post(f"/v1/cases/{case_id}/files/followup/openings", body)
        assert opening.json()["file"]["words"] == words


async def test_without_a_motive_closing_asks_nothing(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "follow-up/acceptance")
        answer = {"answered": True, "words": "I was heard."}
        assert await refused(office, case_id, "follow-up/motive-answers", answer) == "no-motive"
        await office.desk.do(case_id, "closure")
        assert not await recorded(office, case_id, "followup", "motive-compared")
