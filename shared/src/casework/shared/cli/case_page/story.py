"""The story of a case, day by day in plain sentences. What only the machinery did is folded, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Lines, Section, Story
from casework.shared.cli.case_page.sentences import sentence_of, told
from casework.shared.cli.case_page.speech import Speech


def when(event: Mapping[str, Any]) -> str:
    """When it happened: business time where that differs from when it was recorded."""
    return str(event.get("occurredat", event["time"]))


def story(found: Found, say: Speech, *, everything: bool) -> Section:
    """What happened, by the time at which it happened."""
    events = sorted((each["event"] for each in found.events), key=lambda event: say.local(when(event)))
    shown = [event for event in events if everything or not _folded(event)]
    about = found.about(say)
    days = []
    for day, of_day in groupby(shown, key=lambda event: say.local(when(event)).date()):
        lines = [(f"{say.local(when(event)):%H:%M}", told(event, say, about)) for event in of_day]
        days.append(Story(say.long_day(day), lines))
    hidden = len(events) - len(shown)
    note = say(
        f"{hidden} smaller events are not told; --all tells them.",
        f"另有{hidden}条系统记录未显示；用 --all 显示。",
    )
    return Section(say("The story", "经过"), [*days, *([Lines([note])] if hidden else [])])


def _folded(event: Mapping[str, Any]) -> bool:
    """Whether a line is left to --all: the machinery's; what the sections tell in detail; the deadline of a rung, since
    the next rung is told; and of what is promised every time, all but the first."""
    sentence, data = sentence_of(event), event["data"]
    if sentence is None or sentence.folded:
        return sentence is not None
    if data.get("purpose") == "escalation":
        return True
    return event["type"] == "casework.resolution.promise-made.v1" and int(data.get("occurrence", 1)) > 1
