"""What staff write to a complainant is checked before it is sent: taboos, and apologies no wider than the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

APOLOGY = {"channel": "phone", "words": "Sorry for the experience, we will check."}
AN_HOUR_AGO = "2026-03-02T09:00:00Z"


async def blocked_by(office: Office, case_id: str, step: str, body: Mapping[str, Any]) -> list[str]:
    """The taboos for which a text was not sent, as the refusal names them."""
    answer = await office.desk.ask(case_id, step, body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/wording-blocked"), answer.text
    named = answer.json()["detail"].split("[")[1:]
    return [each.partition("]")[0].partition(":")[0] for each in named]


@pytest.mark.practice("P086")
@pytest.mark.parametrize(
    ("words", "taboos"),
    [
        ("that is your driving, nothing to do with us", ["puts-all-on-the-complainant", "evades"]),
        ("what did you do to it?", ["interrogates"]),
        ("complain where you like", ["rude-or-silent"]),
        ("sorry", ["sorry-without-a-plan"]),
        ("这是您驾驶习惯的问题，跟我们没关系", ["puts-all-on-the-complainant", "evades"]),
        ("你对车做了什么？", ["interrogates"]),
        ("爱去哪投诉去哪投诉", ["rude-or-silent"]),
        ("对不起", ["sorry-without-a-plan"]),
        ("I guarantee you a new car.", ["promises-beyond-authority"]),
    ],
)
async def test_a_text_that_breaks_a_taboo_goes_out_by_no_way(open_office: Open, words: str, taboos: list[str]) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/remedies")
        texts: Mapping[str, Mapping[str, Any]] = {
            "resolution/decision": {**STEPS["resolution/decision"], "answer": words},
            "resolution/apologies": {**APOLOGY, "words": words},
            "resolution/promises": {"kind": "other", "words": words, "due_at": "2026-03-04T17:00:00Z"},
            "resolution/progress-updates": {"channel": "email", "next_by": "2026-03-04T17:00:00Z", "news": words},
        }
        before = await office.desk.types(case_id, "resolution")
        for step, body in texts.items():
            assert await blocked_by(office, case_id, step, body) == taboos, step
        reasons = {**STEPS["resolution/decision"], "reasons": words}
        assert await blocked_by(office, case_id, "resolution/decision", reasons) == taboos
        assert await office.desk.types(case_id, "resolution") == before
        await office.desk.do(case_id, "resolution/decision")


async def test_what_an_imported_history_tells_was_said_long_ago(open_office: Open) -> None:
    async with open_office(now="2026-03-02T12:00") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/remedies")
        told = {"outcome": "upheld", "answer": "Sorry.", "channel": "letter"}
        just_now = await office.desk.ask(case_id, "resolution/decision?occurred_at=2026-03-02T11:58:00Z", told)
        assert just_now.json()["type"] == "/problems/decision-without-reasons"
        await office.desk.do(case_id, f"resolution/decision?occurred_at={AN_HOUR_AGO}", told)


@pytest.mark.practice("P085")
async def test_before_findings_only_the_trouble_is_regretted(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        defect = {**APOLOGY, "kind": "fault", "scope": "defect"}
        refused = await office.desk.ask(case_id, "resolution/apologies", defect)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/apology-before-finding")
        refused = await office.desk.ask(case_id, "resolution/apologies", {**APOLOGY, "scope": "defect"})
        assert refused.json()["type"] == "/problems/apology-before-finding"
        cause = {**APOLOGY, "words": "Sorry that our faulty belt broke; we will check."}
        refused = await office.desk.ask(case_id, "resolution/apologies", cause)
        assert refused.json()["type"] == "/problems/apology-names-cause"
        given = await office.desk.do(case_id, "resolution/apologies", APOLOGY)
        assert given.json()["events"] == ["casework.resolution.apology-given.v1"]
        (apology,) = await _apologies(office, case_id)
        assert (apology["kind"], apology["scope"], apology["by"]) == ("regret", "trouble", "handler-1")


@pytest.mark.practice("P085")
async def test_a_groundless_claim_is_answered_by_regret_and_nobodys_share_changes(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/acceptance")
        found = {
            "finding": "The belt was cut with a knife.",
            "side": "complainant",
            "sides_heard": ["complainant", "organisation"],
        }
        await office.desk.do(case_id, "investigation/findings", found)
        concluded = {**STEPS["investigation/conclusion"], "outcome": "not-upheld"}
        await office.desk.do(case_id, "investigation/conclusion", concluded)
        fault = {**APOLOGY, "kind": "fault", "scope": "defect"}
        refused = await office.desk.ask(case_id, "resolution/apologies", fault)
        assert refused.json()["type"] == "/problems/apology-wider-than-facts"
        shares = await office.desk.types(case_id, "investigation")
        await office.desk.do(case_id, "resolution/apologies", APOLOGY)
        (apology,) = await _apologies(office, case_id)
        assert (apology["kind"], apology["words"]) == ("regret", APOLOGY["words"])
        assert await office.desk.types(case_id, "investigation") == shares


async def test_a_fault_that_was_found_is_owned_up_to(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "investigation/findings")
        fault = {
            "kind": "fault",
            "scope": "defect",
            "channel": "letter",
            "words": "We apologise: the belt was defective because of our mistake. We will replace it by Friday.",
        }
        await office.desk.do(case_id, "resolution/apologies", fault)
        (apology,) = await _apologies(office, case_id)
        assert (apology["kind"], apology["scope"]) == ("fault", "defect")


async def _apologies(office: Office, case_id: str) -> list[Mapping[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    events = (each["event"] for each in answer.json())
    return [each["data"] for each in events if each["type"] == "casework.resolution.apology-given.v1"]
