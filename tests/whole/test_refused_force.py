"""Nobody is tired out, no post is made to vanish, and neither the police nor a ban nor a threat is the first answer."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.refused_fields import asking, deciding, everything, naming, recording, words
from tests.whole.remedy_office import counter
from tests.whole.test_assessment import BANK, assessment

from casework.shared.contracts.registry import EVENT_TYPES
from casework.shared.contracts.vocabulary import OutsideAction

AWAY = words("delete deletes remove removal hide hidden sink suppress takedown bury buy bought downrank mute")


async def code(office: Office, case_id: str, step: str, body: dict[str, Any]) -> str:
    answer = await office.desk.ask(case_id, step, body)
    assert answer.status_code in (409, 422), answer.text
    return str(answer.json()["type"].rpartition("/")[2])


def cooling(**plan: object) -> dict[str, object]:
    usual: dict[str, object] = {"reason": "Who was there is back on Monday.", "cap": 5, "until": "2026-03-09"}
    return assessment(track="prepare", cooling={name: value for name, value in (usual | plan).items() if value})


@pytest.mark.practice("R05")
async def test_cooling_has_a_reason_a_cap_and_a_next_contact_and_never_crosses_a_legal_clock(
    open_office: Open,
) -> None:
    async with open_office(institution=BANK, now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive(category="Attitude of staff")
        await office.desk.do(case_id, "acknowledgement")
        due = await office.due(case_id, "cn.bank.15")
        for missing in ("reason", "cap", "until"):
            answer = await office.desk.ask(case_id, "assessment", cooling(**{missing: None}))
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/cooling/{missing}")
        assert await code(office, case_id, "assessment", assessment(track="prepare")) == "cooling-not-planned"
        # The longest cap, and what a longer one would be for: the legal clock ends on 17 March.
        assert await code(office, case_id, "assessment", cooling(cap=11)) == "cap-too-long"
        assert await code(office, case_id, "assessment", cooling(until="2026-03-10")) == "next-contact-after-cap"
        crossing = cooling(cap=10, until="2026-03-18")
        assert await code(office, case_id, "assessment", crossing) == "cooling-crosses-deadline"
        await office.desk.do(case_id, "assessment", cooling())
        # The legal clock runs on as it did, and who is not called by the day is told upward.
        assert await office.due(case_id, "cn.bank.15") == due
        assert (await office.clock(case_id, "cn.bank.15"))["phase"] == "running"
        assert await office.due(case_id, "internal.cooling-period") == "2026-03-10T00:00"
        await office.wait_until("2026-03-10T00:01")
        assert (await office.clock(case_id, "internal.cooling-period"))["phase"] == "expired"
        # Nor is it paused by hand to wait for calmer days.
        path = f"clocks/{(await office.clock(case_id, 'cn.bank.15'))['clock']}/pause"
        answer = await office.desk.ask(case_id, path, {"cause": "let-it-cool", "proof": "Angry."})
        assert answer.status_code in (409, 422), answer.text


@pytest.mark.practice("R07")
async def test_a_post_is_linked_answered_and_logged_and_there_is_no_other_function(open_office: Open) -> None:
    # Of all that the four services can be asked, recorded or told by policy nothing makes anything vanish.
    assert naming(AWAY, everything()) == []
    # What can be changed or removed is where webhooks go, which is nothing of a case.
    others = {route for route in asking() if route.split()[0] not in ("GET", "POST")}
    assert others == {"PATCH /v1/webhooks/{webhook_id}", "DELETE /v1/webhooks/{webhook_id}"}
    about = {route.rpartition("/")[2] for route in asking() if route.startswith("POST") and _of_media(route)}
    assert about == {
        "posts", "post-statement-approvals", "post-answers", "post-reports",
        "media-signals", "media-signal-looks", "public-replies",
    }  # fmt: skip
    assert {name.split(".")[2] for name in EVENT_TYPES if _of_media(name)} == {
        "post-linked", "post-statement-approved", "post-answered", "post-reported",
        "media-signal-noted", "media-signal-looked-at", "public-reply-given",
    }  # fmt: skip
    async with open_office() as office:
        case_id = await office.desk.receive()
        post = {"medium": "micro-blog", "posted_on": "2026-03-02", "address": "https://blog.example/1"}
        await office.desk.do(case_id, "intake/posts", post)
        for name in ("delete", "hide", "price"):
            answer = await office.desk.ask(case_id, "intake/posts", {**post, name: True})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")
        for method in ("DELETE", "PUT", "PATCH"):
            answer = await office.desk.http.request(method, f"/v1/cases/{case_id}/intake/posts")
            assert answer.status_code == 405
        assert (await office.desk.types(case_id, "intake")).count("post-linked.v1") == 1


def _of_media(name: str) -> bool:
    last = name.removesuffix(".v1").replace(".", "/").rpartition("/")[2]
    return last == "posts" or last.startswith(("post-", "media-", "public-"))


@pytest.mark.practice("R13")
async def test_police_threat_and_ban_need_a_supervisor_beforehand_but_in_danger_to_life(open_office: Open) -> None:
    actions = get_args(OutsideAction)
    assert set(actions) == {"police", "legal-threat", "ban"}
    # There is one way to do any of them.
    assert {route for route, names in asking().items() if names & set(actions)} == {
        f"POST /v1/cases/{{case_id}}/resolution/{step}" for step in ("outside-permissions", "outside-actions")
    }
    assert {"police", "legal-threat", "ban"} <= deciding() & recording()
    async with open_office(now="2026-03-02T10:00") as office, counter(office, until="acknowledgement") as at:
        for action in actions:
            step = {"action": action, "reason": "She would not leave the hall."}
            assert await at.asked(at.agent, "outside-actions", **step) == (409, "supervisor-first")
            assert await at.asked(at.manager, "outside-actions", **step) == (409, "supervisor-first")
            assert await at.asked(at.agent, "outside-permissions", **step) == (409, "not-a-supervisor")
            # Not by saying that it happened a moment ago, and not for whoever allows it.
            past = "outside-actions?occurred_at=2026-03-02T09:59:00Z"
            assert await at.asked(at.agent, past, **step) == (409, "supervisor-first")
            assert (await at.asked(at.lead, "outside-permissions", **step))[0] == 200
            assert await at.asked(at.lead, "outside-actions", **step) == (409, "supervisor-first")
            assert (await at.asked(at.agent, "outside-actions", **step))[0] == 200
            assert await at.asked(at.agent, "outside-actions", **step) == (409, "supervisor-first")
            other = {**step, "ground": "rudeness"}
            assert (await at.agent.ask(at.case_id, "resolution/outside-actions", other)).status_code == 422
            assert (await at.asked(at.agent, "outside-actions", **step, ground="danger"))[0] == 200
        events = (await at.agent.http.get(f"/v1/cases/{at.case_id}/events")).json()
        told = [each["event"] for each in events if ".outside-action-" in each["event"]["type"]]
        names = [each["type"].split(".")[2].removeprefix("outside-action-") for each in told]
        assert names == ["allowed", "taken", "taken"] * 3
        assert [each["data"].get("ground") for each in told] == [None, None, "danger"] * 3
        # A message does not threaten either.
        for text in ("We will call the police on you.", "再闹我们就报警了。", "We will sue you if you go on."):
            threat = {"channel": "email", "text": text}
            assert await at.asked(at.agent, "messages", **threat) == (409, "wording-blocked"), text
