"""A complaint about a service: four demands, an approval that goes up, and a promise that is broken after the closing.

Run it against a running Casework: `python -m examples.four_demands`. See examples/README.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from examples.desk import GRACE, LENA, PRIYA, SHOP, SURVEY, TOM, WEI, Walk, run

WORDS = "三次预约都没有人来，还收了上门费。 Three times I took a day off, nobody came, and I was charged for the visit."
DEMANDS: Sequence[Mapping[str, Any]] = (
    {"kind": "repair", "words": "The line has to work."},
    {"kind": "apology", "words": "I want to hear that it was wrong."},
    {"kind": "correction", "words": "Take the charge for the visit off my bill."},
    {"kind": "compensation", "amounts": [{"amount": "600.00", "currency": "GBP"}], "words": "Three days off work."},
)
OWNERS = ("field-service", PRIYA.name, "billing", PRIYA.name)
REGRET = "We are sorry that nobody came on three days. We will call you before the next visit."

ENDING: Mapping[str, Any] = {
    "reason": "All but the bill is done.",
    "thanked": True,
    "skipped": [
        {"procedure": "sanction", "reason": "The technician had left before; nobody else was at fault."},
        {"procedure": "improve-and-file", "reason": "The tours are planned anew by the review of November."},
    ],
}


def gbp(amount: str) -> Mapping[str, str]:
    return {"amount": amount, "currency": "GBP"}


async def story(walk: Walk, soon: timedelta = timedelta(seconds=5)) -> Sequence[str]:
    """The walk. A promise lasts for `soon`, and is then broken. Returns the path of its one case."""
    case = await received(walk)
    await investigated(walk, case)
    await approved(walk, case)
    await answered(walk, case)
    await closed_with_a_promise(walk, case, soon)
    await broken_and_kept(walk, case)
    return [case]


async def received(walk: Walk) -> str:
    """Four demands are told apart, each with an owner and a time of its own."""
    complaint = {
        "channel": "phone",
        "language": "zh",
        "category": "Broadband",
        "issue": "Nobody came",
        "words": WORDS,
        "wish": "Repair it, say sorry, correct the bill, and pay for my days.",
        "complainant": {"name": "Chen Li", "phone": "+44 20 7946 0021"},
    }
    case = await walk.complain(SHOP, "posts the call of Mr Chen", complaint)
    next_by = (walk.desk.now() + timedelta(days=4)).date().isoformat()
    await walk.post(
        LENA,
        "acknowledges it",
        f"{case}/acknowledgement",
        {
            "channel": "phone",
            "problem": "Nobody came on three days, and the visit was charged.",
            "demand": "Repair, apology, correction of the bill, 600 GBP.",
            "next_step": "We look up the three appointments and call you.",
            "next_step_by": next_by,
            "reach": "+44 20 7946 0100",
        },
    )
    for number, (demand, owner) in enumerate(zip(DEMANDS, OWNERS, strict=True), 1):
        stated = {"how": "explicit", "asked_directly": True, **demand}
        await walk.post(LENA, f"records demand {number}: {demand['kind']}", f"{case}/intake/demands", stated)
        due = (walk.desk.now() + timedelta(days=2 + number)).isoformat()
        held = {"number": number, "owner": owner, "urgency": "soon", "due_at": due}
        await walk.post(LENA, f"gives it to {owner}", f"{case}/intake/demand-owners", held)
    weighed = {"severity": "medium", "complexity": "simple", "safety": False, "reason": "One line, three days."}
    await walk.post(LENA, "weighs it", f"{case}/assessment", weighed)
    offer = {"reason": "Understood.", "ready": ["demands", "assessment"], "open": ["appointments"]}
    await walk.post(LENA, "offers the case to investigation", f"{case}/investigation-offer", offer)
    return case


async def investigated(walk: Walk, case: str) -> None:
    """What our own system says is not enough: it is held against what the complainant has."""
    inquiry = f"{case}/investigation"
    await walk.post(WEI, "takes the case", f"{inquiry}/acceptance")
    items = (
        ("task-entry", "respondent", "The technician's entries: nobody at home, on three days."),
        ("photograph", "complainant", "The door camera on the three days: nobody rang."),
        ("document", "organisation", "The employer's letter: two of the three days were paid leave."),
    )
    for number, (kind, given_by, what) in enumerate(items, 1):
        received_item = {
            "kind": kind,
            "given_by": given_by,
            "what": what,
            "sha256": hashlib.sha256(what.encode()).hexdigest(),
            "reference": f"records/2026/0815/{number}",
        }
        await walk.post(WEI, f"receives item {number}: {kind}", f"{inquiry}/evidence-items", received_item)
    false = {"number": 1, "ruling": "invalid", "reason": "The camera shows that nobody rang."}
    await walk.post(WEI, "rules that the entries are not valid", f"{inquiry}/evidence-rulings", false)
    one_sided = {"finding": "Nobody came.", "side": "complainant", "demand": 3, "evidence": [2]}
    side = {"sides_heard": ["complainant"]}
    await walk.refused(WEI, "finds before our side was heard", f"{inquiry}/findings", one_sided | side, "side-unheard")
    both = {"sides_heard": ["complainant", "organisation"]}
    found = (
        (1, "The line is dead since the storm.", [2]),
        (2, "Nobody came on three days.", [2]),
        (3, "The visit that was charged did not take place.", [2]),
        (4, "One day was lost without pay.", [3]),
    )
    for demand, finding, evidence in found:
        body = {"finding": finding, "side": "complainant", "demand": demand, "evidence": evidence, **both}
        await walk.post(WEI, f"finds for demand {demand}: {finding}", f"{inquiry}/findings", body)
    conclusion = {
        "outcome": "partly-upheld",
        "summary": "Nobody came on three days; one of them was lost without pay.",
        "cause": "The tour was planned for a technician who had left.",
    }
    await walk.post(WEI, "concludes, with the cause", f"{inquiry}/conclusion", conclusion)
    offer = {"reason": "The facts are there.", "ready": ["findings", "cause"], "open": ["decision"]}
    await walk.post(WEI, "offers the case to whoever decides", f"{inquiry}/resolution-offer", offer)


async def approved(walk: Walk, case: str) -> None:
    """More than one may give goes up, to the lowest rung that suffices; a no comes back with its reason."""
    desk = f"{case}/resolution"
    await walk.post(PRIYA, "takes the case", f"{desk}/acceptance")
    high = {"kind": "refund", "description": "600 GBP for three days.", "amount": gbp("600.00")}
    await walk.post(PRIYA, "proposes 600 GBP, 24 times what she may give", f"{desk}/remedies", high)
    await walk.read(
        TOM,
        "reads who is asked",
        f"{case}/files/resolution",
        lambda file: file["file"]["approvals"]["asked"][0]["role"],
    )
    yes = {"number": 1, "granted": True}
    await walk.refused(TOM, "says yes, to more than he may give", f"{desk}/approvals", yes, "not-high-enough")
    await walk.refused(
        GRACE, "says yes, before anybody brought her the facts", f"{desk}/approvals", yes, "pack-missing"
    )
    pack = {
        "number": 1,
        "quote": WORDS,
        "reading": "He wants to be believed more than to be paid.",
        "facts": ["Nobody came on three days.", "One of them was lost without pay.", "The line is dead."],
        "scenarios": ["He goes to the ombudsman.", "He stays if it is put right this week."],
        "options": [
            {"what": "All of it.", "cost": gbp("600.00"), "days": 3, "payer": "organisation", "risk": "Others ask."},
            {"what": "The day lost.", "cost": gbp("200.00"), "days": 3, "payer": "organisation", "risk": "He goes on."},
        ],
        "floor": gbp("150.00"),
    }
    await walk.post(PRIYA, "brings facts, options and his own words", f"{desk}/approval-packs", pack)
    opening = {"part": "approval-packs", "purpose": "To decide on the proposal."}
    openings = f"{case}/files/resolution/openings"
    await walk.refused(PRIYA, "opens what only the approver reads", openings, opening, "part-not-for-reader")
    opened = await walk.post(GRACE, "opens it, which is recorded", openings, opening)
    (brought,) = opened["file"]["packs"]
    assert next(iter(brought)) == "quote", "the complainant's words come before anybody's summary"
    assert brought["quote"] == WORDS
    no = {"number": 1, "granted": False, "reason": "Item 3 shows one day without pay. Propose what that day was worth."}
    await walk.post(GRACE, "says no, with a reason", f"{desk}/approvals", no)
    lower = {"kind": "refund", "description": "200 GBP for the day lost.", "amount": gbp("200.00")}
    await walk.post(PRIYA, "proposes 200 GBP", f"{desk}/remedies", lower)
    await walk.post(TOM, "approves it: within what he may give", f"{desk}/approvals", {"number": 2, "granted": True})
    free = (
        ("correction", "The charge for the visit is taken off."),
        ("apology", REGRET),
        ("repair", "A technician repairs the line tomorrow."),
    )
    for kind, description in free:
        remedy = {"kind": kind, "description": description}
        await walk.post(PRIYA, f"proposes the {kind}", f"{desk}/remedies", remedy)


async def answered(walk: Walk, case: str) -> None:
    """Each demand is answered by itself; a refusal says why, and on what. Then the decision, in one voice."""
    desk = f"{case}/resolution"
    for number in (1, 2, 3):
        met = {"number": number, "answer": "met"}
        await walk.post(PRIYA, f"meets demand {number}", f"{desk}/demand-answers", met)
    bare = {"number": 4, "answer": "refused", "reason": "One day was lost without pay, and 200 GBP are paid for it."}
    await walk.refused(
        PRIYA, "refuses demand 4 on no evidence", f"{desk}/demand-answers", bare, "refusal-without-evidence"
    )
    await walk.post(PRIYA, "refuses demand 4, 600 GBP, on item 3", f"{desk}/demand-answers", bare | {"evidence": [3]})
    sorry = {"kind": "regret", "words": REGRET, "channel": "phone"}
    await walk.post(PRIYA, "says sorry", f"{desk}/apologies", sorry)
    decision = {
        "outcome": "partly-upheld",
        "answer": "Sorry.",
        "reasons": "Your camera shows that nobody rang. One of the three days was lost without pay.",
        "channel": "phone",
    }
    await walk.refused(PRIYA, "writes an answer without a plan", f"{desk}/decision", decision, "wording-blocked")
    answer = "The line is repaired. We take the charge off your bill and pay 200 GBP. 我们将更正账单并支付200英镑。"
    await walk.post(PRIYA, "decides", f"{desk}/decision", decision | {"answer": answer})
    await walk.read(
        LENA,
        "reads what became of the four demands",
        f"{case}/files/resolution",
        lambda file: file["file"]["demands"]["summary"]["en"],
    )
    yes = {"reply": "accepted", "channel": "phone"}
    await walk.post(LENA, "hears that he accepts it", f"{desk}/reply", yes)


async def closed_with_a_promise(walk: Walk, case: str, soon: timedelta) -> None:
    """All but the corrected bill is done. That one is promised, and the case is closed over the promise."""
    desk, follow = f"{case}/resolution", f"{case}/follow-up"
    await executed(walk, case, 1, "the 200 GBP", "payment-confirmation", "Bank advice 0815-3.")
    await executed(walk, case, 3, "the apology", "message-copy", "Recording 0815 of the call.")
    await executed(walk, case, 4, "the repair", "visit-report", "Visit report 0815-R, signed.")
    offer = {"reason": "Accepted and paid.", "ready": ["decision", "payment"], "open": ["bill"]}
    await walk.post(PRIYA, "offers the case to follow-up", f"{desk}/follow-up-offer", offer)
    await walk.post(GRACE, "takes the case", f"{follow}/acceptance")
    await walk.post(GRACE, "asks what he thinks", f"{follow}/opinion-requests", {"channel": "phone"})
    bare = {"reason": ENDING["reason"], "thanked": True}
    silent = "reason-for-skipping-missing"
    await walk.refused(GRACE, "closes without a word on what was left out", f"{case}/closure", bare, silent)
    promise = {"kind": "other", "words": "The corrected bill is in your account by then.", "owner": "billing"}
    costly = promise | {"amount": gbp("900.00"), "due_at": (walk.desk.now() + timedelta(days=1)).isoformat()}
    await walk.refused(LENA, "promises 900 GBP", f"{desk}/promises", costly, "beyond-authority")
    timed = promise | {"due_at": (walk.desk.now() + soon).isoformat()}
    await walk.post(LENA, "promises the corrected bill, by a time", f"{desk}/promises", timed)
    await walk.post(GRACE, "closes the case; the promise runs on", f"{case}/closure", ENDING)
    await walk.desk.wait(walk.desk.now() + soon)


async def broken_and_kept(walk: Walk, case: str) -> None:
    """Nobody kept the promise: the case opens and goes up by itself. It is kept late, made good, and closed again."""
    desk, follow = f"{case}/resolution", f"{case}/follow-up"
    await walk.read(
        GRACE,
        "finds the case open again, without anybody having touched it",
        case,
        lambda status: status["open"] and f"{status['stage_words']['en']}: {status['next_action']['en']}",
    )
    events = await walk.read(TOM, "finds what was escalated", f"{case}/events", lambda all_: _escalated(all_)[-1])
    about = _escalated(events)[-1]["about"]
    await walk.post(TOM, "takes it on", f"{case}/escalations/{about}/acceptance")
    file = await walk.read(
        TOM,
        "looks up the promise that was broken",
        f"{case}/files/resolution",
        lambda file: file["file"]["promises"][0]["broken_at"] and file["file"]["promises"][0]["words"],
    )
    (broken,) = file["file"]["promises"]
    kept = {"promise_id": broken["promise_id"], "proof": "Bill 2026-11-B, with the charge taken off."}
    await walk.post(TOM, "has the bill corrected, and shows it", f"{desk}/kept-promises", kept)
    await walk.read(
        LENA,
        "reads the promise: kept, and late",
        f"{case}/files/resolution",
        lambda file: [(each["state"], each["late"]) for each in file["file"]["promises"]],
    )
    goodwill = {
        "kind": "refund",
        "description": "20 GBP because we did not keep our word.",
        "amount": gbp("20.00"),
        "remedy_class": "goodwill",
    }
    await walk.post(PRIYA, "proposes 20 GBP of goodwill, which she may give", f"{desk}/remedies", goodwill)
    await executed(walk, case, 2, "the correction", "letter-copy", "Bill 2026-11-B.")
    await walk.post(
        PRIYA,
        "answers again",
        f"{desk}/decision",
        {
            "outcome": "partly-upheld",
            "answer": "Your bill is corrected now, later than we promised. We pay 20 GBP. 账单现已更正。",
            "reasons": "The corrected bill lay ready and was not released.",
            "channel": "phone",
        },
    )
    yes = {"reply": "accepted", "channel": "phone"}
    await walk.post(LENA, "hears that he accepts it", f"{desk}/reply", yes)
    number = await _last_remedy(walk, case)
    await executed(walk, case, number, "the 20 GBP", "payment-confirmation", "Bank advice 0820-1.")
    offer = {"reason": "The promise is kept.", "ready": ["decision", "bill"], "open": ["closing"]}
    await walk.post(PRIYA, "offers the case to follow-up", f"{desk}/follow-up-offer", offer)
    await walk.post(GRACE, "takes the case", f"{follow}/acceptance")
    for on, score in (("result", 4), ("process", 2)):
        opinion = {"on": on, "score": score, "channel": "phone"}
        await walk.post(SURVEY, f"hands in the opinion on the {on}", f"{follow}/opinions", opinion)
    await walk.post(GRACE, "closes the case", f"{case}/closure", {**ENDING, "reason": "The bill is corrected."})
    await walk.read(LENA, "reads where it stands", case, lambda status: status["stage_words"]["en"])


async def executed(walk: Walk, case: str, remedy: int, what: str, kind: str, proof: str) -> None:
    """A remedy goes out and arrives, each with what shows it."""
    sent = {"remedy": remedy, "proof": f"Order 2026-0815-{remedy}."}
    await walk.post(PRIYA, f"has {what} carried out", f"{case}/resolution/sent-remedies", sent)
    arrived = {"remedy": remedy, "kind": kind, "proof": proof}
    await walk.post(PRIYA, f"shows that {what} arrived", f"{case}/resolution/received-remedies", arrived)


def _escalated(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was escalated: whom it asks, and about what."""
    found = (each["event"] for each in events)
    return [each["data"] for each in found if each["type"] == "casework.followup.case-escalated.v1"]


async def _last_remedy(walk: Walk, case: str) -> int:
    file = await walk.read(
        PRIYA,
        "looks up its number",
        f"{case}/files/resolution",
        lambda file: file["file"]["remedies"]["ledger"][-1]["number"],
    )
    return int(file["file"]["remedies"]["ledger"][-1]["number"])


if __name__ == "__main__":
    run(story, (__doc__ or "").partition("\n")[0])
