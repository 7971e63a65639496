"""What was established: the evidence with its rulings, findings and cause, tasks, and the quality report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Block, Fields, Section, Table, nonempty
from casework.shared.cli.case_page.speech import Speech


def proof(found: Found, say: Speech) -> Iterator[Section | None]:
    """The sections about what was established."""
    blocks: list[Block] = [_items(found, say), Fields(list(_around_evidence(found, say))), _requests(found, say)]
    yield nonempty(say("Evidence", "证据"), blocks)
    yield nonempty(
        say("Investigation", "调查"), [Fields(list(_inquiry(found, say))), _tasks(found, say), _shares(found, say)]
    )
    report = found.part("investigation", "quality-report")
    if (led := report.get("led")) is not None:
        title = say(f"Quality report {led['report']}: {led['title']}", f"质量报告{led['report']}：{led['title']}")
        yield nonempty(title, [Fields(list(_eight(led, say)))])
    for number, other in report.get("in", {}).items():
        rows = [
            (say("Lead case", "主案"), say.value(other["lead_case"])),
            (say("Root cause", "根本原因"), say.value(other.get("root_cause", {}).get("cause"))),
            (say("Effect", "效果"), _effect(other.get("effect"), say)),
            (say("Left, because", "移出原因"), say.value(other.get("left_because"))),
        ]
        yield nonempty(say(f"In the quality report {number}", f"纳入质量报告{number}"), [Fields(rows)])


def _items(found: Found, say: Speech) -> Table:
    rows = []
    for each in found.part("investigation", "evidence").get("items", ()):
        item = each["item"]
        origin = say.value(item.get("given_by"))
        if item.get("giver"):
            origin += f" ({say.value(item['giver'])})"
        if "of_case" in item:
            origin += say(f", case {item['of_case']}", f"，案件{item['of_case']}")
        if "disposed_on" in item:
            state, reason = say("no longer there", "已不存在"), say.value(item["rule"])
        elif "ruling" in each:
            state, reason = say.both(each["said"]), say.value(each["ruling"]["reason"])
        else:
            state, reason = say("not ruled on", "未裁定"), ""
        if each.get("by"):
            state += say(f", by {each['by']}", f"，{each['by']}")
        if item.get("late"):
            state += say(", late", "，逾期")
        kind = say.word(item["kind"]) if "kind" in item else ""
        rows.append((str(item["number"]), kind, say.value(item["what"]), origin, state, reason))
    columns = (
        ("No", "序号"),
        ("Kind", "种类"),
        ("What it is", "内容"),
        ("From", "来源"),
        ("State", "状态"),
        ("Why", "理由"),
    )
    return Table([say(*each) for each in columns], rows)


def _around_evidence(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    evidence = found.part("investigation", "evidence")
    if (complete := evidence.get("complete")) is not None:
        yield say("Complete by the list", "按清单齐全"), f"{complete['checklist']} {complete['version']}"
    waived = [f"{each['entry']}: {say.value(each['reason'])}" for each in evidence.get("waived", ())]
    yield say("Waived", "免除"), say("; ", "；").join(waived)
    custody = [
        f"{say.value(each['holder'])} {say.at(each['since'])}"
        + (say(f" (item {each['shown_by']})", f"（第{each['shown_by']}项）") if each.get("shown_by") else "")
        for each in evidence.get("custody", ())
    ]
    yield say("Who had the object", "物品保管"), " → ".join(custody)
    if (papers := evidence.get("papers")) is not None:
        faults = [f"{each['paper']} {say.word(each['reason'])}" for each in papers["faults"]]
        said = say("complete", "齐全") if papers["complete"] else say("; ", "；").join(faults)
        yield say(f"Papers ({say.word(papers['party'])})", f"证件材料（{say.word(papers['party'])}）"), said
    for number, meeting in evidence.get("meetings", {}).items():
        said = say.at(meeting["ready"]["at"]) if "ready" in meeting else say("its pack is not complete", "材料包未齐")
        yield say(f"Meeting {number}", f"第{number}次会议"), said
    for tariff in evidence.get("tariffs", ()):
        rate, interest = say.value(tariff["rate"]), say.value(tariff["interest"])
        said = say(f"{rate}, interest {interest}", f"{rate}，利息{interest}")
        yield say(f"Tariff {tariff['tariff']}", f"费率表{tariff['tariff']}"), said
    for each in evidence.get("recordings", ()):
        recording = each["recording"]
        heard = say(", ", "、").join(dict.fromkeys(say.value(one["by"]) for one in each["heard"]))
        consent = say("consent", "同意") if recording["consent"] == "yes" else say("no consent", "未同意")
        said = f"{say.at(recording['made_at'])}, {consent}" + (
            say(f"; heard by {heard}", f"；{heard}已听") if heard else ""
        )
        yield say(f"Recording {recording['recording']}", f"第{recording['recording']}段录音"), said
    for each in evidence.get("call_backs", ()):
        back = each["call_back"]
        yield say("Called back", "回电"), f"{say.at(each['at'])} {say.value(back['by'])}: {say.word(back['result'])}"


def _requests(found: Found, say: Speech) -> Table:
    """What was asked of the parties, and what came of it. No file has it, so from the events."""
    asked: dict[str, list[str]] = {}
    for event in found.of(
        "investigation.evidence-requested",
        "investigation.evidence-received",
        "investigation.evidence-item-received",
        "investigation.evidence-request-lapsed",
    ):
        data = event["data"]
        request = data.get("request_id")
        if "effect" in data and "due_at" in data:
            due = say.at(data["due_at"])
            asked[request] = [
                say.word(data["of"]),
                say.value(data["what"]),
                due,
                say("waits", "等待中"),
                say.word(data["effect"]),
            ]
        elif request in asked:
            asked[request][3] = say.word("expired" if "effect" in data else "received")
            asked[request][3] += say(", late", "，逾期") if data.get("late") else ""
    columns = (("Asked of", "要求对象"), ("What", "内容"), ("Due", "期限"), ("State", "状态"), ("Else", "否则"))
    return Table([say(*each) for each in columns], list(asked.values()))


def _inquiry(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    inquiry = found.part("investigation", "inquiry")
    since = [f"{say.value(each['holder'])} ({say.at(each['since'])})" for each in inquiry.get("investigators", ())]
    yield say("Investigates", "调查人"), " → ".join(since)
    yield say("Takes no part", "回避人员"), say.joined(inquiry.get("barred", ()))
    for at, finding in enumerate(inquiry.get("findings", ()), start=1):
        basis = [say(f"on the {say.word(finding['side'])}'s side", f"依据{say.word(finding['side'])}一方")]
        if finding.get("demand"):
            basis.append(say(f"demand {finding['demand']}", f"第{finding['demand']}项诉求"))
        if finding.get("evidence"):
            basis.append(say(f"evidence {say.joined(finding['evidence'])}", f"证据{say.joined(finding['evidence'])}"))
        for unheard in finding.get("unheard") or ():
            side, why = say.word(unheard["side"]), say.value(unheard["reason"])
            basis.append(say(f"{side} not heard: {why}", f"未听取{side}：{why}"))
        said = f"{say.value(finding['finding'])} ({say('; ', '；').join(basis)})"
        yield say(f"Finding {at}", f"第{at}项认定"), said
    cause = inquiry.get("cause", {})
    yield say("Cause", "原因"), say.value(cause.get("cause"))
    yield say("No cause found, after", "未查明原因，已采取"), say.joined(cause.get("not_found_after") or ())
    if "outcome" in inquiry:
        outcome, summary = say.word(inquiry["outcome"]), say.value(inquiry["summary"])
        yield say("Concluded", "结论"), say(f"{outcome}: {summary}", f"{outcome}：{summary}")


def _tasks(found: Found, say: Speech) -> Table:
    rows = []
    for each in found.part("investigation", "inquiry").get("tasks", ()):
        state = say.word(each["state"]) + (say(", late", "，逾期") if each.get("late") else "")
        if each["state"] == "open" and say.local(each["due_at"]) < found.now:
            state = say("open, LATE", "未结，已逾期") if found.open else say("never done", "未完成")
        result = say.value(each.get("result") or each.get("reason"))
        rows.append(
            (
                str(each["number"]),
                say.value(each["what"]),
                say.value(each["holder"]),
                say.at(each["due_at"]),
                state,
                result,
            )
        )
    columns = (
        ("No", "序号"),
        ("Task", "任务"),
        ("Of", "负责人"),
        ("Due", "期限"),
        ("State", "状态"),
        ("Result", "结果"),
    )
    return Table([say(*each) for each in columns], rows)


def _shares(found: Found, say: Speech) -> Table:
    inquiry = found.part("investigation", "inquiry")
    asked = {each["name"]: each for each in inquiry.get("recourse", ())}
    rows = []
    for share in inquiry.get("shares", ()):
        back = asked.get(share.get("name", ""))
        denied = back is not None and back.get("denied_despite_proof")
        said = "" if back is None else say("asked back", "已追偿") + (say(", denied", "，对方否认") if denied else "")
        rows.append(
            (
                say.word(share["bearer"]),
                say.value(share.get("name")),
                f"{share['percent']}%",
                say.value(share["amount"]),
                say.value(share.get("stance")),
                said,
            )
        )
    columns = (
        ("Bears the damage", "损失承担"),
        ("Name", "名称"),
        ("Share", "份额"),
        ("Amount", "金额"),
        ("Says", "态度"),
        ("Recourse", "追偿"),
    )
    return Table([say(*each) for each in columns], rows)


def _eight(led: Mapping[str, Any], say: Speech) -> Iterator[tuple[str, str]]:
    """The report in its eight parts; one that says nothing yet is named as such."""
    others = [each for each in led["cases"] if each != led["lead_case"]]
    yield say("Linked cases", "关联案件"), say("\n", "\n").join(others)
    for at in range(1, 9):
        part = led[f"d{at}"]
        title = say(f"D{at} {part['title']}", f"D{at} {part['title_zh']}")
        said = "\n".join(filter(None, _DISCIPLINES[at](part, say)))
        state = say("closed", "已完成") if part["closed"] else say("open", "进行中")
        yield title, f"[{state}] {said}".rstrip()


def _team(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    members = []
    for each in part.get("members", ()):
        hours = say(f"{each['hours_a_week']} h a week", f"每周{each['hours_a_week']}小时")
        members.append(
            say(
                f"{each['name']} ({say.word(each['role'])}, {hours})",
                f"{each['name']}（{say.word(each['role'])}，{hours}）",
            )
        )
    return [say(", ", "、").join(members)]


def _problem(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    if (problem := part.get("problem")) is None:
        return ()
    extent = say(", ", "、").join(f"{say.value(each['what'])} {each['number']}" for each in problem["extent"])
    like = part["like_cases"]
    where = say.joined([problem[name] for name in ("where", "since", "how_often") if problem.get(name)])
    return [
        say.value(problem["what"]),
        where,
        extent,
        say(f"Like cases in {like['days']} days: {like['number']}", f"{like['days']}天内同类案件{like['number']}起"),
        say.value(problem.get("why_missed")),
    ]


def _containments(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    said = []
    for each in part.get("containments", ()):
        verified = (
            say(f"verified: {each.get('how', '')}", f"已验证：{each.get('how', '')}")
            if each["verified"]
            else say("NOT VERIFIED", "未验证")
        )
        said.append(f"{each['number']}. {say.value(each['action'])} ({verified})")
    return said


def _whys(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    said = []
    for each in part.get("whys", ()):
        proven = say("", "") if each["proven"] else say(" (not proven)", "（未证明）")
        said.append(f"{each['number']}. {say.value(each['because'])}{proven}")
    if (root := part.get("root_cause")) is not None:
        cause, test = say.value(root["cause"]), say.value(root["test"])
        said.append(say(f"Root cause: {cause} Tested: {test}", f"根本原因：{cause} 验证：{test}"))
    return said


def _measure(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    chosen = part.get("chosen")
    said = [
        f"{at}. {say.value(option)}" + (say(" (chosen)", "（选定）") if at == chosen else "")
        for at, option in enumerate(part.get("options", ()), start=1)
    ]
    for trial in part.get("trials", ()):
        worked = say("worked", "有效") if trial["worked"] else say("did not work", "无效")
        said.append(say(f"Tried, {worked}: {trial['result']}", f"试行{worked}：{trial['result']}"))
    return said


def _in_place(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    said = []
    if "in_place_on" in part:
        said.append(say(f"From {part['in_place_on']}: {part['how']}", f"自{part['in_place_on']}起：{part['how']}"))
    return [*said, _effect(part.get("effect"), say)]


def _effect(effect: Mapping[str, Any] | None, say: Speech) -> str:
    if effect is None:
        return ""

    def rate(of: Mapping[str, Any]) -> str:
        many, orders, days = of["cases"], say.value(of.get("orders")), of["days"]
        if say.lang == "zh":
            return f"{days}天{many}起" + (f"（订单{orders}）" if orders else "")
        return f"{many} cases" + (f" of {orders} orders" if orders else "") + f" in {days} days"

    fell = say("it fell", "已下降") if effect["fell"] else say("it did not fall", "未下降")
    before, after = rate(effect["before"]), rate(effect["after"])
    return say(f"Before {before}, after {after}: {fell}", f"之前{before}，之后{after}：{fell}")


def _prevention(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    changes = [f"{say.word(each['kind'])} {say.value(each['reference'])}" for each in part.get("changes", ())]
    across = say.joined(part.get("read_across") or ())
    return [
        say(", ", "、").join(changes),
        say(f"Carried over to {across}", f"推广至{across}") if across else "",
        say.value(part.get("none_alike_because")),
    ]


def _thanks(part: Mapping[str, Any], say: Speech) -> Sequence[str]:
    learned = say.value(part.get("article"))
    return [say.value(part.get("thanks")), say(f"Learned: {learned}", f"经验：{learned}") if learned else ""]


_DISCIPLINES = {
    1: _team,
    2: _problem,
    3: _containments,
    4: _whys,
    5: _measure,
    6: _in_place,
    7: _prevention,
    8: _thanks,
}
