"""The quality report that a case leads, in its eight parts, and the reports of others that are about the case."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts import eight_d
from casework.shared.contracts.envelope import Envelope
from casework.shared.files.parts import Document, FilePart

TITLES = {
    1: ("The team", "团队"),
    2: ("The problem in numbers", "问题描述"),
    3: ("The interim measure", "临时措施"),
    4: ("The cause", "根本原因"),
    5: ("The lasting measure, chosen and tried", "永久措施的选择与验证"),
    6: ("The lasting measure in place, and its effect", "永久措施的实施与效果"),
    7: ("Not again, not elsewhere", "预防再发与横向展开"),
    8: ("Thanks and memory", "表彰与总结"),
}


def fold(document: Document, envelope: Envelope, event: Any) -> None:
    """One more event of the case. `led` is the report that the case leads, `in` are those of others."""
    match event:
        case eight_d.ReportOpened(report=number, title=title):
            parts = {f"d{at}": {"title": en, "title_zh": zh, "closed": False} for at, (en, zh) in TITLES.items()}
            document["led"] = {
                "report": number,
                "title": title,
                "lead_case": envelope.case_id,
                "cases": [envelope.case_id],
                "opened_at": envelope.time,
                **parts,
            }
        case eight_d.CaseTakenIntoReport(case=case):
            document["led"]["cases"].append(case)
        case eight_d.CaseLeftReport(case=case):
            document["led"]["cases"].remove(case)
        case eight_d.LinkedToReport(report=number, lead=lead):
            document.setdefault("in", {})[number] = {"lead_case": lead}
        case eight_d.UnlinkedFromReport(report=number, reason=reason):
            document["in"][number]["left_because"] = reason
        case eight_d.RootCauseVerified() | eight_d.EffectShown():
            _shown(document, event)
        case _:
            _discipline(document.get("led", {}), envelope, event)


def _shown(document: Document, event: eight_d.RootCauseVerified | eight_d.EffectShown) -> None:
    if (led := document.get("led")) is not None and led["report"] == event.report:
        where, name = (
            (led["d4"], "root_cause") if isinstance(event, eight_d.RootCauseVerified) else (led["d6"], "effect")
        )
    else:
        where = document["in"][event.report]
        name = "root_cause" if isinstance(event, eight_d.RootCauseVerified) else "effect"
    where[name] = event


def _discipline(led: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case eight_d.TeamFormed(members=members):
            led["d1"]["members"] = members
        case eight_d.ProblemDescribed(problem=problem, like_cases=like):
            led["d2"] |= {"problem": problem, "like_cases": like}
        case eight_d.ContainmentTaken(number=number, action=action, cases=cases):
            taken = {"number": number, "action": action, "cases": cases, "verified": False}
            led["d3"].setdefault("containments", []).append(taken)
        case eight_d.ContainmentVerified(number=number, how=how):
            led["d3"]["containments"][number - 1] |= {"verified": True, "how": how}
        case eight_d.WhyAsked(number=number, because=because, why_of=why_of):
            link = {"number": number, "because": because, "why_of": why_of, "proven": False}
            led["d4"].setdefault("whys", []).append(link)
        case eight_d.WhyProven(number=number, evidence=evidence, documents=documents):
            proof = {"evidence": evidence or (), "documents": documents or ()}
            led["d4"]["whys"][number - 1] |= {"proven": True, **proof}
        case eight_d.MeasureChosen(options=options, chosen=chosen):
            led["d5"] |= {"options": options, "chosen": chosen}
        case eight_d.MeasureTried(result=result, worked=worked):
            led["d5"].setdefault("trials", []).append({"result": result, "worked": worked})
        case eight_d.MeasurePutInPlace(day=day, how=how):
            led["d6"] |= {"in_place_on": day, "how": how}
        case eight_d.RecurrencePrevented():
            led["d7"] |= {
                "changes": event.changes,
                "read_across": event.read_across,
                "none_alike_because": event.none_alike_because,
            }
        case eight_d.TeamThanked(thanks=thanks, article=article):
            team = [member.name for member in led["d1"].get("members", ())]
            led["d8"] |= {"thanks": thanks, "article": article, "team": team}
        case eight_d.DisciplineClosed(discipline=discipline):
            led[f"d{discipline}"] |= {"closed": True, "closed_at": envelope.time}
        case _:
            pass


REPORT = FilePart("quality-report", fold)
