"""What every step of the staff keeps to, whatever it is about: who may, once only, and on which version."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import date, timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text
from tests.api.least import least_bodies
from tests.api.remedy_steps import REMEDY_STEPS

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS, Body, Desk
from casework.shared.testing.stack import Stack

REASON: Body = {"reason": "There is a reason."}
NOTHING = UUID(int=0)
CLOCK_STEPS: dict[str, Body] = {
    "pause": {"cause": "outside-appraisal"},
    "resumption": {},
    "extension": {**REASON, "extension": "cn.bank.30", "told_at": "2026-03-02T10:00:00Z"},
}
TIMED_STEPS: dict[str, Body] = {
    "investigation/evidence-requests": {
        "of": "complainant",
        "what": "The receipt.",
        "due_at": "2099-03-05T18:00:00+08:00",
        "effect": "decide-on-what-we-have",
        "channel": "email",
    },
    "investigation/evidence": {"what": "The receipt."},
    "resolution/promises": {"kind": "other", "words": "We write to you.", "due_at": "2099-03-05T18:00:00+08:00"},
    "resolution/promise-holders": {},
    "resolution/call-attempts": {"result": "no-answer"},
    "resolution/kept-promises": {"proof": "The letter."},
    "resolution/progress-updates": {"channel": "email", "next_by": "2099-03-05T18:00:00+08:00"},
    "resolution/progress-update-deliveries": {"proof": "Read receipt."},
    "resolution/progress-update-bounces": REASON,
    "resolution/quick-settlement": {"channel": "phone", "proof": "Recording 0119."},
    "resolution/summary-resolution": {"channel": "letter"},
    "resolution/measures": {
        **REASON,
        "party": "Shop 88",
        "what": "The link is taken down.",
        "sanction": "Six points.",
        "notified_by": "web",
    },
    "resolution/appeals": {"grounds": "We hold a licence."},
    "resolution/appeal-decisions": {**REASON, "succeeded": True},
}
CARE_STEPS: dict[str, Body] = {
    "intake/next-contact": {"channel": "phone"},
    "intake/immediate-actions": {"what": "Send a tow truck."},
    "intake/immediate-actions-done": {"proof": "Job 2217."},
    "intake/containment": {"contained_at": "2026-03-02T10:00:00Z", "proof": "In the library."},
    "intake/flags": {"flag": "health", "purpose": "Large print.", "source": "The caller.", "until": "2029-03-02"},
    "intake/lifted-flags": REASON,
    "intake/their-deadlines": {"words": "By five.", "said_at": "2026-03-02T10:00:00Z", "within_minutes": 20},
    "intake/their-deadlines-answered": {"channel": "phone"},
    "intake/incident-mode": {
        "what": "Twelve people block the gate.",
        "safety_lead": "Tomasz",
        "spokesperson": "Mei",
        "legal_route": "Aoife",
    },
    "intake/incident-mode-end": REASON,
    "follow-up/motive-answers": {"answered": True, "words": "I was heard."},
    "investigation/disposals": {"request_id": str(NOTHING), "rule": "Invoices: 3 years."},
    "resolution/uncontained-answer": REASON,
}
FIVE_MORES: Body = {
    "checklist": "internal.five-mores",
    "answers": [{"question": "patience", "answer": "Yes."}],
}
CONTACT_STEPS: dict[str, Body] = {
    "contact-attempts": {"number": "+86 21 5000 1000", "result": "no-answer"},
    "left-messages": {"number": "+86 21 5000 1000", "caller": "Mei Chen", "call_back": "+86 21 5000 1001"},
    "watches": {"number": "+86 21 5000 1000", "note": "Call before noon.", "until": "2099-03-05T18:00:00+08:00"},
    "investigation/tasks": {"what": "Count the parcels.", "holder": "warehouse-2", "working_days": 2},
    **{f"{service}/checks": FIVE_MORES for service in ("investigation", "resolution")},
}
PARTY: Body = {"party": "shop-1", "ground": "Parcels not sent."}
ENDING_STEPS: dict[str, Body] = {
    "resolution/promise-delays": {**REASON, "waits_for": "teacher-12"},
    "resolution/decision-appeals": {"grounds": "One entry was not looked at."},
    "resolution/decision-appeal-outcome": {**REASON, "succeeded": True},
    "resolution/infringements": {**PARTY, "ladder": "platform.general", "on": "2026-03-02"},
    "resolution/infringement-reversals": REASON,
    "resolution/sanctions": {**PARTY, "kind": "shop-down", "starts_on": "2026-03-02"},
    "resolution/sanction-appeals": {"grounds": "A strike."},
    "resolution/sanction-reversals": REASON,
    "resolution/sanction-confirmations": REASON,
    "follow-up/opinion-requests": {"channel": "phone"},
    "follow-up/opinion-excuses": {**REASON, "cause": "contact-refused"},
    "follow-up/opinions": {"on": "result", "score": 2, "channel": "web"},
    "follow-up/second-contacts": {"channel": "phone", "reached": False},
    "follow-up/owners": {**REASON, "owner": "Mei Chen"},
    "follow-up/look-ins": {"note": "It goes on."},
    "follow-up/conduct-flags": {
        "conduct": "insult",
        "done": "He called us names.",
        "evidence": "Recording 17.",
        "until": f"{date.today() + timedelta(days=30)}",
    },
    "follow-up/conduct-reviews": {**REASON, "confirmed": True},
}
DEMAND: Body = {"kind": "apology", "how": "explicit", "asked_directly": False}
RESPONDENT: Body = {**REASON, "number": 1}
AROUND_STEPS: dict[str, Body] = {
    "intake/demands": DEMAND,
    "intake/demand-changes": {**DEMAND, "number": 1},
    "intake/no-demand": {},
    "intake/demand-owners": {"number": 1, "urgency": "soon", "due_at": "2099-03-05T18:00:00+08:00"},
    "intake/items": {"goods": "Carton", "quantity": 6, "delivered": 50, "condition": "missing"},
    "intake/item-results": {"number": 1, "result": "replaced"},
    "intake/problem-statements": {
        "statement": "The loan was not found.",
        "next_step": "We call.",
        "next_by": "2099-03-05T18:00:00+08:00",
    },
    "intake/problem-agreements": {"version": 1, "channel": "phone"},
    "intake/linked-contacts": {"channel": "phone"},
    "intake/ground": {"ground": "loan-without-consent"},
    "intake/respondents": {"name": "Harbour Savings Bank"},
    "intake/respondent-withdrawals": {**RESPONDENT, "channel": "phone"},
    "intake/respondent-outcomes": {**RESPONDENT, "outcome": "upheld"},
    "intake/third-party-disputes": {"third_party": "forwarder"},
    "intake/third-party-dispute-states": {"number": 1, "state": "settled"},
    "intake/third-party-dispute-words": {"number": 1, "side": "third-party", "words": "Fifty were loaded."},
    "intake/posts": {"medium": "micro-blog", "posted_on": "2026-03-04", "address": "https://example.org/p/1"},
    "intake/post-statement-approvals": {"number": 1, "statement": "No account was opened."},
    "intake/post-answers": {"number": 1, "statement": "No account was opened."},
    "intake/post-reports": {"number": 1, "to": "regulator", "reported_on": "2026-03-05"},
    "resolution/demand-answers": {**RESPONDENT, "answer": "met"},
}
MONEY = {"amount": "3300.00", "currency": "CNY"}
ANSWER_STEPS: dict[str, Body] = {
    "resolution/apologies": {"words": "Sorry for the trouble; we will check.", "channel": "phone"},
    "resolution/messages": {"channel": "email", "text": "The parts leave on Friday."},
    "resolution/statements": {"statement": "S-3", "topics": ["parts-delivery"], "text": "They leave on Friday."},
    "resolution/statement-approvals": {"statement": "S-3", "version": 1},
    "resolution/negotiation-invitations": {"answer_by": "2099-03-05T18:00:00+08:00"},
    "resolution/negotiation-results": {"result": "tried"},
    "resolution/ruling": {
        "outcome": "not-upheld",
        "answer": "It goes to the seller.",
        "reasons": "The papers are in order.",
        "held": MONEY,
        "money": [{"to": "respondent", "amount": MONEY}],
        "complainant_by": "web",
        "respondent_by": "web",
    },
    "resolution/calls": {},
    "resolution/call-results": {"held_at": "2026-03-02T10:00:00Z", "result": "Two boards.", "sent_by": "chat"},
    "resolution/agreements": {"items": [{"what": "Two boards.", "quantity": 2}]},
    "resolution/agreement-acceptances": {"side": "complainant", "channel": "chat", "proof": "Chat of 11:20."},
    "resolution/abandoned-agreements": REASON,
}
CARD_STEPS: dict[str, Body] = {
    "intake/card": {"what_happened": "Three boards are missing.", "when": "2026-02-27", "reasonable": "unclear"},
    "intake/card-readings": {"channel": "phone"},
    "intake/card-confirmations": {"channel": "phone"},
    "intake/facts": {"fact": "Nobody met my child.", "asserted_by": "complainant"},
    "intake/fact-standings": {**REASON, "number": 1, "standing": "contested"},
    "intake/codes": {"cause": "staff-slip", "type": "reception"},
    "intake/form-lines": {"action": "Acknowledged.", "date": "2026-03-02", "name": "Mei Chen"},
}
PROOF_STEPS: dict[str, Body] = {
    "investigation/evidence-items": {
        "kind": "photograph",
        "given_by": "complainant",
        "what": "The bookcase.",
        "sha256": "a" * 64,
        "reference": "DMS box 1",
    },
    "investigation/held-evidence": {"document": "TM-1"},
    "investigation/unavailable-evidence": {"what": "Payroll records of 1999.", "dated": "1999-12-31"},
    "investigation/evidence-rulings": {**REASON, "number": 1, "ruling": "valid"},
    "investigation/evidence-statements": {"number": 1, "by": "respondent", "said": "We counted fifty."},
    "investigation/custody": {"holder": "courier-17", "since": "2026-03-01T12:05:00Z"},
    "investigation/evidence-waivers": {**REASON, "entry": "payment-proof", "checklist": "marketplace"},
    "investigation/evidence-completion": {"checklist": "marketplace"},
    "investigation/tariff-consultations": {
        "tariff": "fixed-deposit-3y",
        "contract_date": "2023-06-08",
        "principal": {"amount": "12345.75", "currency": "CNY"},
        "years": 3,
    },
    "investigation/party-papers": {"party": "agent", "name": "Acme Ltd"},
    "investigation/meetings": {"pack": "bank-mediation"},
    "investigation/meeting-invitations": {"at": "2099-03-10T10:00:00+08:00"},
    "investigation/recordings": {
        "sha256": "c" * 64,
        "reference": "Call store 0117",
        "made_at": "2026-03-01T09:00:00Z",
        "consent": "yes",
        "consent_by": "complainant",
        "consent_at": "2026-03-01T09:00:05Z",
    },
    "investigation/call-backs": {"result": "reached"},
}
# Not steps of staff: reading a restricted part, and what the services ask each other.
NO_STEPS = {f"files/{service}/openings" for service in SERVICES} | {
    "intake/sealings",
    "investigation/recording-openings",
}
EVERY_STEP: dict[str, Body] = {
    **{
        re.sub("{(clock|about)}", str(NOTHING), step): body
        for step, body in least_bodies().items()
        if step not in NO_STEPS
    },
    **STEPS,
    **ANSWER_STEPS,
    "withdrawal": {**REASON, "channel": "phone"},
    "investigation/declination": REASON,
    "resolution/declination": REASON,
    "follow-up/declination": REASON,
    "reopening": REASON,
    **CONTACT_STEPS,
    **TIMED_STEPS,
    **CARE_STEPS,
    **REMEDY_STEPS,
    **ENDING_STEPS,
    **AROUND_STEPS,
    **CARD_STEPS,
    **PROOF_STEPS,
    **{f"clocks/{NOTHING}/{step}": body for step, body in CLOCK_STEPS.items()},
    f"escalations/{NOTHING}/acceptance": {},
}
SCOPES = {"intake/subject-requests": "privacy:write"}
"""Of the steps that need another than the rest."""
REUSED = (422, "idempotency-key-reused")
CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = :application AND wait_event_type = 'Lock'"
)
every_step = pytest.mark.parametrize("step", EVERY_STEP)


def test_every_step_is_looked_at_here(stack: Stack) -> None:
    prefix = "/v1/cases/{case_id}/"
    routes = [path for path, item in stack.app.openapi()["paths"].items() if "post" in item]
    steps = {path.removeprefix(prefix) for path in routes if path.startswith(prefix)}
    assert {re.sub("{(clock|about)}", str(NOTHING), step) for step in steps - NO_STEPS} == EVERY_STEP.keys()


@every_step
async def test_who_may(stack: Stack, step: str) -> None:
    path = f"/v1/cases/{uuid4()}/{step}"
    async with stack.client(None) as nobody:
        refused = await nobody.post(path, json=EVERY_STEP[step], headers={"idempotency-key": "k"})
        assert _code(refused) == (401, "unauthenticated")
    async with stack.client(await stack.key("cases:read", "complaints:write", "feeds:read")) as reader:
        refused = await reader.post(path, json=EVERY_STEP[step], headers={"idempotency-key": "k"})
        assert _code(refused) == (403, "not-allowed")
        assert refused.json()["scope"] == SCOPES.get(step, "staff:write")


@every_step
async def test_the_form_of_the_request(desk: Desk, step: str) -> None:
    unknown, body = f"/v1/cases/{uuid4()}/{step}", EVERY_STEP[step]
    assert _code(await desk.http.post(unknown, json=body)) == (400, "idempotency-key-missing")
    assert _code(await desk.post(unknown, body)) == (404, "unknown-case")
    assert _code(await desk.post(f"/v1/cases/1/{step}", body)) == (422, "invalid-message")
    misspelt = await desk.post(unknown, {**body, "reasn": "x"})
    assert _code(misspelt) == (422, "invalid-message")
    assert misspelt.json()["errors"] == [{"detail": "there is no such field; leave it out", "pointer": "/reasn"}]


@pytest.mark.parametrize(
    ("step", "wrong", "pointer"),
    [
        ("assessment", {"severity": "catastrophic"}, "/severity"),
        ("assessment", {"safety": None}, "/safety"),
        ("assessment", {"safety": "no"}, "/safety"),
        ("investigation-offer", {"ready": ["x"] * 101}, "/ready"),
        ("investigation-offer", {"ready": [" "]}, "/ready/0"),
        ("investigation/acceptance", {"offer_id": "the last one"}, "/offer_id"),
        ("investigation/acceptance", {"holder": "x" * 201}, "/holder"),
        ("investigation/findings", {"finding": ""}, "/finding"),
        ("investigation/findings", {"finding": 7}, "/finding"),
        ("resolution/remedies", {"amount": {"amount": 12.5, "currency": "GBP"}}, "/amount/amount"),
        ("resolution/remedies", {"amount": {"amount": "12.50", "currency": "pounds"}}, "/amount/currency"),
        ("resolution/remedies", {"amount": {"amount": "1", "currency": "GBP", "tax": "0"}}, "/amount/tax"),
        ("resolution/reply", {"reply": "silence"}, "/reply"),
        ("closure", {"reason": ["because"]}, "/reason"),
    ],
)
async def test_a_field_that_is_wrong_is_pointed_at(desk: Desk, step: str, wrong: Body, pointer: str) -> None:
    refused = await desk.ask(str(uuid4()), step, {**EVERY_STEP[step], **wrong})
    assert _code(refused) == (422, "invalid-message")
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_the_actor_is_whose_key_it_is(desk: Desk, stack: Stack) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    async with stack.client(await stack.key("staff:write", actor="Mei Chen")) as http:
        mei = Desk(http, stack.settle)
        for named in ({"actor": "director"}, {"actor": {"id": "director", "kind": "person"}}, {"actorkind": "clock"}):
            assert (await mei.ask(case_id, "investigation/acceptance", named)).status_code == 422
        await mei.do(case_id, "investigation/acceptance", {"holder": "Wei"}, actor="director", actorkind="clock")
        await mei.do(case_id, "investigation/findings")
    events = (await desk.http.get(f"/v1/cases/{case_id}/events")).json()
    mine = [each["event"] for each in events if each["event"]["actor"] == "Mei Chen"]
    assert [event["type"].split(".")[2] for event in mine] == ["hand-off-accepted", "finding-recorded"]
    assert {event["actorkind"] for event in mine} == {"person"}
    assert mine[0]["data"]["holder"] == "Wei"
    assert "director" not in {each["event"]["actor"] for each in events}


async def test_if_match_guards_the_version_of_the_addressed_service(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    accepted = await desk.do(case_id, "investigation/acceptance", if_match='"investigation:1"')
    assert accepted.headers["etag"] == '"investigation:2"'
    # What is read of the case carries followup's version, which is no version of investigation's.
    read = await desk.http.get(f"/v1/cases/{case_id}")
    for stale in ('"investigation:1"', '"investigation:3"', read.headers["etag"], '"intake:2"', "*", "2", ""):
        refused = await desk.ask(case_id, "investigation/findings", if_match=stale)
        assert _code(refused) == (412, "version-changed"), stale
    assert len(await desk.types(case_id, "investigation")) == 2
    await desk.do(case_id, "investigation/findings", if_match=accepted.headers["etag"])
    assert len(await desk.types(case_id, "investigation")) == 3


async def test_the_version_that_was_read_guards_closing(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="resolution/follow-up-offer")
    read = (await desk.http.get(f"/v1/cases/{case_id}")).headers["etag"]
    await desk.do(case_id, "follow-up/acceptance", if_match=read)
    assert _code(await desk.ask(case_id, "closure", if_match=read)) == (412, "version-changed")


async def test_the_same_key_twice_is_one_event_and_one_answer(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation/acceptance")
    key = str(uuid4())
    first = await desk.do(case_id, "investigation/findings", idempotency_key=key, if_match='"investigation:2"')
    await desk.do(case_id, "investigation/findings")
    # The case has moved on: the first answer is still the answer, whatever is said about versions.
    again = await desk.ask(case_id, "investigation/findings", idempotency_key=key, if_match='"investigation:2"')
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert (await desk.types(case_id, "investigation")).count("finding-recorded.v1") == 2


async def test_a_key_stands_for_one_request(desk: Desk, stack: Stack) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation/acceptance")
    key, body = str(uuid4()), STEPS["investigation/findings"]
    await desk.do(case_id, "investigation/findings", idempotency_key=key)
    other = {**body, "side": "complainant"}
    assert _code(await desk.ask(case_id, "investigation/findings", other, idempotency_key=key)) == REUSED
    assert _code(await desk.ask(case_id, "investigation/conclusion", idempotency_key=key)) == REUSED
    assert _code(await desk.ask(str(uuid4()), "investigation/findings", idempotency_key=key)) == REUSED
    reordered = dict(reversed(list(body.items())))
    same = await desk.ask(case_id, "investigation/findings", reordered, idempotency_key=key)
    assert same.headers["idempotency-replayed"] == "true"
    # Keys are each caller's own.
    async with stack.client(await stack.key("staff:write", actor="handler-2")) as http:
        done = await Desk(http, stack.settle).do(case_id, "investigation/findings", idempotency_key=key)
        assert "idempotency-replayed" not in done.headers


async def test_what_was_refused_may_be_asked_again_under_its_key(desk: Desk) -> None:
    case_id, key = await desk.receive(), str(uuid4())
    assert _code(await desk.ask(case_id, "assessment", idempotency_key=key)) == (409, "complaint-not-acknowledged")
    await desk.do(case_id, "acknowledgement")
    await desk.do(case_id, "assessment", idempotency_key=key)


async def test_fifty_at_once_with_one_key_are_one_event(desk: Desk) -> None:
    case_id, key = await desk.receive(), str(uuid4())
    await desk.walk(case_id, until="investigation/acceptance")
    answers = await asyncio.gather(
        *(desk.ask(case_id, "investigation/findings", idempotency_key=key) for _ in range(50))
    )
    done = [answer for answer in answers if answer.status_code == 200]
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert {answer.content for answer in done} == {done[0].content}
    assert {_code(answer) for answer in answers if answer.status_code != 200} <= {(409, "request-in-flight")}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code != 200)
    assert (await desk.types(case_id, "investigation")).count("finding-recorded.v1") == 1
    late = await desk.ask(case_id, "investigation/findings", idempotency_key=key)
    assert (late.content, late.headers["idempotency-replayed"]) == (done[0].content, "true")


async def test_of_fifty_who_accept_at_once_one_has_the_work(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="investigation-offer")
    answers = await asyncio.gather(
        *(desk.ask(case_id, "investigation/acceptance", {"holder": f"handler-{n}"}) for n in range(50))
    )
    codes = Counter(_code(answer) for answer in answers if answer.status_code != 200)
    assert codes == {(409, "hand-off-already-accepted"): 49}
    assert await desk.types(case_id, "investigation") == ["investigation-opened.v1", "hand-off-accepted.v1"]


async def test_a_connection_cut_before_the_commit_leaves_neither_event_nor_answer(desk: Desk, stack: Stack) -> None:
    case_id, key = await desk.receive(), str(uuid4())
    await desk.walk(case_id, until="investigation/acceptance")
    async with begin(stack.admin) as work:
        # Whoever appends now waits, with everything else of its transaction done.
        await work.execute("SELECT FROM investigation.log_head FOR UPDATE")
        asked = asyncio.create_task(desk.ask(case_id, "investigation/findings", idempotency_key=key))
        await _cut(stack, "casework-investigation")
        assert _code(await asked) == (503, "unavailable")
    assert len(await desk.types(case_id, "investigation")) == 2
    done = await desk.do(case_id, "investigation/findings", idempotency_key=key)
    assert "idempotency-replayed" not in done.headers
    assert len(await desk.types(case_id, "investigation")) == 3


async def _cut(stack: Stack, application: str) -> None:
    """End the connection of `application` that waits for a lock, as soon as one does."""
    async with asyncio.timeout(5), stack.admin.connect() as other:
        while (await other.execute(CUT, {"application": application})).first() is None:
            await asyncio.sleep(0.01)


def _code(answer: httpx2.Response) -> tuple[int, str]:
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert document["status"] == answer.status_code
    return answer.status_code, document["type"].removeprefix("/problems/")
