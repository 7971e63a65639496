"""A refund dispute: evidence from both sides, a decision, an appeal that another person judges, and the money sent.

Run it against a running Casework: `python -m examples.refund_dispute`. See examples/README.md.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from examples.desk import GRACE, LENA, PRIYA, SAM, SHOP, SURVEY, TOM, WEI, Walk, run

SCREENSHOT = "The course platform could not be reached, 3 to 6 November. 课程平台无法访问。".encode()
USAGE_LOG = b"day;opened\n1;yes\n2;yes\n3;yes\n4;yes\n5;yes\n6;yes\n7;yes\n8;yes\n9;yes\n10;yes\n"
STATUS_PAGE = b"Incident 4711: the platform was down on 4 days."


def gbp(amount: str) -> Mapping[str, str]:
    return {"amount": amount, "currency": "GBP"}


def item(content: bytes, **more: object) -> dict[str, Any]:
    """An item of evidence: its hash is kept, its bytes only come along to be held against it."""
    sent = {"sha256": hashlib.sha256(content).hexdigest(), "content": base64.b64encode(content).decode()}
    return {"reference": "records/2026/4711", **sent, **more}


async def story(walk: Walk, soon: timedelta = timedelta(seconds=5)) -> Sequence[str]:
    """The walk. Returns the path of its one case."""
    case = await received(walk)
    await investigated(walk, case)
    await decided(walk, case)
    await appealed(walk, case)
    await executed(walk, case)
    return [case]


async def received(walk: Walk) -> str:
    """The complaint is understood before anybody looks for fault: its card, the problem, the demands."""
    case = await walk.complain(
        SHOP,
        "posts what Mrs Okoye wrote on the web page",
        {
            "channel": "web",
            "language": "en",
            "category": "Online course",
            "issue": "Refund refused",
            "words": "I paid 299 pounds for 30 days and could not use the course. I want my money back.",
            "complainant": {"name": "Ada Okoye", "email": "ada@example.org", "phone": "+44 20 7946 0018"},
        },
    )
    ahead = walk.desk.now()
    await walk.post(
        LENA,
        "acknowledges it, and says what comes next and how to reach us",
        f"{case}/acknowledgement",
        {
            "channel": "email",
            "problem": "A course for 30 days was paid and could not be used as promised.",
            "demand": "The money back.",
            "next_step": "We ask both sides for proof and call you.",
            "next_step_by": (ahead + timedelta(days=7)).date().isoformat(),
            "reach": "+44 20 7946 0100",
        },
    )
    weighed = {"severity": "medium", "complexity": "simple", "safety": False, "reason": "One customer, one payment."}
    await walk.refused(
        LENA, "weighs it before anybody asked what is wanted", f"{case}/assessment", weighed, "demand-missing"
    )
    await walk.post(
        LENA,
        "calls, and writes the complaint card",
        f"{case}/intake/card",
        {
            "what_happened": "The platform could not be reached on several days, and cancelling had no effect.",
            "when": (ahead - timedelta(days=10)).date().isoformat(),
            "goods": {"what": "Online course, 30 days", "price": gbp("299.00")},
            "real_cause": "Nobody answered when I tried to cancel.",
            "wish": "All of the money back.",
            "feeling": "Annoyed, and polite.",
        },
    )
    demands: Sequence[Mapping[str, Any]] = (
        {"kind": "refund", "how": "explicit", "asked_directly": True, "amounts": [gbp("299.00")]},
        {"kind": "explanation", "how": "explicit", "asked_directly": True, "words": "Why did cancelling not work?"},
    )
    for number, demand in enumerate(demands, 1):
        await walk.post(LENA, f"records demand {number}: {demand['kind']}", f"{case}/intake/demands", demand)
        held = {"number": number, "owner": PRIYA.name, "urgency": "soon", "due_at": _in(walk, days=5)}
        await walk.post(LENA, f"gives demand {number} an owner and a time", f"{case}/intake/demand-owners", held)
    for step, says in (("card-readings", "reads the card back"), ("card-confirmations", "hears yes to it")):
        await walk.post(LENA, says, f"{case}/intake/{step}", {"channel": "phone"})
    await walk.post(
        LENA,
        "restates the problem, and what comes next by when",
        f"{case}/intake/problem-statements",
        {
            "statement": "How many of the 30 days could the course be used, and why did cancelling not work?",
            "next_step": "We tell you what the records show.",
            "next_by": _in(walk, days=5),
        },
    )
    agreed = {"version": 1, "channel": "phone"}
    await walk.post(LENA, "hears that this is the problem", f"{case}/intake/problem-agreements", agreed)
    await walk.post(LENA, "weighs it now", f"{case}/assessment", weighed)
    offer = {"reason": "Understood and weighed.", "ready": ["card", "assessment"], "open": ["evidence"]}
    await walk.post(LENA, "offers the case to investigation", f"{case}/investigation-offer", offer)
    return case


async def investigated(walk: Walk, case: str) -> None:
    """Both sides are asked for proof, and what comes is hashed, contested and ruled on."""
    inquiry = f"{case}/investigation"
    await walk.post(WEI, "takes the case", f"{inquiry}/acceptance")
    await walk.read(WEI, "looks at his worklist", f"/v1/worklist?holder={WEI.name}", lambda page: _due(page, case))
    asked = {"due_at": _in(walk, days=3), "effect": "decide-on-what-we-have", "channel": "email"}
    for side, what in (("complainant", "What shows that it was down."), ("organisation", "The usage log.")):
        wanted = {"of": side, "what": what, **asked}
        await walk.post(WEI, f"asks the {side} for proof by a time", f"{inquiry}/evidence-requests", wanted)
    events = await walk.read(WEI, "finds the two requests", f"{case}/events", lambda all_: _requests(all_)[1:])
    of_complainant, of_organisation = _requests(events)

    photograph = item(
        SCREENSHOT,
        kind="photograph",
        given_by="complainant",
        what="A screenshot of the page that could not be reached.",
        request_id=of_complainant,
    )
    altered = photograph | {"sha256": "0" * 64}
    await walk.refused(WEI, "mistypes the hash of it", f"{inquiry}/evidence-items", altered, "hash-mismatch")
    await walk.post(WEI, "receives item 1 from the complainant", f"{inquiry}/evidence-items", photograph)
    log = item(
        USAGE_LOG,
        kind="own-record",
        given_by="organisation",
        what="The usage log: opened on 10 days.",
        document="LOG-2026-4711",
        source="course platform",
        as_of=walk.desk.now().date().isoformat(),
        request_id=of_organisation,
    )
    await walk.post(WEI, "receives item 2 from our own side", f"{inquiry}/evidence-items", log)
    contested = {
        "number": 2,
        "by": "complainant",
        "said": "It counts days on which I only got an error page. 打开的只是错误页面。",
        "disputes": "other",
    }
    await walk.post(WEI, "takes down that she contests item 2", f"{inquiry}/evidence-statements", contested)
    rulings = ((1, "valid", "It is the page, and dated."), (2, "valid", "It is the log of that account."))
    for number, ruling, reason in rulings:
        ruled = {"number": number, "ruling": ruling, "reason": reason}
        await walk.post(WEI, f"rules that item {number} is valid", f"{inquiry}/evidence-rulings", ruled)
    await walk.read(
        WEI,
        "reads how they stand: what is contested is not simply valid",
        f"{case}/files/investigation",
        lambda file: [each["said"]["en"] for each in file["file"]["evidence"]["items"]],
    )
    both = {"sides_heard": ["complainant", "organisation"]}
    findings = (
        {"finding": "The course was opened on 10 of 30 days.", "side": "organisation", "demand": 1, "evidence": [1, 2]},
        {"finding": "The button to cancel led nowhere.", "side": "complainant", "demand": 2, "evidence": [1]},
    )
    for found in findings:
        says = f"finds, on items {found['evidence']}, for demand {found['demand']}"
        await walk.post(WEI, says, f"{inquiry}/findings", found | both)
    await walk.post(
        WEI,
        "concludes, with the cause",
        f"{inquiry}/conclusion",
        {
            "outcome": "partly-upheld",
            "summary": "20 days were not used, and cancelling did not work.",
            "cause": "The button to cancel was left out of the new version of the page.",
        },
    )
    offer = {"reason": "The facts are there.", "ready": ["findings", "cause"], "open": ["decision"]}
    await walk.post(WEI, "offers the case to whoever decides", f"{inquiry}/resolution-offer", offer)


async def decided(walk: Walk, case: str) -> None:
    """A refund by the rule, approved by somebody else; each demand answered; then the decision."""
    desk = f"{case}/resolution"
    await walk.post(PRIYA, "takes the case", f"{desk}/acceptance")
    await proposed(walk, case, used=10, amount="199.33")
    own = await walk.refused(PRIYA, "approves it herself", f"{desk}/approvals", {"granted": True}, "own-approval")
    assert own
    await walk.post(TOM, "approves it", f"{desk}/approvals", {"granted": True})
    decision = {
        "outcome": "partly-upheld",
        "answer": "We refund 199.33 GBP for the 20 days that you did not use. 我们将退还20天的费用。",
        "reasons": "The log shows 10 days of use. The button to cancel was missing; it is back.",
        "channel": "email",
    }
    await walk.refused(PRIYA, "decides with demands unanswered", f"{desk}/decision", decision, "demand-unanswered")
    no = {"number": 1, "answer": "refused", "reason": "10 of the 30 days were used.", "evidence": [2]}
    await walk.post(PRIYA, "refuses demand 1, the whole price, with reason and evidence", f"{desk}/demand-answers", no)
    yes = {"number": 2, "answer": "met", "evidence": [1]}
    await walk.post(PRIYA, "meets demand 2, the explanation", f"{desk}/demand-answers", yes)
    await walk.post(PRIYA, "decides", f"{desk}/decision", decision)
    await walk.read(
        LENA,
        "reads what the complainant was written: reasons, and the way outside",
        f"{case}/files/resolution",
        lambda file: file["file"]["answers"]["decision"]["letter"]["en"],
    )


async def appealed(walk: Walk, case: str) -> None:
    """The complainant does not accept it. Somebody who had no part judges, and a new decision follows."""
    desk = f"{case}/resolution"
    grounds = {"grounds": "Four of the ten days were error pages. I ask for those days, too."}
    await walk.post(LENA, "takes down the appeal", f"{desk}/decision-appeals", grounds)
    early = {"reason": "Decided."}
    await walk.refused(PRIYA, "passes the case on meanwhile", f"{desk}/follow-up-offer", early, "appeal-waits")
    third = item(
        STATUS_PAGE,
        kind="document",
        given_by="third-party",
        giver="hosting-7",
        what="The host's report: down on 4 days.",
    )
    await walk.post(WEI, "receives item 3, from the host", f"{case}/investigation/evidence-items", third)
    succeeded = {"succeeded": True, "reason": "Item 3 bears out that on 4 of the 10 days only an error page opened."}
    judging = f"{desk}/decision-appeal-outcome"
    await walk.refused(PRIYA, "judges the appeal against her decision", judging, succeeded, "judge-was-involved")
    await walk.post(SAM, "judges the appeal: it succeeds", judging, succeeded)

    wanted = {"number": 1, "kind": "refund", "how": "explicit", "asked_directly": True, "amounts": [gbp("239.20")]}
    await walk.post(LENA, "records what she wants now", f"{case}/intake/demand-changes", wanted)
    time = {"number": 1, "owner": PRIYA.name, "urgency": "at-once", "due_at": _in(walk, days=2)}
    await walk.post(LENA, "gives it a time of its own", f"{case}/intake/demand-owners", time)
    waived = {"remedy": 1, "proof": "The appeal: the refund of 239.20 GBP takes its place."}
    await proposed(walk, case, used=6, amount="239.20")
    await walk.post(TOM, "approves it", f"{desk}/approvals", {"granted": True})
    await walk.post(PRIYA, "lets go of the first refund, so that nobody pays both", f"{desk}/waived-remedies", waived)
    met = {"number": 1, "version": 2, "answer": "met", "evidence": [1, 3]}
    await walk.post(PRIYA, "meets demand 1 as it is now", f"{desk}/demand-answers", met)
    await walk.post(
        PRIYA,
        "gives the final answer",
        f"{desk}/decision",
        {
            "outcome": "upheld",
            "answer": "We refund 239.20 GBP for the 24 days that you could not use. 我们将退还24天的费用。",
            "reasons": "The report of our host bears out your screenshot: on 4 of the 10 days nothing opened.",
            "channel": "email",
        },
    )
    yes = {"reply": "accepted", "channel": "phone"}
    await walk.post(LENA, "hears that she accepts it", f"{desk}/reply", yes)


async def executed(walk: Walk, case: str) -> None:
    """The money goes out and arrives, each with its proof; the opinion is asked for; the case is closed."""
    desk, follow = f"{case}/resolution", f"{case}/follow-up"
    sent = {"remedy": 2, "proof": "Transfer 2026-0017.", "amount": gbp("239.20")}
    await walk.post(PRIYA, "has the refund sent", f"{desk}/sent-remedies", sent)
    offer = {"reason": "Accepted, and on its way.", "ready": ["decision"], "open": ["arrival", "closing"]}
    await walk.post(PRIYA, "offers the case to follow-up", f"{desk}/follow-up-offer", offer)
    await walk.post(GRACE, "takes the case", f"{follow}/acceptance")
    closure = {
        "reason": "The refund has arrived.",
        "thanked": True,
        "four_rs": [
            {"r": "regret", "done": "We said sorry in the final answer's letter."},
            {"r": "reform", "done": "The button to cancel is back."},
            {"r": "restitution", "done": "239.20 GBP were refunded."},
            {"r": "recovery", "excused": "The course is over."},
        ],
        "skipped": [{"procedure": "sanction", "reason": "No one person was at fault."}],
    }
    await walk.refused(GRACE, "closes before the money has arrived", f"{case}/closure", closure, "remedy-not-received")
    advice = {"remedy": 2, "kind": "payment-confirmation", "proof": "Bank advice 0017-9."}
    await walk.post(PRIYA, "records that it has arrived", f"{desk}/received-remedies", advice)
    await walk.post(GRACE, "asks what the complainant thinks", f"{follow}/opinion-requests", {"channel": "email"})
    result = {"on": "result", "score": 4, "channel": "web"}
    await walk.refused(GRACE, "rates her own work", f"{follow}/opinions", result, "part-not-for-reader")
    for opinion in (result, {"on": "process", "score": 5, "channel": "web", "words": "有人认真看了证据。"}):
        says = f"hands in the opinion on the {opinion['on']}"
        await walk.post(SURVEY, says, f"{follow}/opinions", opinion)
    await walk.post(GRACE, "closes the case", f"{case}/closure", closure)
    await walk.read(LENA, "reads where it stands", case, lambda status: status["stage_words"]["en"])


async def proposed(walk: Walk, case: str, *, used: int, amount: str) -> None:
    """A refund as the rule reckons it. It is more than an agent may give, so the team leader is asked."""
    desk = f"{case}/resolution"
    paid = {"paid": gbp("299.00"), "days": 30, "used": used, "rule": "pro-rata"}
    await walk.post(PRIYA, f"has the refund reckoned: {used} of 30 days used", f"{desk}/refund-assessments", paid)
    file = await walk.read(
        PRIYA,
        "reads what comes back",
        f"{case}/files/resolution",
        lambda file: file["file"]["remedies"]["refund"]["used"] == used and file["file"]["remedies"]["refund"],
    )
    eligible = file["file"]["remedies"]["refund"]["eligible"]
    assert eligible == gbp(amount), eligible
    remedy = {"kind": "refund", "remedy": "refund", "description": f"Refund of {amount} GBP.", "amount": eligible}
    await walk.post(PRIYA, "proposes it: more than she may give", f"{desk}/remedies", remedy)


def _in(walk: Walk, *, days: int) -> str:
    """An instant that lies so many days ahead."""
    return (walk.desk.now() + timedelta(days=days)).isoformat()


def _due(page: Mapping[str, Any], case: str) -> Any:
    """The line of a worklist that is about the case."""
    return next(each for each in page["items"] if case.endswith(each["case_id"]))


def _requests(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of the requests for evidence, in order."""
    found = (each["event"] for each in events)
    asked = "casework.investigation.evidence-requested.v1"
    return [each["data"]["request_id"] for each in found if each["type"] == asked]


if __name__ == "__main__":
    run(story, (__doc__ or "").partition("\n")[0])
