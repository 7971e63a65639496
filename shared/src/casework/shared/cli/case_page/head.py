"""The top of the page: where the case stands, who has it, what comes next and by when, what is late, who is who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Fields, Lines, Section, nonempty
from casework.shared.cli.case_page.speech import Speech
from casework.shared.contracts.registry import split_name

_TAKEN = {
    "casework.investigation.hand-off-accepted": ("investigation", "调查"),
    "casework.investigation.investigator-assigned": ("investigation", "调查"),
    "casework.resolution.hand-off-accepted": ("resolution", "处理"),
    "casework.followup.hand-off-accepted": ("follow-up", "跟踪"),
    "casework.intake.complaint-assessed": ("assessed", "评审"),
    "casework.resolution.decision-communicated": ("decided", "决定"),
    "casework.followup.case-closed": ("closed", "终止"),
    "casework.resolution.approval-given": ("approves", "审批"),
    "casework.resolution.approval-refused": ("approves", "审批"),
    "casework.resolution.decision-appeal-decided": ("judges the appeal", "裁定申诉"),
    "casework.resolution.promise-made": ("has promised", "承诺人"),
    "casework.investigation.task-given": ("has a task", "任务"),
    "casework.intake.demand-taken": ("answers for a demand", "负责诉求"),
}
"""What part somebody has in a case, by the event that gave it to them."""


def head(found: Found, say: Speech) -> Iterator[Section]:
    """The sections of the top: where it stands; then, where there is any, what is late and what alarms."""
    status = found.status
    stage, step, due = status["stage_words"], status["next_action"], status.get("due")
    agreed = status.get("next_step")
    receipt = found.part("intake", "receipt")
    source = f"{status['source']} {receipt.get('source_reference', '')}".strip()
    rows = [
        (say("Case", "案件"), status["case_id"]),
        (say("About", "事由"), _subject(found, say)),
        (say("Stage", "阶段"), f"{stage['en']} / {stage['zh']}"),
        (say("Owner", "负责人"), say.value(status["owner"])),
        (say("Held by", "经办"), say.value(status["holder"]) or say("nobody", "无")),
        (say("Next", "下一步"), say.both(step)),
        (say("Due", "期限"), "" if due is None else _due(found, due, say)),
        (
            say("Agreed with the complainant", "与投诉人约定"),
            say(
                f"{say.value(agreed['words'])} (by {say.at(agreed['by'])})",
                f"{say.at(agreed['by'])}前：{agreed['words']}",
            )
            if agreed
            else "",
        ),
        (
            say("Received", "受理"),
            say(f"{say.at(status['received_at'])}, from {source}", f"{say.at(status['received_at'])}，来自{source}"),
        ),
        (say("Decision", "决定"), say.value(status.get("decision"))),
        (say("Reply", "答复"), say.value(status.get("reply"))),
        (say("Harm contained", "损害已控制"), say.value(status.get("contained_at"))),
        (say("Closed as", "终止方式"), say.value(status.get("outcome"))),
        (say("Facts after closure", "终止后新情况"), say.value(status.get("facts_after_closure"))),
        (say("Who is who", "有关人员"), _people(found, say)),
        (say("Times are of", "时区"), _zone(found, say)),
    ]
    yield Section(say("Where the case stands", "案件现状"), [Fields(rows)])
    late = list(_late(found, say))
    if late:
        yield Section(say("LATE OR BROKEN", "逾期或未兑现"), [Lines(late)], alarm=True)
    alerts = nonempty(say("ALERTS", "警示"), [Fields(list(_alerts(found, say)))])
    if alerts is not None:
        yield Section(alerts.title, alerts.blocks, alarm=True)


def _subject(found: Found, say: Speech) -> str:
    category = say.value(found.status["category"])
    issue = next((event["data"].get("issue") for event in found.of("intake.complaint-received")), None)
    return say(f"{category}: {say.value(issue)}", f"{category}：{say.value(issue)}") if issue else category


def _zone(found: Found, say: Speech) -> str:
    there = found.now.astimezone(say.zone)
    offset = there.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def _due(found: Found, due: Mapping[str, Any], say: Speech) -> str:
    by = say.due(due) if "day" in due else say.at(due["by"])
    said = f"{by}: {say.word(due['purpose'])} ({due['policy']})"
    if due["missed"]:
        said = say(f"LATE since {said}", f"已逾期，{said}")
    return said + (say(" (paused)", "（中止）") if due.get("paused") else "")


def _late(found: Found, say: Speech) -> Iterator[str]:
    """What was not done in its time and is not done yet, while the case is open; promises broken, whenever."""
    about = found.about(say)
    done_late = {event["data"]["clock"] for event in found.of("followup.clock-met-late")}
    rungs: dict[str, Mapping[str, Any]] = {}
    for event in found.of("followup.case-escalated"):
        rungs[event["data"]["about"]] = event["data"]
    for clock in found.clocks:
        missed = clock["phase"] == "expired" and clock["clock"] not in done_late and "corrected" not in clock
        if not found.open or not missed or clock["purpose"] == "escalation":
            continue
        what = about.get(clock["clock"], say.word(clock["purpose"]))
        due = due_of(found, clock, say)
        said = say(f"{what}: was due {due}", f"{what}：应于{due}完成")
        if (rung := rungs.get(clock["clock"])) is not None:
            role = say.value(rung["role"])
            said += say(f"; gone up to the {role} (rung {rung['rung']})", f"；已上报{role}（第{rung['rung']}级）")
        yield said
    for promise in found.part("resolution", "promises") or ():
        if promise["state"] == "broken":
            due = say.at(promise["due_at"])
            words = say.value(promise["words"])
            yield say(
                f"promise of {say.value(promise['owner'])} broken, due {due}: {words}",
                f"{say.value(promise['owner'])}的承诺未兑现（{due}）：{words}",
            )


def due_of(found: Found, clock: Mapping[str, Any], say: Speech) -> str:
    """When a clock is due: as its newest event says it, since a day is due by its end wherever that is."""
    said = ""
    for event in found.of("followup.clock-armed", "followup.clock-scheduled", "followup.clock-extended"):
        if event["data"]["clock"] == clock["clock"] and "due" in event["data"]:
            said = say.due(event["data"]["due"])
    for event in found.of("followup.clock-resumed"):
        if event["data"]["clock"] == clock["clock"] and "due" in event["data"]:
            said = say.due(event["data"]["due"])
    return said or (say.at(clock["due_at"]) if "due_at" in clock else "")


def _alerts(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    alerts = found.part("intake", "alerts")
    if (incident := alerts.get("incident")) is not None:
        people = say.value(incident.get("people"))
        said = say(
            f"safety {incident['safety_lead']}; speaks {incident['spokesperson']}; legal {incident['legal_route']}",
            f"安全负责人{incident['safety_lead']}；发言人{incident['spokesperson']}；法律途径{incident['legal_route']}",
        )
        if people:
            said += say(f"; {people} people", f"；涉及{people}人")
        if "ended_at" in incident:
            said += say(f"; over since {say.at(incident['ended_at'])}", f"；已于{say.at(incident['ended_at'])}结束")
        yield say("Incident", "事件"), said
    for theirs in alerts.get("their_deadlines", {}).values():
        said = say(f"{say.at(theirs['due_at'])}, binds nobody", f"{say.at(theirs['due_at'])}，无约束力")
        if theirs.get("threat"):
            said += say("; with a threat", "；附有威胁")
        if "answered_at" in theirs:
            said += say(f"; answered {say.at(theirs['answered_at'])}", f"；已于{say.at(theirs['answered_at'])}答复")
        yield say("The complainant's own time", "投诉人自定期限"), said


def _people(found: Found, say: Speech) -> str:
    """Everybody who has or had a part in the case, with what part."""
    roles: dict[str, dict[str, None]] = {say.value(found.status["owner"]): {say("owner", "负责人"): None}}
    for each in found.events:
        event = each["event"]
        if (part := _TAKEN.get(split_name(event["type"])[1])) is None:
            continue
        data = event["data"]
        named = next((data[name] for name in ("holder", "judge", "owner", "by") if data.get(name)), None)
        if named is None and event["actorkind"] == "person":
            named = event["actor"]
        if named:
            roles.setdefault(say.value(named), {})[say(*part)] = None
    between = say("; ", "；")
    return between.join(f"{name} ({say(', ', '、').join(parts)})" for name, parts in roles.items())
