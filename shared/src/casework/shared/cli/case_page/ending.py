"""How the case runs and ends: its clocks, its hand-offs, the closing with the opinions; and what else is on file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.head import due_of
from casework.shared.cli.case_page.layout import Fields, Lines, Section, Table, nonempty
from casework.shared.cli.case_page.parts import RESTRICTED, TITLES
from casework.shared.cli.case_page.speech import Speech
from casework.shared.contracts.ids import SERVICES

_PHASES = {
    "met": ("met", "按时完成"),
    "expired": ("MISSED", "逾期"),
    "running": ("running", "计时中"),
    "paused": ("paused", "中止"),
    "withdrawn": ("fell away", "不再适用"),
    "restarted": ("began anew", "重新计算"),
}


def running(found: Found, say: Speech) -> Iterator[Section | None]:
    """The sections about time and holders."""
    yield nonempty(say("Deadlines", "期限"), [_clocks(found, say)])
    yield nonempty(say("Hand-offs", "移交"), [_hand_offs(found, say)])


def ending(found: Found, say: Speech) -> Iterator[Section | None]:
    """The sections about the end."""
    yield nonempty(say("Closing", "终止"), [Fields(list(_closing(found, say)))])


def _clocks(found: Found, say: Speech) -> Table:
    about = found.about(say)
    done_late = {event["data"]["clock"] for event in found.of("followup.clock-met-late")}
    order = ("expired", "running", "paused", "met", "restarted", "withdrawn")
    clocks = sorted(
        found.clocks,
        key=lambda each: (order.index(each["phase"]) if each["phase"] in order else 0, each.get("due_at", "")),
    )
    rows = []
    for clock in clocks:
        if clock["purpose"] == "escalation":
            # Rungs are told with what went up them.
            continue
        state = say(*_PHASES.get(clock["phase"], (clock["phase"], clock["phase"])))
        if clock["clock"] in done_late:
            state += say(", done late", "，已补办")
        if "corrected" in clock:
            state += say(f", corrected: {clock['corrected']}", f"，已更正：{say.word(clock['corrected'])}")
        ended = say.at(clock["ended_at"]) if clock["phase"] == "met" and "ended_at" in clock else ""
        what = about.get(clock["clock"], say.word(clock["purpose"]))
        rows.append((what, clock["policy"], due_of(found, clock, say), state, ended))
    columns = (("For", "事项"), ("Rule", "规则"), ("Due", "期限"), ("State", "状态"), ("Done", "完成"))
    return Table([say(*each) for each in columns], rows)


def _hand_offs(found: Found, say: Speech) -> Table:
    rows: dict[str, list[str]] = {}
    outcomes = {
        "accepted": ("taken by {}", "{}接收"),
        "declined": ("declined: {}", "拒绝：{}"),
        "lapsed": ("nobody took it in time", "逾期无人接收"),
        "back": ("back: {}", "退回：{}"),
    }
    kinds = ("offered", "accepted", "declined", "lapsed", "taken-back")
    for event in found.of(*(f"{service}.hand-off-{kind}" for service in SERVICES for kind in kinds)):
        data, service = event["data"], event["type"].split(".")[1]
        kind = event["type"].split(".")[2].rpartition("-")[2]
        at = say.at(event.get("occurredat", event["time"]))
        if kind == "offered":
            to = say.word(data["to"]) + (f" ({say.value(data['team'])})" if data.get("team") else "")
            rows[event["id"]] = [say.word(service), to, at, say.value(data["reason"]), say("waits", "待接收")]
        elif data["offer_id"] in rows:
            who = say.value(data.get("holder") or data.get("reason"))
            came = say(*outcomes[kind]).format(who) if kind in outcomes else ""
            row = rows[data["offer_id"]]
            waits = row[4] == say("waits", "待接收")
            row[4] = f"{at} {came}" if waits else f"{row[4]}\n{at} {came}"
    columns = (
        ("From", "移交方"),
        ("To", "接收方"),
        ("Offered", "提出"),
        ("Reason", "理由"),
        ("What came of it", "结果"),
    )
    return Table([say(*each) for each in columns], list(rows.values()))


def _closing(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    part = found.part("followup", "closing")
    owners = part.get("owners", ())
    if len(owners) > 1:
        yield (
            say("Owners", "负责人"),
            " → ".join(f"{say.value(each['owner'])} ({say.at(each['at'])})" for each in owners),
        )
    for look in part.get("look_ins", ()):
        yield say("Owner looked in", "负责人了解进展"), f"{say.at(look['at'])} {look['by']}: {say.value(look['note'])}"
    opinion = part.get("opinion", {})
    if "asked_at" in opinion:
        yield say("Opinion asked", "征询意见"), f"{say.at(opinion['asked_at'])}, {say.word(opinion['channel'])}"
    elif "excused_at" in opinion:
        yield (
            say("No opinion to be had", "无法取得意见"),
            f"{say.word(opinion['cause'])}: {say.value(opinion['reason'])}",
        )
    given = list(found.of("followup.opinion-recorded"))
    if given:
        on = say(" and ", "和").join(dict.fromkeys(say.word(each["data"]["on"]) for each in given))
        yield say("Opinion given", "已给意见"), say(f"of {on}; restricted, see below", f"关于{on}；受限，见下")
    for each in part.get("second_contacts", ()):
        said = say(f"wanted of {each.get('wanted_of')}", f"须由{each.get('wanted_of')}进行")
        if "channel" in each:
            reached = say("reached", "已联系上") if each["reached"] else say("not reached", "未联系上")
            said = f"{say.word(each['channel'])}, {reached}"
        yield say("Asked again", "再次询问"), f"{say.at(each['at'])} {said}"
    motive = found.part("followup", "motive")
    if motive:
        guess, result = say.word(motive["motive"]), say.word(motive["result"])
        yield say("What would settle it", "诉求动机"), f"{guess}: {result}"
    for each in part.get("endings", ()):
        if "reopened_at" in each:
            yield say("Reopened", "重新开启"), f"{say.at(each['reopened_at'])}: {say.value(each['reason'])}"
        else:
            yield from _ended(each, say)


def _ended(each: Mapping[str, Any], say: Speech) -> Iterator[tuple[str, str]]:
    end = each["ending"]
    yield say("Closed", "终止"), f"{say.at(each['closed_at'])} ({say.word(end['outcome'])}): {say.value(end['reason'])}"
    for owed in end.get("four_rs") or ():
        done = owed.get("done")
        not_done = say(f"not done: {owed.get('excused')}", f"未做：{owed.get('excused')}")
        yield say.word(owed["r"]).capitalize(), say.value(done) if done else not_done
    skipped = [f"{say.word(one['procedure'])} ({say.value(one['reason'])})" for one in end.get("skipped") or ()]
    yield say("Not done", "未执行"), say("; ", "；").join(skipped)
    yield say("Offers made", "曾提方案"), say("; ", "；").join(say.value(one) for one in end.get("offers") or ())
    yield say("Way outside", "外部途径"), say.value(end.get(f"route_{say.lang}"))
    yield say("For the reviewer", "复核提示"), say.joined(end.get("flags") or ())
    if (until := end.get("terms", {}).get("reopen_until")) is not None:
        yield say("May be reopened until", "可重新开启至"), say.at(until)


def other_parts(found: Found, say: Speech) -> Iterator[Section | None]:
    """What else the files hold, part by part, as it is written there. To be asked for when all sections are made."""
    for service, name, value in list(found.unknown_parts()):
        en, zh = TITLES.get((service, name), (f"{name.replace('-', ' ')} ({service})",) * 2)
        yield nonempty(say(en, zh), [Lines(list(spelled(value, say)))])


def spelled(value: Any, say: Speech, indent: str = "") -> Iterator[str]:
    """A value line by line, what is inside of it indented."""
    named = value.items() if isinstance(value, Mapping) else enumerate(value, start=1)
    for name, each in named:
        label = str(name).replace("_", " ").replace("-", " ")
        if isinstance(name, str) and len(name) == len("01a20389-34d3-729f-8562-b7d1e9438dcf") and name.count("-") == 4:
            label = say("one", "其一")
        if each in (None, "", [], {}):
            continue
        if _flat(each):
            yield f"{indent}{label}: {say.value(each)}"
        else:
            yield f"{indent}{label}:"
            yield from spelled(each, say, indent + "  ")


def _flat(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "sealed" in value or set(value) == {"amount", "currency"} or set(value) == {"en", "zh"}
    return not isinstance(value, list) or all(not isinstance(each, Mapping | list) for each in value)


def openings(opened: Sequence[Mapping[str, Any]], say: Speech) -> Iterator[Section | None]:
    """What was opened, each part with its service."""
    for each in opened:
        en, zh = RESTRICTED.get((each["service"], each["part"]), (each["part"], each["part"]))
        lines = list(spelled(each["file"], say)) if each["file"] else [say("Nothing.", "无内容。")]
        yield nonempty(say(f"Opened, on record: {en}", f"已记录打开：{zh}"), [Lines(lines)])


def restricted(found: Found, say: Speech, *, everything: bool) -> Iterator[Section]:
    """What can be opened, with `everything` also what it holds; and the files that this key may not read."""
    parts = list(found.restricted())
    how = say(
        "Open one with: casework case show CASE --open PART --purpose TEXT. That you did is recorded.",
        "打开方式：casework case show CASE --open PART --purpose TEXT；打开将被记录。",
    )
    if parts and everything:
        rows = [(f"{service}/{name}", say(*RESTRICTED.get((service, name), (name, name)))) for service, name in parts]
        columns = [say("Part", "部分"), say("What it holds", "内容")]
        yield Section(say("Restricted", "受限内容"), [Lines([how]), Table(columns, rows)])
    elif parts:
        by_service: dict[str, list[str]] = {}
        for service, name in parts:
            by_service.setdefault(service, []).append(name)
        fields = [(f"{service}/", ", ".join(names)) for service, names in by_service.items()]
        yield Section(say("Restricted", "受限内容"), [Lines([how]), Fields(fields)])
    missing = [service for service in SERVICES if service not in found.files]
    if missing:
        names = say.joined(missing)
        lines = [say(f"This key may not read the files of {names}.", f"此密钥无权读取{names}的档案。")]
        yield Section(say("Not shown", "未显示"), [Lines(lines)])
