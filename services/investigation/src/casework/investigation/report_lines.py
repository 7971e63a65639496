"""What a quality report says on paper: its eight parts, line by line, in English and Chinese. No I/O.

Invariant: all eight parts are there, in their order, whatever has been done of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Part: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and what it links to, where that can be opened."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the lines below it."""

    heading: str
    lines: tuple[Line, ...]


_YES_NO = {True: "yes 是", False: "no 否"}
_ROLES = {"leader": "leader 组长", "sponsor": "sponsor 发起人", "member": "member 成员"}
_PATTERNS = {"batch": "batch 批次性", "chance": "chance 偶发", "unknown": "unknown 未知"}
_CHANGES = {
    "procedure": "procedure 程序",
    "people": "people 人员",
    "equipment": "equipment 设备",
    "environment": "environment 环境",
}


def sections(report: Part) -> tuple[Section, ...]:
    """The report of `GET /v1/reports/{number}`: a head with the linked cases, then D1 to D8."""
    head = Section(f"8D report {report['report']} 8D报告", tuple(_head(report)))
    parts = (_team, _problem, _containments, _cause, _choice, _effect, _prevention, _thanks)
    found = [head]
    for at, lines in enumerate(parts, 1):
        part = report[f"d{at}"]
        closed = f"Closed 已完成: {part['closed_at']}" if part["closed"] else "Still open 未完成"
        heading = f"D{at} {part['title']} {part['title_zh']}"
        found.append(Section(heading, (*lines(part), Line(closed))))
    return tuple(found)


def _head(report: Part) -> Iterator[Line]:
    yield Line(report["title"])
    yield Line(f"Opened 立项: {report['opened_at']}")
    yield Line(f"Lead case 主案件: {report['lead_case']}")
    yield Line(f"Linked cases 关联案件: {len(report['cases'])}")
    for case in report["cases"]:
        yield Line(f"- {case}")


def _team(part: Part) -> Iterator[Line]:
    for each in part.get("members", ()):
        yield Line(f"- {each['name']}: {_ROLES[each['role']]}, {each['hours_a_week']} h/week 每周小时")
        if each["skills"]:
            yield Line(f"  Skills 技能: {', '.join(each['skills'])}")
        if "authority" in each:
            yield Line(f"  Authority 授权: {each['authority']}")


def _problem(part: Part) -> Iterator[Line]:
    if (problem := part.get("problem")) is None:
        return
    yield Line(f"What 何事: {problem['what']}")
    yield Line(f"Where 何处: {problem['where']}")
    yield Line(f"Since 何时起: {problem['since']}")
    yield Line(f"How often 频次: {problem['how_often']}")
    for each in problem["extent"]:
        yield Line(f"- {each['what']}: {each['number']}")
    yield Line(f"Seen before 以前发生过: {_YES_NO[problem['seen_before']]}")
    yield Line(f"Pattern 性质: {_PATTERNS[problem['pattern']]}")
    yield Line(f"Inspected 经过检验: {_YES_NO[problem['inspected']]}")
    if "how_inspected" in problem:
        yield Line(f"How inspected 检验方法: {problem['how_inspected']}")
    if "why_missed" in problem:
        yield Line(f"Why missed 漏检原因: {problem['why_missed']}")
    like = part["like_cases"]
    yield Line(f"Like cases 同类案件, {like['category']}, {like['days']} days 天: {like['number']}")


def _containments(part: Part) -> Iterator[Line]:
    for each in part.get("containments", ()):
        yield Line(f"{each['number']}. {each['action']}")
        if each["cases"]:
            yield Line(f"  Cases 案件: {', '.join(each['cases'])}")
        yield Line(f"  Verified 已验证: {each['how']}" if each["verified"] else "  Not verified 未验证")


def _cause(part: Part) -> Iterator[Line]:
    for each in part.get("whys", ()):
        of = f" (why of 解释 {each['why_of']})" if each["why_of"] is not None else ""
        yield Line(f"{each['number']}. {each['because']}{of}")
        proof = ", ".join((*(f"evidence 证据 {number}" for number in each.get("evidence", ())), *_documents(each)))
        yield Line(f"  Proven 已证实: {proof}" if each["proven"] else "  Not proven 未证实")
    if (cause := part.get("root_cause")) is not None:
        yield Line(f"Root cause 根本原因: {cause['cause']}")
        yield Line(f"  Links 链条: {_numbers(cause['links'])}")
        yield Line(f"  Test 验证试验: {cause['test']}")


def _choice(part: Part) -> Iterator[Line]:
    for at, option in enumerate(part.get("options", ()), 1):
        yield Line(f"{at}. {option}{' (chosen 已选)' if at == part['chosen'] else ''}")
    for each in part.get("trials", ()):
        yield Line(f"Trial 试验: {each['result']} Worked 有效: {_YES_NO[each['worked']]}")


def _effect(part: Part) -> Iterator[Line]:
    if "in_place_on" in part:
        yield Line(f"In place on 实施日期: {part['in_place_on']}")
        yield Line(f"How 方式: {part['how']}")
    if (effect := part.get("effect")) is not None:
        yield Line(f"Before 之前: {_rate(effect['before'])}")
        yield Line(f"After 之后: {_rate(effect['after'])}")
        yield Line(f"It fell 已下降: {_YES_NO[effect['fell']]}")


def _prevention(part: Part) -> Iterator[Line]:
    for each in part.get("changes", ()):
        yield Line(f"- Changed 已变更 {_CHANGES[each['kind']]}: {each['reference']}")
    if part.get("read_across"):
        yield Line(f"Read across to 横向展开至: {', '.join(part['read_across'])}")
    if part.get("none_alike_because"):
        yield Line(f"None alike, because 无同类，因为: {part['none_alike_because']}")


def _thanks(part: Part) -> Iterator[Line]:
    if part.get("team"):
        yield Line(f"Team 团队: {', '.join(part['team'])}")
    if "thanks" in part:
        yield Line(f"Thanks 致谢: {part['thanks']}")
        article = part["article"]
        link = article if article.startswith(("https://", "http://")) else ""
        yield Line(f"Lesson 经验文章: {article}", link)


def _documents(link: Part) -> Sequence[str]:
    return tuple(link.get("documents", ()))


def _numbers(numbers: Sequence[int]) -> str:
    return " > ".join(map(str, numbers))


def _rate(rate: Part) -> str:
    return f"{rate['cases']} cases 案件 / {rate['orders']} orders 订单, {rate['days']} days 天"
