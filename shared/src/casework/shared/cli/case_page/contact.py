"""How the complainant was reached: what was sent, tried and said, what is planned, and who is put through."""

from __future__ import annotations

from collections.abc import Iterator

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Fields, Section, nonempty
from casework.shared.cli.case_page.speech import Speech


def contact(found: Found, say: Speech) -> Iterator[Section | None]:
    """The section about contact."""
    yield nonempty(say("Contact with the complainant", "与投诉人的联系"), [Fields(list(_contact(found, say)))])


def _contact(found: Found, say: Speech) -> Iterator[tuple[str, str]]:
    outgoing, contacts = found.part("intake", "outgoing"), found.part("intake", "contacts")
    if (sent := outgoing.get("acknowledgement")) is not None:
        said = f"{say.at(sent['sent_at'])}, {say.word(sent['channel'])}, {say.value(sent['sent_by'])}"
        yield (
            say("Acknowledged", "已告知"),
            say(
                f"{said}; the next word was promised for {sent['next_step_by']}",
                f"{said}；下一步不晚于{sent['next_step_by']}",
            ),
        )
    if (wished := outgoing.get("preferences")) is not None:
        shown = [wished[name] for name in ("language", "channel", "hours") if wished.get(name)]
        yield say("Wants to be reached", "希望的联系方式"), say.joined(shown)
    for plan in outgoing.get("planned", {}).values():
        between = f"{say.at(plan['begins'])} – {say.at(plan['ends'])}"
        yield say("Planned", "计划联系"), f"{say.word(plan['purpose'])}, {say.word(plan['channel'])}, {between}"
    for each in contacts.get("attempts", ()):
        yield say("Tried", "尝试联系"), f"{say.at(each['at'])} {say.value(each['by'])}: {say.word(each['result'])}"
    for each in contacts.get("left_messages", ()):
        yield say("Left a message", "留言"), f"{say.at(each['at'])} {say.value(each['by'])}"
    for each in contacts.get("talks", ()):
        yield (
            say("Spoke with them", "沟通"),
            f"{say.at(each['at'])} {say.value(each['by'])}, {say.word(each['channel'])}",
        )
    for each in contacts.get("watches", ()):
        if each["stands"]:
            until = say.at(each["until"])
            yield say("Put through if they call", "来电转接"), say(f"until {until}", f"至{until}")
    for visit in found.part("intake", "visits").values():
        said = f"{say.at(visit['opened_at'])} {say.value(visit['place'])}, {say.value(visit['received_by'])}"
        if "agreed_on" in visit:
            said += say(f"; word by {visit['agreed_on']}", f"；{visit['agreed_on']}前回复")
        if "kept_at" in visit:
            said += say(f", given {say.at(visit['kept_at'])}", f"，已于{say.at(visit['kept_at'])}回复")
        yield say("Visit", "接待"), said
