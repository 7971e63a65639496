"""A product defect: five complaints, one report in eight disciplines (8D) over all of them, and what became of each.

Run it against a running Casework: `python -m examples.five_cases_one_cause`. See examples/README.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from examples.desk import GRACE, LENA, PRIYA, SHOP, SURVEY, WEI, Walk, run

COMPLAINTS = (
    ("Rosa Diaz", "en", "The desk came without the two drawer boards."),
    ("Jon Smith", "en", "No drawer boards in the box, and the shop says to wait."),
    ("王芳", "zh", "书桌少了两块抽屉板。"),
    ("Ama Mensah", "en", "One door board is missing."),
    ("刘强", "zh", "书桌的孔位不对，装不上。"),
)
TEAM: Sequence[Mapping[str, Any]] = (
    {"name": WEI.name, "role": "leader", "skills": ["packing"], "hours_a_week": 6},
    {"name": "jo.marsh", "role": "member", "skills": ["scales"], "hours_a_week": 4},
    {"name": GRACE.name, "role": "sponsor", "hours_a_week": 1, "authority": "May stop the packing line."},
)
WHYS: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("The boxes left the works without two boards.", {"evidence": [1]}),
    ("The scale at the end of the line let them pass.", {"evidence": [2]}),
    ("Two boards weigh less than the tolerance of the scale.", {"documents": ["Scale protocol 2026-44"]}),
    ("The tolerance was set for the heavier desk of last year.", {}),
    ("Nobody sets the scale anew when a product changes.", {"documents": ["Procedure P-12 v2"]}),
)


async def story(walk: Walk, soon: timedelta = timedelta(seconds=5)) -> Sequence[str]:
    """The walk. Returns the paths of its five cases; the first one leads the report."""
    cases = [await received(walk, *complaint) for complaint in COMPLAINTS]
    number = await led(walk, cases)
    await contained(walk, cases)
    await understood(walk, cases[0])
    await mended(walk, cases[0])
    await learned(walk, cases[0])
    for case in cases:
        await settled(walk, case, number)
    await walk.read(
        GRACE,
        "exports the report, whole",
        f"/v1/reports/{number}",
        lambda report: json.dumps(report, ensure_ascii=False),
    )
    return cases


async def received(walk: Walk, name: str, language: str, words: str) -> str:
    """One of the five complaints, from the post to the investigator."""
    complaint = {
        "channel": "phone",
        "language": language,
        "category": "Furniture",
        "issue": "Parts missing",
        "words": words,
        "wish": "The parts, soon.",
        "complainant": {"name": name},
        "facts": [{"name": "lot", "value": "L-2026-44"}],
    }
    case = await walk.complain(SHOP, f"posts the call of {name}", complaint)
    acknowledged = {
        "channel": "phone",
        "problem": "Parts of the desk are missing.",
        "demand": "The missing parts.",
        "next_step": "We look for the cause and send what is missing.",
        "next_step_by": (walk.desk.now() + timedelta(days=3)).date().isoformat(),
        "reach": "+44 20 7946 0100",
    }
    await walk.post(LENA, "acknowledges it", f"{case}/acknowledgement", acknowledged)
    demand = {"kind": "replacement", "how": "explicit", "asked_directly": True}
    await walk.post(LENA, "records the demand", f"{case}/intake/demands", demand)
    weighed = {"severity": "medium", "complexity": "simple", "safety": False, "reason": "Parts are missing."}
    await walk.post(LENA, "weighs it", f"{case}/assessment", weighed)
    offer = {"reason": "The same lot as others.", "ready": ["complaint", "demand"], "open": ["cause"]}
    await walk.post(LENA, "offers the case to investigation", f"{case}/investigation-offer", offer)
    await walk.post(WEI, "takes the case", f"{case}/investigation/acceptance")
    return case


async def led(walk: Walk, cases: Sequence[str]) -> str:
    """One report over all five: D1, who works on it, and D2, the problem in numbers. Returns its number."""
    lead, *others = cases
    report = f"{lead}/investigation/report"
    for number, (kind, given_by, what) in enumerate(
        (
            ("photograph", "complainant", "The open box, without the two boards."),
            ("document", "organisation", "The log of the scale on line 2, lot L-2026-44."),
        ),
        1,
    ):
        sha256 = hashlib.sha256(what.encode()).hexdigest()
        item = {"kind": kind, "given_by": given_by, "what": what, "sha256": sha256, "reference": "8D/L-2026-44"}
        await walk.post(WEI, f"receives item {number}", f"{lead}/investigation/evidence-items", item)
    await walk.post(WEI, "opens a report on the first case", report, {"title": "Desks of lot L-2026-44 lack boards."})
    file = await walk.read(
        WEI,
        "reads its number",
        f"{lead}/files/investigation",
        lambda file: file["file"]["quality-report"]["led"]["report"],
    )
    stranger = {"case": str(uuid4())}
    await walk.refused(WEI, "links a case that there is not", f"{report}/cases", stranger, "unknown-case")
    for other in others:
        await walk.post(WEI, "links another case", f"{report}/cases", {"case": other.rpartition("/")[2]})

    alone = {"step": "team", "members": TEAM[:1]}
    await walk.post(WEI, "D1: names the team", f"{report}/steps", alone)
    closing = {"step": "close", "discipline": 1}
    await walk.refused(WEI, "closes D1 without a sponsor", f"{report}/steps", closing, "no-sponsor")
    await walk.post(WEI, "D1: names all of them", f"{report}/steps", alone | {"members": TEAM})
    problem = {
        "what": "Desks came without boards. 书桌缺板。",
        "where": "Packing line 2, lot L-2026-44",
        "since": "Week 44",
        "how_often": "12 of 10,000 boxes",
        "extent": [
            {"what": "drawer boards missing", "number": 3},
            {"what": "door board missing", "number": 1},
            {"what": "holes misplaced", "number": 1},
        ],
        "seen_before": False,
        "pattern": "batch",
        "inspected": True,
        "how_inspected": "By weight, at the end of the line.",
        "why_missed": "Two boards weigh less than the tolerance.",
    }
    told = {"problem": problem, "days": 30}
    await walk.post(WEI, "D2: tells the problem in numbers; like cases are counted", f"{report}/problem", told)
    return str(file["file"]["quality-report"]["led"]["report"])


async def contained(walk: Walk, cases: Sequence[str]) -> None:
    """D3: the damage does not grow, and somebody has seen that."""
    steps = f"{cases[0]}/investigation/report/steps"
    action = {
        "step": "containment",
        "action": "The lot is held back, and the missing boards go out today.",
        "cases": [case.rpartition("/")[2] for case in cases],
    }
    await walk.post(WEI, "D3: contains it", steps, action)
    closing = {"step": "close", "discipline": 3}
    await walk.refused(WEI, "closes D3 before anybody looked", steps, closing, "discipline-not-done")
    seen = {"step": "containment-verified", "number": 1, "how": "412 boxes counted in the store; none of them left."}
    await walk.post(WEI, "D3: sees that it holds", steps, seen)


async def understood(walk: Walk, lead: str) -> None:
    """D4: five whys, each proven, and the cause switched off and on."""
    steps = f"{lead}/investigation/report/steps"
    for number, (because, proof) in enumerate(WHYS, 1):
        above = {} if number == 1 else {"why_of": number - 1}
        link = {"step": "why", "because": because, **above, **proof}
        await walk.post(WEI, f"D4: why {number}? {because}", steps, link)
    test = "With the old setting 5 of 5 boxes without boards pass; with a new one none does."
    cause = {"step": "root-cause", "number": 5, "test": test}
    await walk.refused(WEI, "names the cause over an unproven link", steps, cause, "link-unproven")
    proven = {"step": "why-proven", "number": 4, "documents": ["Setting sheet of the scale, 2025-03-11"]}
    await walk.post(WEI, "D4: proves link 4", steps, proven)
    await walk.post(WEI, "D4: verifies the cause; it stands in all five cases", steps, cause)


async def mended(walk: Walk, lead: str) -> None:
    """D5 and D6: a measure out of several, tried before it is in place; and its effect in numbers."""
    steps = f"{lead}/investigation/report/steps"
    options = ["A finer scale.", "The setting changes with the order of the product."]
    await walk.post(WEI, "D5: chooses a measure", steps, {"step": "measure", "options": options, "chosen": 2})
    since = (walk.desk.now() - timedelta(days=14)).date().isoformat()
    in_place = {"step": "in-place", "day": since, "how": "The order sets the scale on both lines."}
    await walk.refused(WEI, "puts it in place untried", steps, in_place, "no-trial")
    trial = {"step": "trial", "result": "100 boxes, 10 of them short: all 10 were stopped.", "worked": True}
    await walk.post(WEI, "D5: tries it", steps, trial)
    await walk.post(WEI, "D6: puts it in place", steps, in_place)
    before = {"cases": 12, "orders": 10_000, "days": 90}
    after = {"cases": 0, "orders": 2_400, "days": 14}
    effect = {"step": "effect", "before": before}
    await walk.post(WEI, "D6: shows that nothing changed", steps, effect | {"after": before})
    closing = {"step": "close", "discipline": 6}
    await walk.refused(WEI, "closes D6 on that", steps, closing, "discipline-not-done")
    await walk.post(WEI, "D6: shows 12 of 10,000 before, none of 2,400 after", steps, effect | {"after": after})


async def learned(walk: Walk, lead: str) -> None:
    """D7 and D8: not again and not elsewhere; thanks to the team, and a lesson that others find."""
    steps = f"{lead}/investigation/report/steps"
    changes = [{"kind": "procedure", "reference": "P-12 v3"}, {"kind": "equipment", "reference": "Scale 2, Scale 3"}]
    prevention = {"step": "prevention", "changes": changes}
    await walk.post(WEI, "D7: changes the procedure", steps, prevention)
    closing = {"step": "close", "discipline": 7}
    await walk.refused(WEI, "closes D7 without a look at other products", steps, closing, "no-read-across")
    await walk.post(WEI, "D7: carries it over", steps, prevention | {"read_across": ["Shelf S-2", "Bed B-7"]})
    thanks = {"step": "thanks", "thanks": "Thank you all. 谢谢大家。", "article": "lesson-0044"}
    await walk.post(GRACE, "D8: thanks the team, and files the lesson", steps, thanks)
    early = {"step": "close", "discipline": 8}
    await walk.refused(GRACE, "closes D8 before the others", steps, early, "discipline-not-done")
    for discipline in range(1, 9):
        done = {"step": "close", "discipline": discipline}
        await walk.post(WEI, f"closes D{discipline}", steps, done)


async def settled(walk: Walk, case: str, number: str) -> None:
    """One of the five, from the cause that the report found to its closing."""
    inquiry, desk = f"{case}/investigation", f"{case}/resolution"
    file = await walk.read(
        WEI,
        "reads the cause in the file of the case",
        f"{case}/files/investigation",
        lambda file: _cause(file, number),
    )
    finding = {
        "finding": "The box left the works without parts.",
        "side": "organisation",
        "sides_heard": ["complainant", "organisation"],
        "demand": 1,
    }
    await walk.post(WEI, "finds", f"{inquiry}/findings", finding)
    conclusion = {"outcome": "upheld", "summary": f"The defect of {number}.", "cause": _cause(file, number)}
    await walk.post(WEI, "concludes", f"{inquiry}/conclusion", conclusion)
    offer = {"reason": "The cause is known.", "ready": ["finding", "cause"], "open": ["decision"]}
    await walk.post(WEI, "offers the case to whoever decides", f"{inquiry}/resolution-offer", offer)
    await walk.post(PRIYA, "takes the case", f"{desk}/acceptance")
    delivered = {"delivered_on": (walk.desk.now() - timedelta(days=9)).date().isoformat()}
    await walk.post(PRIYA, "checks what may be offered", f"{desk}/remedy-checks", delivered)
    parts = {"kind": "replacement", "remedy": "replace", "description": "The missing boards."}
    await walk.post(PRIYA, "proposes the boards", f"{desk}/remedies", parts)
    await walk.post(PRIYA, "meets the demand", f"{desk}/demand-answers", {"number": 1, "answer": "met"})
    decision = {
        "outcome": "upheld",
        "answer": "The missing boards are on their way. 缺少的板材已寄出。",
        "reasons": "The scale on our line let the box pass. It is set with every order now.",
        "channel": "phone",
    }
    await walk.post(PRIYA, "decides", f"{desk}/decision", decision)
    await walk.post(LENA, "hears yes", f"{desk}/reply", {"reply": "accepted", "channel": "phone"})
    await walk.post(PRIYA, "sends the boards", f"{desk}/sent-remedies", {"proof": "Parcel 44-1."})
    arrived = {"kind": "carrier-receipt", "proof": "Signed for, parcel 44-1."}
    await walk.post(PRIYA, "records that they arrived", f"{desk}/received-remedies", arrived)
    last = {"reason": "The boards are there.", "ready": ["decision", "parcel"], "open": ["closing"]}
    await walk.post(PRIYA, "offers the case to follow-up", f"{desk}/follow-up-offer", last)
    await walk.post(GRACE, "takes the case", f"{case}/follow-up/acceptance")
    await walk.post(GRACE, "asks what they think", f"{case}/follow-up/opinion-requests", {"channel": "phone"})
    opinion = {"on": "result", "score": 4, "channel": "phone"}
    await walk.post(SURVEY, "hands in the opinion", f"{case}/follow-up/opinions", opinion)
    closure = {
        "reason": "The boards have arrived.",
        "thanked": True,
        "four_rs": [
            {"r": "regret", "done": "Said on the phone."},
            {"r": "reform", "done": f"{number}: the scale is set with every order."},
            {"r": "restitution", "done": "The boards were sent."},
            {"r": "recovery", "excused": "Nothing else was lost."},
        ],
        "skipped": [{"procedure": "sanction", "reason": "No one person was at fault: the scale let it pass."}],
    }
    await walk.post(GRACE, "closes the case", f"{case}/closure", closure)


def _cause(file: Mapping[str, Any], number: str) -> str:
    """The cause that the report of that number found, in the file of whichever case is in it."""
    reports = file["file"]["quality-report"]
    found = reports["led"]["d4"] if "led" in reports else reports["in"][number]
    return str(found["root_cause"]["cause"])


if __name__ == "__main__":
    run(story, (__doc__ or "").partition("\n")[0])
