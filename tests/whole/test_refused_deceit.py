"""No white lie, no staged scene, no change of the subject, no rank in place of a reason, no voice but our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.refused_fields import asking
from tests.whole.remedy_office import Counter, counter
from tests.whole.test_demands import demand

from casework.intake.domain.publicity import APPROVED
from casework.resolution.domain.answer_gate import Gate
from casework.shared.testing.desk import STEPS, Desk

MAIL = {"channel": "email", "text": "The parts leave on Friday; we will write again then."}
FRIDAY = [{"topic": "parts-leave", "value": "Friday"}]
MONDAY = [{"topic": "parts-leave", "value": "Monday"}]
TEXTS = frozenset({"answer", "words", "news", "text", "result"})


async def code(desk: Desk, case_id: str, step: str, body: Mapping[str, Any] | None = None) -> str:
    answer = await desk.ask(case_id, step, body)
    assert answer.status_code in (409, 422), (step, answer.text)
    return str(answer.json()["type"].rpartition("/")[2])


async def recorded(office: Office, case_id: str, service: str, name: str) -> list[dict[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    wanted = f"casework.{service}.{name}.v1"
    return [each["event"]["data"] for each in answer.json() if each["event"]["type"] == wanted]


@pytest.mark.practice("R01")
async def test_what_was_stated_stays_and_no_text_says_otherwise_in_silence(open_office: Open) -> None:
    # Every way to write to the complainant takes what the text states, so that it can be compared.
    written = {
        route for route, names in asking().items() if "says" in names and "/resolution/" in route and names & TEXTS
    }
    assert {each.rpartition("/")[2] for each in written} == {
        "messages", "decision", "apologies", "progress-updates", "call-results", "ruling",
    }  # fmt: skip
    async with open_office(now="2026-03-02T10:00") as office, counter(office, until="resolution/remedies") as at:
        assert (await at.asked(at.agent, "messages", **MAIL, says=FRIDAY))[0] == 200
        assert (await at.asked(at.agent, "calls"))[0] == 200
        otherwise: Mapping[str, dict[str, Any]] = {
            "messages": MAIL,
            "decision": dict(STEPS["resolution/decision"]),
            "apologies": {"channel": "phone", "words": "Sorry for the trouble; we will call you."},
            "progress-updates": {"channel": "email", "next_by": "2026-03-04T17:00:00Z", "news": "On Monday."},
            "call-results": {"held_at": "2026-03-02T10:00:00Z", "result": "On Monday.", "sent_by": "chat"},
        }
        for step, body in otherwise.items():
            found = await at.asked(at.agent, step, **body, says=MONDAY)
            assert found == (409, "contradicts-what-was-said"), step
        (first,) = await recorded(office, at.case_id, "resolution", "facts-stated")
        # Put right openly, the first statement still stands for the auditor, before the second.
        events = (await at.agent.http.get(f"/v1/cases/{at.case_id}/events")).json()
        id_ = next(each["event"]["id"] for each in events if each["event"]["type"].endswith("facts-stated.v1"))
        assert (await at.asked(at.agent, "messages", **MAIL, says=MONDAY, corrects=id_))[0] == 200
        stated = await recorded(office, at.case_id, "resolution", "facts-stated")
        assert (stated[0], stated[1]["corrects"]) == (first, id_)
        # Nor is helplessness feigned to win pity: a hardship of ours is told only with what shows it.
        talk = {"held_at": "2026-03-02T09:50:00Z", "said": "我们只剩两个人。 We have two people left.", "agreed": False}
        pity = await at.asked(at.agent, "limits-talks", **talk, hardship="We have two people left.")
        assert pity == (409, "hardship-not-shown")


@pytest.mark.practice("R02")
async def test_each_message_and_call_names_who_speaks_and_as_what_and_no_manager_is_played(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00") as office, counter(office) as at:
        await _speaks_truly(office, at)
        # No author but the one whose key it is.
        for step, body in (("messages", MAIL), ("calls", {})):
            for field in ("by", "author", "role", "signed_by"):
                answer = await at.agent.ask(at.case_id, f"resolution/{step}", {**body, field: "Director Wang"})
                assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


async def _speaks_truly(office: Office, at: Counter) -> None:
    swapped = {"as_role": "manager"}
    result = {"held_at": "2026-03-02T10:00:00Z", "result": "We will call on Friday.", "sent_by": "chat"}
    assert await at.asked(at.agent, "messages", **MAIL, **swapped) == (409, "role-not-in-directory")
    assert await at.asked(at.agent, "calls", **swapped) == (409, "role-not-in-directory")
    assert (await at.asked(at.agent, "calls"))[0] == 200
    assert await at.asked(at.agent, "call-results", **result, **swapped) == (409, "role-not-in-directory")
    assert (await at.asked(at.agent, "call-results", **result))[0] == 200
    assert (await at.asked(at.agent, "messages", **MAIL))[0] == 200
    assert (await at.asked(at.manager, "messages", **MAIL, **swapped))[0] == 200
    named = {
        name: [(each["by"], each["role"]) for each in await recorded(office, at.case_id, "resolution", name)]
        for name in ("call-offered", "call-recorded", "message-sent")
    }
    assert named == {
        "call-offered": [("agent-7", "agent")],
        "call-recorded": [("agent-7", "agent")],
        "message-sent": [("agent-7", "agent"), ("manager-7", "manager")],
    }
    _, file = await at.opened(at.agent, "messages")
    assert [(each["by"], each["role"]) for each in file["messages"]] == named["message-sent"]


@pytest.mark.practice("R03")
async def test_the_scope_is_what_the_complainant_said_yes_to_whatever_else_is_talked_of(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00") as office:
        case_id = await office.desk.receive()
        step = {"next_step": "We check the log.", "next_by": "2026-03-04T17:00:00Z"}
        await office.desk.do(case_id, "intake/problem-statements", {"statement": "年费扣了两次。", **step})
        await office.desk.do(case_id, "intake/problem-agreements", {"version": 1, "channel": "phone"})
        assert await _scope(office, case_id) == 1
        # Another subject is put forward, and pressed on with: what was agreed stays the scope.
        turned = {"statement": "You never read our terms.", **step}
        await office.desk.do(case_id, "intake/problem-statements", turned)
        await office.desk.do(case_id, "intake/card", {"what_happened": "We talked of the terms."})
        await office.desk.do(case_id, "resolution/messages", MAIL)
        await office.desk.walk(case_id, "investigation/conclusion")
        assert await _scope(office, case_id) == 1
        assert await code(office.desk, case_id, "intake/problem-agreements", {"version": 1, "channel": "phone"}) == (
            "problem-restated"
        )
        assert await code(office.desk, case_id, "intake/problem-agreements", {"version": 3, "channel": "phone"}) == (
            "not-numbered"
        )
        assert await _scope(office, case_id) == 1
        await office.desk.do(case_id, "intake/problem-agreements", {"version": 2, "channel": "phone"})
        assert await _scope(office, case_id) == 2
        assert [each["version"] for each in await recorded(office, case_id, "intake", "problem-agreed")] == [1, 2]


async def _scope(office: Office, case_id: str) -> int:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
    return int(answer.json()["file"]["problem"]["scope"])


@pytest.mark.practice("R04")
async def test_the_highest_rank_refuses_on_evidence_with_reasons_and_a_way_outside_or_not_at_all(
    open_office: Open,
) -> None:
    # The gate is the same for everybody: nothing of who asks reaches it.
    assert set(Gate.__dataclass_fields__) == {"route"}
    async with open_office() as office, counter(office, until="acknowledgement") as at:
        await office.desk.do(at.case_id, "intake/demands", demand("refund"))
        for step in list(STEPS)[1 : list(STEPS).index("resolution/remedies") + 1]:
            await office.desk.do(at.case_id, step)
        no = {"number": 1, "answer": "refused"}
        why = {"reason": "The log shows one fee.", "evidence": [1]}
        final = {"outcome": "not-upheld", "answer": "The fee stands.", "channel": "letter"}
        for desk in (at.agent, at.manager):
            assert await at.asked(desk, "demand-answers", **no) == (409, "refusal-without-reason")
            assert await at.asked(desk, "demand-answers", **no, reason=why["reason"]) == (
                409,
                "refusal-without-evidence",
            )
            assert await at.asked(desk, "demand-answers", **no, **why) == (409, "unknown-evidence")
            assert await at.asked(desk, "decision", **final) == (409, "decision-without-reasons")
            assert await at.asked(desk, "decision", **final, reasons="Because I say so.") == (409, "demand-unanswered")
        assert (await at.asked(at.manager, "demand-answers", number=1, answer="met"))[0] == 200
        assert (await at.asked(at.manager, "decision", **final, reasons="The log shows one fee."))[0] == 200
        decision = (await at.file("answers"))["decision"]
        assert decision["route"]["id"] == "courts"
        assert "court" in decision["letter"]["en"]
        assert "法院" in decision["letter"]["zh"]


@pytest.mark.practice("R08")
async def test_whatever_we_say_in_public_was_approved_and_names_its_author(open_office: Open) -> None:
    # All that can be said in public, in the four services.
    public = {route for route in asking() if route.endswith(("/public-replies", "/post-answers"))}
    assert len(public) == 2
    assert not {"name", "author", "as", "by", "nickname"} & frozenset().union(*(asking()[each] for each in public))
    async with open_office() as office:
        case_id = await office.desk.receive(channel="group-chat", complainant={"name": "Wang Fang"})
        buyer = {"statement": "I bought there for years, all fine!"}
        assert (await office.desk.ask(case_id, "public-replies", buyer)).status_code == 422
        await office.desk.do(case_id, "public-replies", {"statement": "please-write-to-us", "language": "zh"})
        (reply,) = await recorded(office, case_id, "intake", "public-reply-given")
        assert (reply["author"], reply["text"]) == ("handler-1", APPROVED["please-write-to-us"]["zh"])

        post = {"medium": "micro-blog", "posted_on": "2026-03-02", "address": "https://blog.example/1"}
        await office.desk.do(case_id, "intake/posts", post)
        said = {"number": 1, "statement": "No account was opened in that name."}
        assert await code(office.desk, case_id, "intake/post-answers", said) == "public-statement-not-approved"
        named = {**said, "approved_by": "head-of-press"}
        assert await code(office.desk, case_id, "intake/post-answers", named) == "public-statement-not-approved"
        await office.desk.do(case_id, "intake/post-statement-approvals", said)
        assert await code(office.desk, case_id, "intake/post-answers", said) == "approved-by-its-author"
        async with office.stack.client(await office.stack.key(actor="head-of-press")) as http:
            await Desk(http, office.stack.settle).do(case_id, "intake/post-statement-approvals", said)
        other = {**said, "statement": buyer["statement"]}
        assert await code(office.desk, case_id, "intake/post-answers", other) == "public-statement-not-approved"
        await office.desk.do(case_id, "intake/post-answers", said)
        (answered,) = await recorded(office, case_id, "intake", "post-answered")
        assert answered == {**said, "author": "handler-1", "approved_by": "head-of-press"}
