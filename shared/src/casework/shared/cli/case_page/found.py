"""What was read of a case over HTTP: its status, events, clocks and files, and what the sections look up in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from casework.shared.cli.case_page.speech import Speech
from casework.shared.contracts.registry import split_name

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """`files` has of each service what its file answered, and nothing of a service whose file may not be read; the
    `now` is when it was read; `used` the parts that sections have asked for, so that what no section knows is shown all
    the same."""

    status: Document
    events: Sequence[Document]
    clocks: Sequence[Document]
    files: Mapping[str, Document]
    now: datetime
    used: set[tuple[str, str]] = field(default_factory=set)

    def part(self, service: str, name: str) -> Any:
        """A part of a service's file that everybody may read; an empty document where there is none."""
        self.used.add((service, name))
        return self.files.get(service, {}).get("file", {}).get(name) or {}

    def restricted(self) -> Iterator[tuple[str, str]]:
        """Service and name of each part that has to be opened."""
        for service, document in self.files.items():
            for name in document.get("restricted", ()):
                yield service, str(name)

    def unknown_parts(self) -> Iterator[tuple[str, str, Any]]:
        """The parts that no section has asked for."""
        for service, document in self.files.items():
            for name, value in document.get("file", {}).items():
                if (service, name) not in self.used and value:
                    yield service, name, value

    def of(self, *types: str) -> Iterator[Document]:
        """The events of these types, such as `resolution.decision-appealed`, in order."""
        wanted = {f"casework.{name}" for name in types}
        for each in self.events:
            if split_name(each["event"]["type"])[1] in wanted:
                yield each["event"]

    @cached_property
    def open(self) -> bool:
        """Whether the case goes on."""
        return bool(self.status["open"])

    def about(self, speech: Speech) -> Mapping[str, str]:
        """What the ids stand for that clocks are about."""
        say = speech
        named: dict[str, str] = {}
        respondents: set[str] = set()
        for each in self.events:
            event = each["event"]
            data = event["data"]
            name = split_name(event["type"])[1].partition("casework.")[2]
            match name.partition(".")[2]:
                case "promise-made":
                    words = say.value(data["words"])
                    named[data["promise_id"]] = say(f"the promise “{words}”", f"承诺“{words}”")
                case "task-given":
                    at, of = data["number"], say.value(data["holder"])
                    named[data["task_id"]] = say(f"task {at} of {of}", f"{of}的第{at}项任务")
                case "demand-taken":
                    named[data["demand_id"]] = say(
                        f"the answer to demand {data['number']}", f"第{data['number']}项诉求的答复"
                    )
                case "hand-off-offered":
                    to = say.value(data["to"])
                    named[event["id"]] = say(f"{to} taking the case on", f"{to}部门接收案件")
                case "approval-asked":
                    named[data["approval_id"]] = say(f"approval {data['number']}", f"第{data['number']}项审批")
                case "remedy-offered":
                    at = data["remedy"]
                    named[data["offer_id"]] = say(f"the reply to the offer of remedy {at}", f"第{at}项补救的回复")
                case "evidence-requested":
                    what = say.value(data["what"])
                    named[data["request_id"]] = say(f"evidence: {what}", f"证据：{what}")
                case "respondent-named":
                    named[data["respondent_id"]] = say.value(data["name"])
                    respondents.add(data["respondent_id"])
                case "immediate-action-started":
                    named[data["action_id"]] = say.value(data["what"])
                case "clock-armed":
                    about, purpose = data.get("about", ""), say.word(data["purpose"])
                    if about in respondents:
                        purpose = say(f"{purpose}, {named[about]}", f"{purpose}（{named[about]}）")
                    named[data["clock"]] = named.get(about, purpose) if about not in respondents else purpose
                case _:
                    pass
        return named
