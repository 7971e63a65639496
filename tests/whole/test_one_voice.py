"""One voice and no white lies: approved statements are cited in their newest version, and facts do not contradict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

STATEMENT = {"statement": "S-3", "topics": ["parts-delivery"], "text": "The parts leave the plant on Friday."}
MAIL = {"channel": "email", "text": "The parts leave on Friday; we will write again then."}


def citing(version: int, **more: Any) -> Mapping[str, Any]:
    return {**MAIL, "cites": [{"statement": "S-3", "version": version}], **more}


async def approve(office: Office, case_id: str, version: int, actor: str = "head-of-service") -> int:
    """Somebody else approves the statement. Returns the status of the answer."""
    async with office.stack.client(await office.stack.key(actor=actor)) as http:
        answer = await http.post(
            f"/v1/cases/{case_id}/resolution/statement-approvals",
            json={"statement": "S-3", "version": version},
            headers={"idempotency-key": f"{actor}-{version}"},
        )
    return answer.status_code


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, Any]) -> tuple[str, str]:
    answer = await office.desk.ask(case_id, step, body)
    assert answer.status_code == 409, answer.text
    return answer.json()["type"].removeprefix("/problems/"), answer.json()["detail"]


@pytest.mark.practice("P087")
async def test_a_mail_that_cites_v1_is_blocked_until_it_cites_v2(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "resolution/statements", STATEMENT)
        assert (await refused(office, case_id, "resolution/messages", citing(1)))[0] == "statement-not-approved"
        itself = {"statement": "S-3", "version": 1}
        assert (await refused(office, case_id, "resolution/statement-approvals", itself))[0] == "approver-is-author"
        assert await approve(office, case_id, 1) == 200
        await office.desk.do(case_id, "resolution/messages", citing(1))
        await office.desk.do(case_id, "resolution/statements", {**STATEMENT, "text": "They leave on Monday."})
        await office.desk.do(case_id, "resolution/messages", citing(1))  # v2 is a draft
        assert await approve(office, case_id, 2) == 200
        code, detail = await refused(office, case_id, "resolution/messages", citing(1))
        assert code == "statement-superseded"
        assert "S-3 v2" in detail
        await office.desk.do(case_id, "resolution/messages", citing(2))
        assert (await refused(office, case_id, "resolution/messages", citing(3)))[0] == "unknown-statement"


@pytest.mark.practice("P087")
async def test_whatever_goes_out_about_the_topic_cites_the_statement(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/remedies")
        await office.desk.do(case_id, "resolution/statements", STATEMENT)
        assert await approve(office, case_id, 1) == 200
        about = {"about": ["parts-delivery"]}
        texts: Mapping[str, Mapping[str, Any]] = {
            "resolution/messages": MAIL,
            "resolution/apologies": {"channel": "phone", "words": "Sorry for the trouble; we will call you."},
            "resolution/progress-updates": {"channel": "email", "next_by": "2026-03-04T17:00:00Z", "news": "Friday."},
            "resolution/decision": STEPS["resolution/decision"],
        }
        for step, body in texts.items():
            code, detail = await refused(office, case_id, step, {**body, **about})
            assert code == "statement-not-cited", step
            assert "S-3 v1" in detail
            await office.desk.do(case_id, step, {**body, **about, "cites": [{"statement": "S-3", "version": 1}]})


@pytest.mark.practice("P088")
async def test_a_contradiction_is_flagged_before_it_is_sent_with_the_first_ones_event_id(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        friday = {**MAIL, "says": [{"topic": "parts-leave", "value": "Friday"}]}
        await office.desk.do(case_id, "resolution/messages", friday)
        again = {**MAIL, "says": [{"topic": "parts-leave", "value": "friday"}]}
        await office.desk.do(case_id, "resolution/messages", again)
        first = await _first_fact(office, case_id)
        none = {"channel": "email", "text": "No date was given.", "says": [{"topic": "parts-leave", "value": "none"}]}
        before = await office.desk.types(case_id, "resolution")
        code, detail = await refused(office, case_id, "resolution/messages", none)
        assert code == "contradicts-what-was-said"
        assert first in detail
        update = {"channel": "email", "next_by": "2026-03-04T17:00:00Z", "news": "No date.", "says": none["says"]}
        assert first in (await refused(office, case_id, "resolution/progress-updates", update))[1]
        assert await office.desk.types(case_id, "resolution") == before
        await office.desk.do(case_id, "resolution/messages", {**none, "corrects": first})
        # From now on the correction is what was said.
        assert (await refused(office, case_id, "resolution/messages", friday))[0] == "contradicts-what-was-said"


async def test_what_a_message_says_is_kept_sealed(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "resolution/messages", {**MAIL, "text": "亲爱的张女士，我们会在周五回电。"})
        events = await office.desk.http.get(f"/v1/cases/{case_id}/events")
        assert "张女士" not in events.text
        asked = {"part": "messages", "purpose": "The complainant asks what we wrote."}
        opened = await office.desk.post(f"/v1/cases/{case_id}/files/resolution/openings", asked)
        assert opened.json()["file"]["messages"][0]["text"] == "亲爱的张女士，我们会在周五回电。"
        file = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
        assert "messages" in file.json()["restricted"]


async def _first_fact(office: Office, case_id: str) -> str:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    stated = (each["event"] for each in answer.json() if each["event"]["type"] == "casework.resolution.facts-stated.v1")
    return str(next(stated)["id"])
