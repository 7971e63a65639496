"""The end of a case: what must be done before, on what terms, and what the complainant thinks of it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

WITH_OPINIONS = """
calendar = "UK-ENG"
policies = ["internal.answer", "internal.finish", "internal.opinion"]
"""
WITH_REPLIES = """
calendar = "UK-ENG"
policies = ["internal.answer", "internal.finish", "internal.reply"]
"""
WITH_LOOK_INS = """
calendar = "UK-ENG"
policies = ["internal.answer", "internal.finish", "internal.look-in"]
"""


def code(answer: httpx2.Response) -> str:
    return str(answer.json()["type"].rpartition("/")[2])


async def closing(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/followup")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["file"]["closing"])


async def held(office: Office, **decision: Any) -> str:
    """A case that follow-up holds, decided as usual or so."""
    case_id = await office.desk.receive()
    await office.desk.walk(case_id, "resolution/remedies")
    await office.desk.do(case_id, "resolution/decision", {**STEPS["resolution/decision"], **decision})
    for step in ("resolution/reply", "resolution/follow-up-offer", "follow-up/acceptance"):
        await office.desk.do(case_id, step)
    return case_id


@pytest.mark.practice("P123")
async def test_a_case_is_not_closed_before_the_opinion_was_asked(open_office: Open) -> None:
    async with open_office(now="2026-03-09", zone="Europe/London", institution=WITH_OPINIONS) as office:
        asked, refused, impossible = [await held(office) for _ in range(3)]
        assert await office.due(asked, "internal.opinion") == "2026-03-17T00:00"
        await office.wait_until("2026-03-17T09:00")
        for case_id in (asked, refused, impossible):
            assert (await office.clock(case_id, "internal.opinion"))["phase"] == "expired"
            answer = await office.desk.ask(case_id, "closure")
            assert (answer.status_code, code(answer)) == (409, "opinion-not-asked")
        await office.desk.do(asked, "follow-up/opinion-requests", {"channel": "phone"})
        for case_id, cause in ((refused, "contact-refused"), (impossible, "contact-impossible")):
            body = {"cause": cause, "reason": "As told on the phone."}
            await office.desk.do(case_id, "follow-up/opinion-excuses", body)
        for case_id in (asked, refused, impossible):
            await office.desk.do(case_id, "closure")
        # A refusal without thanks is shown to the reviewer.
        unthanked = await held(office, outcome="not-upheld")
        await office.desk.do(unthanked, "follow-up/opinion-requests", {"channel": "phone"})
        await office.desk.do(unthanked, "closure", {"reason": "The decision stands."})
        (ending,) = (await closing(office, unthanked))["endings"]
        assert ending["ending"]["flags"] == ["not-thanked"]
        (ending,) = (await closing(office, asked))["endings"]
        assert "flags" not in ending["ending"]


@pytest.mark.practice("P124")
async def test_result_and_process_are_rated_apart_and_nobody_rates_himself(open_office: Open) -> None:
    async with open_office(now="2026-03-09", zone="Europe/London") as office:
        case_id = await held(office)
        await office.desk.do(case_id, "follow-up/owners", {"owner": "Mei Chen", "reason": "She took the first call."})
        async with office.stack.client(await office.stack.key(actor="survey", kind="integrator")) as survey:
            office.desk.http, staff = survey, office.desk.http
            result = {"on": "result", "score": 2, "channel": "web"}
            process = {"on": "process", "score": 5, "channel": "web", "words": "他们认真听了我说的话。"}
            await office.desk.do(case_id, "follow-up/opinions", result)
            await office.desk.do(case_id, "follow-up/opinions", process)
            opened = await office.desk.post(
                f"/v1/cases/{case_id}/files/followup/openings", {"part": "opinions", "purpose": "To learn from it."}
            )
            found = opened.json()["file"]
            assert ([each["score"] for each in found["result"]], [each["score"] for each in found["process"]]) == (
                [2],
                [5],
            )
            assert found["process"][0]["words"] == "他们认真听了我说的话。"
            office.desk.http = staff
        async with office.stack.client(await office.stack.key(actor="Mei Chen")) as owner:
            office.desk.http = owner
            refused = await office.desk.ask(case_id, "follow-up/opinions", result)
            assert (refused.status_code, code(refused)) == (403, "part-not-for-reader")
            office.desk.http = staff
        types = await office.desk.types(case_id, "followup")
        assert types.count("opinion-recorded.v1") == 2
        assert types[-1] == "file-refused.v1"
        event = (await office.events(case_id, "file-refused"))[-1]
        assert (event["actor"], event["data"]["part"]) == ("Mei Chen", "opinions")


@pytest.mark.practice("P125")
async def test_silence_brings_a_call_and_no_closing(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London", institution=WITH_REPLIES) as office:
        case_id, replied = await office.desk.receive(), await office.desk.receive()
        for each in (case_id, replied):
            await office.desk.walk(each, "resolution/decision")
        await office.desk.do(replied, "resolution/reply")
        await office.wait_until("2026-03-16T16:00")
        assert "second-contact-wanted.v1" not in await office.desk.types(case_id, "followup")
        await office.wait_until("2026-03-16T18:00")
        assert "second-contact-wanted.v1" in await office.desk.types(case_id, "followup")
        assert "second-contact-wanted.v1" not in await office.desk.types(replied, "followup")
        shown = await office.desk.show(case_id)
        assert shown["open"] is True
        await office.desk.do(case_id, "resolution/follow-up-offer")
        await office.desk.do(case_id, "follow-up/acceptance")
        silent = {"reason": "Nothing was heard.", "outcome": "silent"}
        early = await office.desk.ask(case_id, "closure", silent)
        assert (early.status_code, code(early)) == (409, "second-contact-missing")
        await office.desk.do(case_id, "follow-up/second-contacts", {"channel": "phone", "reached": False})
        await office.desk.do(case_id, "closure", silent)
        assert (await office.desk.show(case_id))["outcome"] == "silent"
        counts = (await office.desk.http.get("/v1/case-counts", params={"outcomes": True})).json()
        assert counts["outcomes"]["silent"] == 1


async def test_who_spoke_is_not_silent(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await held(office)
        answer = await office.desk.ask(case_id, "closure", {"reason": "Nothing was heard.", "outcome": "silent"})
        assert code(answer) == "not-silent"


@pytest.mark.practice("P127")
async def test_a_case_is_reopened_on_the_sixtieth_day_and_continued_by_another_after_it(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        first, late = await held(office), await held(office)
        for case_id in (first, late):
            await office.desk.do(case_id, "closure")
        await office.go_to("2026-05-01T23:59")
        await office.desk.do(first, "reopening", {"reason": "The refund has not arrived."})
        assert (await office.desk.show(first))["open"] is True
        await office.go_to("2026-05-02T00:00")
        answer = await office.desk.ask(late, "reopening", {"reason": "The refund has not arrived."})
        assert (answer.status_code, code(answer)) == (409, "reopening-window-over")
        assert "continues" in answer.json()["detail"]
        assert (await office.desk.show(late))["open"] is False
        new = await office.desk.receive(continues=late)
        assert new != late
        receipt = (await office.desk.http.get(f"/v1/cases/{new}/files/intake")).json()["file"]["receipt"]
        assert receipt["continues"] == late


@pytest.mark.practice("P128")
async def test_a_case_is_closed_unresolved_with_its_offers_and_the_way_outside(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await held(office)
        bare = await office.desk.ask(case_id, "closure", {"reason": "No agreement.", "outcome": "unresolved"})
        assert (bare.status_code, code(bare)) == (409, "offers-missing")
        offers = ["A repair.", "GBP 40.00.", "GBP 80.00."]
        body = {"reason": "No agreement.", "outcome": "unresolved", "offers": offers, "thanked": True}
        await office.desk.do(case_id, "closure", body)
        (ending,) = (await closing(office, case_id))["endings"]
        assert ending["ending"]["offers"] == offers
        assert "out of court" in ending["ending"]["route_en"]
        assert "法院" in ending["ending"]["route_zh"]
        assert (await office.desk.show(case_id))["outcome"] == "unresolved"
        counts = (await office.desk.http.get("/v1/case-counts", params={"outcomes": True})).json()
        assert counts["outcomes"] == {"unresolved": 1}
        listed = await office.desk.http.get("/v1/cases", params={"outcome": "unresolved"})
        assert [each["case_id"] for each in listed.json()["items"]] == [case_id]


@pytest.mark.practice("P129")
async def test_an_upheld_case_shows_the_four_rs(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await held(office)
        done = [
            {"r": "regret", "done": "We apologised by letter."},
            {"r": "reform", "done": "Procedure P-12 was changed."},
            {"r": "restitution", "done": "The fee was given back."},
        ]
        missing = await office.desk.ask(case_id, "closure", {"reason": "All is done.", "four_rs": done})
        assert (missing.status_code, code(missing)) == (409, "four-rs-missing")
        assert "recovery" in missing.json()["detail"]
        assert "reform," not in missing.json()["detail"].split(":")[-1]
        skipped = [{"procedure": "sanction", "reason": "Nobody was at fault."}]
        excused = [*done, {"r": "recovery", "excused": "The complainant has left us, and wants no contact."}]
        await office.desk.do(case_id, "closure", {"reason": "All is done.", "four_rs": excused, "skipped": skipped})
        (ending,) = (await closing(office, case_id))["endings"]
        assert [each["r"] for each in ending["ending"]["four_rs"]] == ["regret", "reform", "restitution", "recovery"]


@pytest.mark.practice("P102")
async def test_the_first_contact_answers_to_the_end_and_looks_in(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London", institution=WITH_LOOK_INS) as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "follow-up/owners", {"owner": "Mei Chen", "reason": "She took the first call."})
        await office.desk.walk(case_id, "investigation-offer")
        await office.desk.do(case_id, "investigation/acceptance", {"holder": "technician-7"})
        shown = await office.desk.show(case_id)
        assert (shown["owner"], shown["holder"]) == ("Mei Chen", "technician-7")
        clock = await office.clock(case_id, "internal.look-in")
        assert office.local(clock["due_at"]) == "2026-03-06T00:00", "the third working day, 2026-03-05, counts whole"
        stranger = await office.desk.ask(case_id, "follow-up/look-ins", {"note": "It goes on."})
        assert code(stranger) == "not-the-owner"
        async with office.stack.client(await office.stack.key(actor="Mei Chen")) as owner:
            office.desk.http, staff = owner, office.desk.http
            await office.desk.do(case_id, "follow-up/look-ins", {"note": "The workshop has the part."})
            office.desk.http = staff
        assert (await office.clock(case_id, "internal.look-in"))["phase"] == "met"
        # Whoever holds the work next, the owner stays.
        for step in ("findings", "conclusion", "resolution-offer"):
            await office.desk.do(case_id, f"investigation/{step}")
        await office.desk.do(case_id, "resolution/acceptance", {"holder": "clerk-3"})
        shown = await office.desk.show(case_id)
        assert (shown["owner"], shown["holder"]) == ("Mei Chen", "clerk-3")
        again = await office.desk.ask(case_id, "follow-up/owners", {"owner": "Mei Chen", "reason": "Again."})
        assert code(again) == "same-owner"


@pytest.mark.practice("P131")
async def test_a_case_is_closed_with_a_live_watch_and_not_with_an_open_offer(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await held(office)
        series = {
            "kind": "other",
            "words": "The room is checked before each lesson.",
            "occurrences": [f"2026-03-0{day}T09:30:00+00:00" for day in (3, 4, 5)],
        }
        await office.desk.do(case_id, "resolution/promises", series)
        await office.desk.do(case_id, "closure")
        assert [each["phase"] for each in await office.clocks(case_id, policy="internal.promise")] == ["running"] * 3
        offered = await office.desk.receive()
        await office.desk.walk(offered, "resolution/follow-up-offer")
        answer = await office.desk.ask(offered, "closure")
        assert (answer.status_code, code(answer)) == (409, "hand-off-not-accepted")


async def refused(office: Office, case_id: str) -> tuple[str, str]:
    """Asks to close the case: the refusal's code and words."""
    answer = await office.desk.ask(case_id, "closure")
    assert answer.status_code == 409, answer.text
    return code(answer), answer.json()["detail"]


