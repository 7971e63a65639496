"""What the complaint is about: the problem as it was agreed, the demands with what came of each, the assessment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Fields, Section, Table, nonempty
from casework.shared.cli.case_page.speech import Speech


def matter(found: Found, say: Speech) -> Iterator[Section | None]:
    """The sections about the complaint itself."""
    yield nonempty(say("What it is about", "投诉内容"), [Fields(list(_complaint(found, say)))])
    yield nonempty(say("What is demanded", "诉求"), [demands(found, say), _not_stated(found, say)])
    yield nonempty(say("Items of the claim", "索赔明细"), [_items(found, say)])
    yield nonempty(say("Initial assessment", "初步评审"), [Fields(list(_assessment(found, say))), _at_once(found, say)])
    yield nonempty(say("Around the complaint", "投诉周边"), list(_around(found, say)))


def _complaint(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    receipt = found.part("intake", "receipt")
    if receipt:
        yield say("Came by", "来源方式"), say.word(receipt["channel"])
        yield say("Organisation", "组织"), say.value(receipt.get("organisation"))
        yield say("Goes on from case", "接续案件"), say.value(receipt.get("continues"))
        roads = [f"{say.word(each['origin'])} ({each['source']})" for each in receipt["roads"]]
        yield say("Roads", "途径"), say(", ", "、").join(roads) if len(roads) > 1 else ""
        facts = [f"{name}: {say.value(value)}" for name, value in receipt.get("facts", {}).items()]
        yield say("Facts given", "所述事实"), say("; ", "；").join(facts)
        if (gone := receipt.get("withdrawn")) is not None:
            yield say("Withdrawn", "撤回"), f"{say.at(gone['at'])}: {say.value(gone['reason'])}"
    problem = found.part("intake", "problem")
    for version in problem.get("versions", ()):
        state = say(
            f"agreed by {say.word(version.get('agreed_by', ''))}",
            f"投诉人已同意（{say.word(version.get('agreed_by', ''))}）",
        )
        if not version["agreed"]:
            state = say("not agreed", "未同意")
        said = say.value(version["statement"])
        if version["statement"] == {"sealed": True}:
            said = say("restricted, open intake/problem-in-full", "受限，请打开 intake/problem-in-full")
        yield (
            say(f"The problem, version {version['version']}", f"问题，第{version['version']}版"),
            say(f"{said}, {state}", f"{said}，{state}"),
        )
    card = found.part("intake", "card-state")
    if card.get("state") == "incomplete":
        yield say("The card lacks", "投诉卡缺少"), say.joined(card["missing"])
    for name, coded in card.get("codes", {}).items():
        yield say(f"Coded, {name}", f"编码（{ {'cause': '原因', 'type': '类型'}.get(name, name) }）"), say.value(coded)
    contacts = found.part("intake", "linked-contacts")
    if contacts.get("contacts", 0) > 1:
        by = say(", ", "、").join(f"{say.word(name)} {many}" for name, many in contacts["by_channel"].items())
        yield say("Contacts", "联系次数"), f"{contacts['contacts']} ({by})"
    representatives = found.part("intake", "representatives")
    for each in representatives.get("representatives", ()):
        authority = each.get("authority")
        shown = say("authority not shown", "授权未证明")
        if authority is not None:
            until = say.value(authority.get("valid_until"))
            shown = say(f"authority from {authority['valid_from']}", f"授权自{authority['valid_from']}起")
            shown += say(f" to {until}", f"至{until}止") if until else ""
        yield say(f"Representative {each['number']}", f"第{each['number']}位代表"), f"{say.word(each['role'])}, {shown}"
    if (joint := representatives.get("joint")) is not None:
        yield say("Complainants", "投诉人数"), say.value(joint["complainants"])


def demands(found: Found, say: Speech) -> Table:
    """Each demand: what is wanted, who answers for it, what was found for it, what was decided."""
    decided = {each["number"]: each for each in found.part("resolution", "demands").get("demands", ())}
    findings: dict[int, list[str]] = {}
    for each in found.part("investigation", "inquiry").get("findings", ()):
        if each.get("demand") is not None:
            findings.setdefault(each["demand"], []).append(say.value(each["finding"]))
    rows = []
    for demand in found.part("intake", "demands").get("demands", ()):
        number = demand["number"]
        wants = say.word(demand["kind"])
        if demand["how"] == "inferred":
            wants += say(" (inferred)", "（推断）")
        rows.append(
            (
                str(number),
                wants,
                _amounts(demand, say),
                say.value(demand.get("owner")),
                say.value(demand.get("due_at")),
                say(" ", "").join(findings.get(number, ())),
                _answer(decided.get(number, {}).get("answer"), say),
            )
        )
    rows.sort(key=lambda row: int(row[0]))
    columns = (
        ("No", "序号"),
        ("Wanted", "诉求"),
        ("Amount", "金额"),
        ("Owner", "负责人"),
        ("Due", "期限"),
        ("Found", "查明"),
        ("Decided", "决定"),
    )
    return Table([say(*each) for each in columns], rows)


def _amounts(demand: Mapping[str, Any], say: Speech) -> str:
    """The amounts that are wanted now, with those of the versions before where they were others."""
    now = say.joined(demand.get("amounts") or ())
    if demand.get("alternatives"):
        now += say(" or ", "，或") + say.joined(demand["alternatives"])
    before = [say.joined(each.get("amounts") or ()) for each in demand.get("before", ())]
    were = [each for each in dict.fromkeys(before) if each and each != now]
    return now + (say(f" (before: {', '.join(were)})", f"（原为{'、'.join(were)}）") if were else "")


def _answer(answer: Mapping[str, Any] | None, say: Speech) -> str:
    if answer is None:
        return say("open", "未答复")
    said = say.word(answer["answer"])
    if answer.get("granted"):
        said += f" {say.value(answer['granted'])}"
    if answer.get("reason"):
        said += f": {say.value(answer['reason'])}"
    if answer.get("evidence"):
        said += say(f" (evidence {say.joined(answer['evidence'])})", f"（证据{say.joined(answer['evidence'])}）")
    if answer.get("by") not in (None, "organisation"):
        said += say(f" by the {say.word(answer['by'])}", f"，由{say.word(answer['by'])}作出")
    return said


def _not_stated(found: Found, say: Speech) -> Fields:
    part = found.part("intake", "demands")
    summary = found.part("resolution", "demands").get("summary")
    by = part.get("not_stated", {}).get("asked_by")
    return Fields(
        [
            (say("Together", "合计"), say.both(summary) if summary else ""),
            (say("Asked, not stated", "已询问未说明"), say.value(by)),
        ]
    )


def _items(found: Found, say: Speech) -> Table:
    rows: Sequence[Sequence[str]] = [
        (
            str(each["number"]),
            say.value(each["goods"]),
            say(f"{each['quantity']} of {each['delivered']}", f"{each['delivered']}中的{each['quantity']}"),
            say.word(each["condition"]),
            say.value(each.get("demand")),
            say.word(each.get("result") or each["state"])
            + (f": {say.value(each['note'])}" if each.get("note") else ""),
        )
        for each in found.part("intake", "items") or ()
    ]
    columns = (
        ("No", "序号"),
        ("Goods", "货物"),
        ("Number", "数量"),
        ("Are", "情况"),
        ("Demand", "诉求"),
        ("State", "状态"),
    )
    return Table([say(*each) for each in columns], rows)


def _assessment(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    part = found.part("intake", "assessment")
    if (weights := part.get("weights")) is not None:
        flags = [
            say("safety at stake", "涉及安全") if weights["safety"] else "",
            say("act at once", "须立即行动") if weights["immediate_action"] else "",
        ]
        said = [say.word(weights["severity"]), say.word(weights["complexity"]), *filter(None, flags)]
        yield say("Assessed as", "评定"), f"{say(', ', '，').join(said)}: {say.value(weights['reason'])}"
        reach = [say.word(weights[name]) for name in ("impact", "urgency", "track") if weights.get(name)]
        yield say("Impact, urgency, track", "影响、紧急、方式"), say(", ", "、").join(reach)
    if (cooling := part.get("cooling")) is not None:
        over = say.at(cooling["ended_at"]) if "ended_at" in cooling else ""
        said_ = f"{cooling['until']}: {say.value(cooling['reason'])}"
        yield say("Prepared until", "准备至"), said_ + (say(f" (ended {over})", f"（{over}结束）") if over else "")
    if part.get("contained_at"):
        yield say("Contained since", "控制于"), say.at(part["contained_at"])


def _at_once(found: Found, say: Speech) -> Table:
    actions = found.part("intake", "assessment").get("immediate_actions", {}).values()
    rows = []
    for each in actions:
        state = say.word(each["state"])
        if each["state"] == "done":
            state += f" {say.at(each['done_at'])}" + (say(", late", "，逾期") if each.get("late") else "")
        rows.append(
            (
                say.value(each["what"]),
                say.value(each["holder"]),
                say.at(each["due_at"]),
                state,
                say.value(each.get("proof")),
            )
        )
    columns = (("At once", "立即行动"), ("By", "由"), ("Due", "期限"), ("State", "状态"), ("Proof", "凭证"))
    return Table([say(*each) for each in columns], rows)


def _around(found: Found, say: Speech) -> Iterator[Fields | Table]:
    respondents = [
        (
            str(each["number"]),
            say.value(each["name"]),
            say.word(each.get("outcome") or each["state"]),
            say.value(each.get("reason")),
        )
        for each in found.part("intake", "respondents") or ()
    ]
    against = (("No", "序号"), ("Against", "被投诉方"), ("State", "状态"), ("Reason", "理由"))
    yield Table([say(*each) for each in against], respondents)
    disputes = [
        (str(each["number"]), say.value(each["third_party"]), say.value(each.get("item")), say.both(each["state"]))
        for each in found.part("intake", "third-party-disputes") or ()
    ]
    quarrel = (("No", "序号"), ("Quarrel with", "争议方"), ("Item", "明细"), ("State", "状态"))
    yield Table([say(*each) for each in quarrel], disputes)
    posts = [
        (
            str(each["number"]),
            say.value(each["medium"]),
            say.value(each["posted_on"]),
            say("; ", "；").join(say.value(one["author"]) for one in each["answers"]),
            say("; ", "；").join(f"{say.word(one['to'])} {one['on']}" for one in each["reports"]),
        )
        for each in found.part("intake", "posts") or ()
    ]
    published = (("No", "序号"), ("Post", "发布"), ("On", "日期"), ("Answered by", "回应人"), ("Reported to", "上报"))
    yield Table([say(*each) for each in published], posts)
