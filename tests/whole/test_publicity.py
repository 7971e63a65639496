"""What is said in public: a post is caught, looked at in time, answered without detail, and a case in private."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

CN = """
calendar = "CN"
policies = ["internal.first-look", "internal.answer", "internal.finish"]
"""
WORDS = "孩子等了一小时,没有人来接。 My child waited for an hour."
SIGNAL = {"shares": 1200, "readers_concerned": 40, "shares_per_hour": 90}


async def _publicity(office: Office, case_id: str) -> dict[str, Any]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    return dict(answer.json()["file"]["publicity"])


@pytest.mark.practice("P009")
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_post_in_a_group_is_a_private_case_and_the_public_reply_holds_no_detail(
    open_office: Open, language: str
) -> None:
    async with open_office(institution=CN, now="2026-03-02T08:05", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(
            channel="group-chat",
            words=WORDS,
            category="Pick-up",
            complainant={"name": "Wang Fang", "phone": "138 0000 0000"},
            facts=[{"name": "readers", "value": "180"}],
        )
        await office.desk.do(case_id, "public-replies", {"statement": "seen-we-write-to-you", "language": language})
        (reply,) = (await _publicity(office, case_id))["replies"]
        for detail in ("Wang", "Fang", case_id, "138", "Pick-up", "child", "孩子", "180"):
            assert detail not in reply["text"]
        assert (reply["author"], reply["channel"]) == ("handler-1", "group-chat")
        # Private: who wrote it and what, nobody reads without saying what for.
        file = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        assert not any(each in file.text for each in ("Wang", "child", "孩子"))
        own = {"statement": "seen-we-write-to-you", "text": "Dear Wang Fang, your case is being looked into."}
        assert (await office.desk.ask(case_id, "public-replies", own)).status_code == 422


@pytest.mark.practice("P001", "P009")
@pytest.mark.parametrize("channel", ["group-chat", "post"])
async def test_what_nobody_knows_who_wrote_is_taken_looked_at_in_time_and_goes_on_once_they_are_known(
    open_office: Open, channel: str
) -> None:
    async with open_office(institution=CN, now="2026-03-02T08:05", zone="Asia/Shanghai") as office:
        bare: dict[str, object] = {"channel": channel, "words": None, "wish": None, "complainant": None}
        case_id, other = await office.desk.receive(**bare), await office.desk.receive(**bare)
        clock = await office.clock(case_id, "internal.first-look")
        assert (clock["phase"], office.local(clock["due_at"])) == ("running", "2026-03-02T10:05")
        listed = (await office.desk.http.get("/v1/worklist")).json()["items"]
        assert {case_id, other} <= {each["case_id"] for each in listed}
        # There is nobody to acknowledge it to, and nobody's case goes on; what can be said in public, can.
        refused = await office.desk.ask(case_id, "acknowledgement")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nobody-identified")
        await office.desk.do(case_id, "public-replies", {"statement": "please-write-to-us"})
        await office.desk.do(case_id, "media-signal-looks", {"remark": "A parent."})
        await office.desk.do(case_id, "complainants", {"name": "Wang Fang", "phone": "138 0000 0000"})
        await office.desk.do(case_id, "acknowledgement")
        assert (await office.desk.show(case_id))["stage"] == "acknowledged"
        # The other one, which nobody looked at, climbs.
        await office.wait_until("2026-03-02T10:05")
        (escalated,) = await office.events(other, "case-escalated")
        assert (escalated["data"]["rung"], escalated["data"]["role"]) == (1, "supervisor")
        assert not await office.events(case_id, "case-escalated")


async def test_no_reply_is_public_where_nobody_reads_along(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T08:05") as office:
        case_id = await office.desk.receive(channel="letter")
        refused = await office.desk.ask(case_id, "public-replies", {"statement": "please-write-to-us"})
        assert refused.json()["type"] == "/problems/not-in-public"
        unseen = await office.desk.ask(case_id, "media-signal-looks", {})
        assert unseen.json()["type"] == "/problems/no-signal"


async def _caught(office: Office) -> str:
    return await office.desk.receive(channel="post", origin="media", words=WORDS, complainant=None, signal=SIGNAL)


@pytest.mark.practice("P017")
async def test_a_post_that_nobody_looked_at_for_two_hours_climbs_one_rung(open_office: Open) -> None:
    async with open_office(institution=CN, now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await _caught(office)
        clock = await office.clock(case_id, "internal.first-look")
        assert office.local(clock["due_at"]) == "2026-03-02T11:00"
        assert (await _publicity(office, case_id))["severity"] == "high"
        await office.wait_until("2026-03-02T10:59")
        assert not await office.events(case_id, "case-escalated")
        await office.wait_until("2026-03-02T11:00")
        (escalated,) = await office.events(case_id, "case-escalated")
        said = escalated["data"]
        assert (said["about"], said["rung"], said["role"]) == (clock["clock"], 1, "supervisor")


@pytest.mark.practice("P017")
async def test_a_post_that_was_looked_at_climbs_nothing_and_is_somebodys_case_once_they_are_known(
    open_office: Open,
) -> None:
    async with open_office(institution=CN, now="2026-03-02T09:00", zone="Asia/Shanghai") as office:
        case_id = await _caught(office)
        await office.wait_until("2026-03-02T10:30")
        await office.desk.do(case_id, "media-signal-looks", {"remark": "A parent, one sentence."})
        await office.wait_until("2026-03-02T12:00")
        assert (await office.clock(case_id, "internal.first-look"))["phase"] == "met"
        assert not await office.events(case_id, "case-escalated")
        await office.desk.do(case_id, "complainants", {"name": "Wang Fang", "phone": "138 0000 0000"})
        again = await office.desk.ask(case_id, "complainants", {"name": "Somebody else"})
        assert again.json()["type"] == "/problems/complainant-already-known"
        asked = {"part": "publicity-details", "purpose": "Call back."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
        assert "Wang Fang" in opened.json()["file"]["complainant"]
        # What comes next of the same post: it concerns fewer than it seemed.
        await office.desk.do(case_id, "media-signals", {"shares": 120, "readers_concerned": 2})
        publicity = await _publicity(office, case_id)
        assert [each["severity"] for each in publicity["signals"]] == ["high", "medium"]