@pytest.mark.practice("P131")
async def test_a_case_is_closed_once_all_hands_are_empty(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/follow-up-offer")
        assert (await refused(office, case_id))[0] == "hand-off-not-accepted"
        await office.desk.do(case_id, "follow-up/acceptance")
        before = (await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")).json()["file"]["demands"]
        # The complainant wants one thing more, is sent the remedy, and is promised two things.
        demand = {"kind": "explanation", "how": "explicit", "asked_directly": True, "words": "为什么会扣两次？"}
        await office.desk.do(case_id, "intake/demands", demand)
        number = len(before["demands"]) + 1
        await office.desk.do(case_id, "resolution/sent-remedies", {"proof": "Transfer 17."})
        letter = {"kind": "other", "words": "A letter of the manager.", "due_at": "2026-03-04T16:00:00+00:00"}
        await office.desk.do(case_id, "resolution/promises", letter)
        series = {
            "kind": "other",
            "words": "The bill is checked before each month's end.",
            "occurrences": [f"2026-0{month}-28T09:00:00+00:00" for month in (3, 4, 5)],
        }
        await office.desk.do(case_id, "resolution/promises", series)
        await office.wait_until("2026-03-05")

        said, words = await refused(office, case_id)
        assert (said, "remedy 1" in words) == ("remedy-not-received", True)
        proof = {"kind": "payment-confirmation", "proof": "Bank advice."}
        await office.desk.do(case_id, "resolution/received-remedies", proof)
        said, words = await refused(office, case_id)
        assert (said, f"number {number} has" in words) == ("demand-not-answered", True)
        await office.desk.do(case_id, "resolution/demand-answers", {"number": number, "answer": "met"})
        said, words = await refused(office, case_id)
        promises = (await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")).json()["file"]["promises"]
        (broken,) = (each for each in promises if each["state"] == "broken")
        assert (said, broken["promise_id"] in words) == ("promise-not-made-good", True)
        late = {"promise_id": broken["promise_id"], "proof": "The letter of 2026-03-05."}
        await office.desk.do(case_id, "resolution/kept-promises", late)
        # What is still to come keeps no case open: its watch goes on.
        await office.desk.do(case_id, "closure")
        assert (await office.desk.show(case_id))["open"] is False
        running = await office.clocks(case_id, policy="internal.promise", phase="running")
        assert [office.local(each["due_at"])[:10] for each in running] == ["2026-03-28", "2026-04-28", "2026-05-28"]
