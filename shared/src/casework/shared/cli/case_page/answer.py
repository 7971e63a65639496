"""What the complainant was answered and given: decision, ruling, agreements, remedies, promises, appeals, sanctions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Fields, Section, Table, nonempty
from casework.shared.cli.case_page.speech import Speech


def answer(found: Found, say: Speech) -> Iterator[Section | None]:
    """The sections about the answer."""
    yield nonempty(say("The answer", "答复"), [Fields(list(_answer(found, say)))])
    yield nonempty(say("Between the parties", "双方之间"), [Fields(list(_ruling(found, say)))])
    yield nonempty(say("Agreements", "协议"), [_agreements(found, say)])
    yield nonempty(
        say("Remedies", "补救措施"),
        [_remedies(found, say), _approvals(found, say), Fields(list(_reckoned(found, say)))],
    )
    yield nonempty(say("Promises", "承诺"), [_promises(found, say)])
    yield nonempty(say("Appeals", "申诉"), [_appeals(found, say)])
    yield nonempty(say("Measures and sanctions", "措施与处罚"), [_measures(found, say), _sanctions(found, say)])


def _answer(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    answers = found.part("resolution", "answers")
    if (first := answers.get("first_human_reply")) is not None:
        after = _after(first.get("minutes"), say)
        yield say("First reply by a person", "首次人工回复"), f"{say.at(first['at'])}, {say.word(first['by'])}{after}"
    for apology in answers.get("apologies", ()):
        about = f"{say.word(apology['kind'])}, {say.word(apology['scope'])}"
        said = f"{say.at(apology['at'])} {say.value(apology['by'])} ({about}): {say.value(apology['words'])}"
        yield say("Apology", "道歉"), said
    if (decision := answers.get("decision")) is not None:
        sent = f"{say.at(decision['at'])}, {say.word(decision['channel'])}{_after(decision.get('minutes'), say)}"
        yield say("Decision", "决定"), f"{say.word(decision['outcome'])} ({sent})"
        yield say("Answer", "答复内容"), say.value(decision["answer"])
        yield say("Reasons", "理由"), say.value(decision.get("reasons"))
        if (route := decision.get("route")) is not None:
            name, limit = route[f"name_{say.lang}"], route[f"limit_{say.lang}"]
            yield (
                say("The way outside", "外部途径"),
                say.value(f"{name}. {limit}" if say.lang == "en" else f"{name}。{limit}"),
            )
    decisions = list(found.of("resolution.decision-communicated"))
    appealed = bool(list(found.of("resolution.decision-appealed")))
    if decisions and not appealed and (terms := decisions[-1]["data"].get("appeal")) is not None:
        yield say("An appeal may come until", "可申诉至"), say.value(terms.get("until"))
    for earlier in decisions[:-1]:
        data, at = earlier["data"], say.at(earlier.get("occurredat", earlier["time"]))
        yield say("Decided before", "此前决定"), f"{at} {say.word(data['outcome'])}: {say.value(data['answer'])}"


def _after(minutes: int | None, say: Speech) -> str:
    if minutes is None:
        return ""
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return say(f", {days} d {hours} h after receipt", f"，受理后{days}天{hours}小时")
    if hours:
        return say(f", {hours} h {left} min after receipt", f"，受理后{hours}小时{left}分钟")
    return say(f", {left} min after receipt", f"，受理后{left}分钟")


def _ruling(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    part = found.part("resolution", "ruling")
    for talk in part.get("talks", ()):
        asked = say(
            f"asked by {talk['by']}, answer by {say.at(talk['answer_by'])}",
            f"{talk['by']}邀请，{say.at(talk['answer_by'])}前答复",
        )
        ended = ""
        if "result" in talk:
            ended = f"; {say.word(talk['result'])} {say.at(talk['ended_at'])}"
            ended += f" ({say.word(talk['party'])})" if talk.get("party") else ""
        yield say("Asked to talk", "邀请协商"), asked + ended
    if (ruling := part.get("ruling")) is not None:
        ruled = ruling["ruled"]
        after = say.word(ruled["after"])
        said = say(
            f"by {ruled['by']} at {say.at(ruling['at'])}, after the talk ({after})",
            f"{ruled['by']}，{say.at(ruling['at'])}，协商之后（{after}）",
        )
        yield say("Ruling", "裁决"), f"{say.word(ruled['outcome'])}, {said}"
        yield say("Reasons", "理由"), say.value(ruled["reasons"])
        worth = [
            f"{each['number']}: {say.word(each['ruling'])} ({say.value(each['reason'])})" for each in ruled["items"]
        ]
        yield say("On the evidence", "证据认定"), "\n".join(worth)
        moved = [
            say(
                f"{say.value(each['amount'])} to the {say.word(each['to'])}",
                f"{say.value(each['amount'])}划给{say.word(each['to'])}",
            )
            for each in ruled.get("money", ())
        ]
        yield say("Money", "款项"), say("; ", "；").join(moved)
        told = [f"{say.word(each['to'])} ({say.word(each['channel'])})" for each in ruled["notices"]]
        yield say("Told", "告知"), say(", ", "、").join(told)


def _agreements(found: Found, say: Speech) -> Table:
    rows = []
    for each in found.part("resolution", "agreements") or ():
        items = "\n".join(
            say.joined([one[name] for name in ("what", "quantity", "amount") if one.get(name)]) for one in each["items"]
        )
        sides = [f"{say.word(one['side'])} {say.at(one['at'])}" for one in each["accepted"]]
        state = say("binds", "已生效") if each["binds"] else say("waits", "等待中")
        if "given_up" in each:
            state = say(f"given up: {each['given_up']}", f"已放弃：{each['given_up']}")
        elif each.get("overdue"):
            state = say("waits, LATE", "等待中，已逾期")
        rows.append((items, say.value(each["by"]), say.at(each["due_at"]), "\n".join(sides), state))
    columns = (
        ("Agreed", "约定内容"),
        ("Put by", "提出人"),
        ("Accept by", "接受期限"),
        ("Accepted", "已接受"),
        ("State", "状态"),
    )
    return Table([say(*each) for each in columns], rows)


def _remedies(found: Found, say: Speech) -> Table:
    approvals = {each["number"]: each for each in found.part("resolution", "approvals").get("asked", ())}
    rows = []
    for line in found.part("resolution", "remedies").get("ledger", ()):
        approved = approvals.get(line.get("approval", 0), {})
        history = []
        for step in line.get("history", ()):
            more = [say.value(step[name]) for name in ("proof", "reason", "until") if step.get(name)]
            history.append(
                f"{say.at(step['at'])} {say.word(step['status'])}" + (f": {', '.join(more)}" if more else "")
            )
        for check in line.get("checks", ()):
            checked = say.value(check["checked"])
            history.append(
                say(
                    f"{say.at(check['at'])} {check['by']} checked: {checked}",
                    f"{say.at(check['at'])} {check['by']}核查：{checked}",
                )
            )
        kind = say.word(line["kind"])
        if line.get("remedy_class") == "goodwill":
            kind += say(" (goodwill)", "（善意补偿）")
        rows.append(
            (
                str(line["number"]),
                kind,
                say.value(line["description"]),
                say.value(line.get("amount")),
                say.value(approved.get("by")),
                say.word(line["status"]),
                "\n".join(history),
            )
        )
    columns = (
        ("No", "序号"),
        ("Remedy", "补救"),
        ("What", "内容"),
        ("Amount", "金额"),
        ("Approved by", "批准人"),
        ("State", "状态"),
        ("Steps and proof", "经过与凭证"),
    )
    return Table([say(*each) for each in columns], rows)


def _approvals(found: Found, say: Speech) -> Table:
    rows = [
        (
            str(each["number"]),
            f"{say.word(each['kind'])} {say.value(each['amount'])}",
            say.value(each["asked_by"]),
            say.word(each["ground"]),
            say.value(each["role"]),
            _approval_state(each, say),
        )
        for each in found.part("resolution", "approvals").get("asked", ())
    ]
    columns = (
        ("Approval", "审批"),
        ("Of", "事项"),
        ("Asked by", "申请人"),
        ("Because", "原因"),
        ("Needs", "须由"),
        ("State", "状态"),
    )
    return Table([say(*each) for each in columns], rows)


def _approval_state(asked: Mapping[str, Any], say: Speech) -> str:
    match asked["status"]:
        case "given":
            return say(f"approved by {asked['by']}", f"{asked['by']}已批准")
        case "refused":
            return say(f"refused by {asked['by']}: {asked['reason']}", f"{asked['by']}不批准：{asked['reason']}")
        case _ if asked.get("needs_pack") and not asked.get("packed"):
            return say("open, the pack is wanted", "待审批，须提交材料")
        case _:
            return say("open", "待审批")


def _reckoned(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    part = found.part("resolution", "remedies")
    if (refund := part.get("refund")) is not None:
        eligible, paid = say.value(refund["eligible"]), say.value(refund["paid"])
        path = say.word(refund["path"])
        yield (
            say("Refund by the rule", "按规则应退"),
            say(f"{eligible} of {paid} ({path})", f"{paid}中的{eligible}（{path}）"),
        )
    for each in part.get("checked", {}).get("withheld") or ():
        yield (
            say(f"Not to be had: {each['remedy']}", f"不可提供：{each['remedy']}"),
            say.value(each[f"reason_{say.lang}"]),
        )
    if (nothing := part.get("nothing_offered")) is not None:
        yield say("Nothing is offered", "不提供补救"), say.value(nothing["reason"])


def _promises(found: Found, say: Speech) -> Table:
    rows = []
    for each in found.part("resolution", "promises") or ():
        state = say.word(each["state"])
        if each["state"] == "kept":
            state += (say(", late", "，逾期") if each.get("late") else "") + f": {say.value(each.get('proof'))}"
        elif each["state"] == "open" and each["held_back"]:
            held = each["held_back"][-1]
            waits, why = say.value(held["waits_for"]), say.value(held["reason"])
            state += say(f", held back for {waits}: {why}", f"，等待{waits}：{why}")
        if each["attempts"]:
            many = len(each["attempts"])
            state += say(f" ({many} calls not answered)", f"（{many}次未接通）")
        # A day that was promised comes without a zone: its end is due there where it was promised.
        due = each["due"].replace("T", " ") if len(each["due"]) == len("2026-03-02T23:59") else say.at(each["due"])
        number = f"{each['occurrence']}" if each.get("occurrence") else ""
        owner = say.value(each["owner"]) + (f" ({say.value(each['holder'])})" if each.get("holder") else "")
        rows.append((say.value(each["words"]), number, due, owner, state))
    last = ""
    shown = []
    for row in rows:
        # A series says its words once.
        shown.append(("〃" if row[0] == last else row[0], *row[1:]))
        last = row[0]
    columns = (
        ("Promised", "承诺内容"),
        ("No", "次"),
        ("Due", "期限"),
        ("By", "承诺人"),
        ("State and proof", "状态与凭证"),
    )
    return Table([say(*each) for each in columns], shown)


def _appeals(found: Found, say: Speech) -> Table:
    """Appeals against the decision. No file has them, so from the events."""
    rows: dict[str, list[str]] = {}
    for event in found.of("resolution.decision-appealed", "resolution.decision-appeal-decided"):
        data = event["data"]
        at = say.at(event.get("occurredat", event["time"]))
        if "grounds" in data:
            rows[data["appeal_id"]] = [at, say.value(data["grounds"]), say("not decided", "未决定"), "", ""]
        else:
            result = say("succeeded", "成立") if data["succeeded"] else say("failed", "不成立")
            rows[data["appeal_id"]][2:] = [f"{result} ({at})", say.value(data["judge"]), say.value(data["reason"])]
    columns = (
        ("Lodged", "提出"),
        ("Grounds", "理由"),
        ("Result", "结果"),
        ("Judge", "裁定人"),
        ("Because", "裁定理由"),
    )
    return Table([say(*each) for each in columns], list(rows.values()))


def _measures(found: Found, say: Speech) -> Table:
    rows: dict[str, list[str]] = {}
    for event in found.of(
        "resolution.provisional-measure-imposed",
        "resolution.appeal-lodged",
        "resolution.appeal-decided",
        "resolution.measure-lifted",
        "resolution.sanction-imposed",
    ):
        data, name = event["data"], event["type"].split(".")[2]
        at = say.at(event.get("occurredat", event["time"]))
        if name == "provisional-measure-imposed":
            rows[data["measure_id"]] = [at, say.value(data["party"]), say.value(data["what"]), say("holds", "有效")]
            continue
        row = rows[data["measure_id"]]
        match name:
            case "appeal-lodged":
                row[3] += say(f"\n{at} appeal: {data['grounds']}", f"\n{at} 申诉：{data['grounds']}")
            case "appeal-decided":
                result = say("succeeded", "成立") if data["succeeded"] else say("failed", "不成立")
                row[3] += say(f"\n{at} appeal {result}: {data['reason']}", f"\n{at} 申诉{result}：{data['reason']}")
            case "measure-lifted":
                row[3] += say(f"\n{at} lifted: {say.word(data['cause'])}", f"\n{at} 解除：{say.word(data['cause'])}")
            case _:
                row[3] += say(f"\n{at} sanction: {data['sanction']}", f"\n{at} 处罚：{data['sanction']}")
    columns = (("Imposed", "采取时间"), ("On", "当事方"), ("Measure", "临时措施"), ("State", "状态"))
    return Table([say(*each) for each in columns], list(rows.values()))


def _sanctions(found: Found, say: Speech) -> Table:
    rows: dict[str, list[str]] = {}
    for event in found.of(
        "resolution.infringement-upheld",
        "resolution.infringement-reversed",
        "resolution.party-sanctioned",
        "resolution.party-sanction-appealed",
        "resolution.party-sanction-confirmed",
        "resolution.party-sanction-reversed",
    ):
        data, name = event["data"], event["type"].split(".")[2]
        key = data.get("sanction_id") or data["infringement_id"]
        reason = say.value(data.get("reason") or data.get("grounds"))
        match name:
            case "infringement-upheld":
                what = say(f"infringement {data['count']}", f"第{data['count']}次违规")
                rows[key] = [
                    say.value(data["on"]),
                    say.value(data["party"]),
                    what,
                    say.value(data["ground"]),
                    say("holds", "有效"),
                ]
            case "party-sanctioned":
                what = " ".join(filter(None, (say.word(data["kind"]), say.value(data.get("amount")))))
                since = say.value(data["starts_on"])
                rows[key] = [since, say.value(data["party"]), what, say.value(data["ground"]), say("holds", "有效")]
            case "party-sanction-appealed":
                rows[key][4] = say(f"appealed: {reason}", f"已申诉：{reason}")
            case "party-sanction-confirmed":
                rows[key][4] = say(f"stays: {reason}", f"维持：{reason}")
            case _:
                rows[key][4] = say(f"reversed {data['on']}: {reason}", f"{data['on']}撤销：{reason}")
    columns = (("From", "自"), ("On", "当事方"), ("Sanction", "处罚"), ("Ground", "依据"), ("State", "状态"))
    return Table([say(*each) for each in columns], list(rows.values()))
