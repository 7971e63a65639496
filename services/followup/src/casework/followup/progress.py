"""Where a case stands, folded from the events of all four services. Pure.

Invariant: what is kept of each service depends on that service's events alone, in their own order; the stage
is worked out from the four. So any interleaving of the four logs that respects causes ends in the same status.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts import followup, handoff, intake, investigation, resolution
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.types import rfc3339

Step: TypeAlias = Literal["none", "opened", "working", "done", "offered", "stopped"]
"""A service's part: not begun; offered to it; accepted; finished; offered on; stopped by a withdrawal."""
Stage: TypeAlias = Literal[
    "received",
    "acknowledged",
    "assessed",
    "awaiting-investigation",
    "in-investigation",
    "awaiting-resolution",
    "in-resolution",
    "decided",
    "in-follow-up",
    "closed",
    "withdrawn",
]

WORDS: dict[Stage, tuple[str, str]] = {
    "received": ("receipt", "受理"),
    "acknowledged": ("acknowledgement", "告知"),
    "assessed": ("initial assessment", "初步评审"),
    "awaiting-investigation": ("waiting for investigation", "等待调查"),
    "in-investigation": ("investigation", "调查"),
    "awaiting-resolution": ("waiting for resolution", "等待处理"),
    "in-resolution": ("response", "响应"),
    "decided": ("communicating the decision", "沟通决定"),
    "in-follow-up": ("follow-up", "跟踪"),
    "closed": ("closed", "终止"),
    "withdrawn": ("withdrawn", "已撤回"),
}
"""What each stage is called to people, in English and Chinese: the clause names of ISO 10002."""

NEXT: dict[Stage, tuple[str, str, str]] = {
    "received": ("acknowledge", "Acknowledge the complaint", "告知已收到投诉"),
    "acknowledged": ("assess", "Make the initial assessment", "进行初步评审"),
    "assessed": ("offer-to-investigation", "Offer the case to investigation", "移交调查"),
    "awaiting-investigation": ("accept-investigation", "Investigation accepts or declines", "调查部门接收或退回"),
    "in-investigation": ("investigate", "Establish what happened", "查明事实"),
    "awaiting-resolution": ("accept-resolution", "Resolution accepts or declines", "处理部门接收或退回"),
    "in-resolution": ("decide", "Propose a remedy and communicate the decision", "提出方案并沟通决定"),
    "decided": ("hear-reply", "Hear the complainant's reply and hand over to follow-up", "听取回复并移交跟踪"),
    "in-follow-up": ("close", "Verify and close", "核实并终止"),
    "closed": ("none", "Nothing: the case is closed", "无：已终止"),
    "withdrawn": ("close-withdrawn", "Close after the withdrawal", "撤回后终止"),
}
"""What happens next at each stage: a code, and words for it in English and Chinese."""


@dataclass(frozen=True, slots=True)
class Part:
    """One service's part of the case, from its own events."""

    step: Step = "none"
    holder: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything the status is made of. `offer` is resolution's standing offer to follow-up."""

    owner: str = ""
    category: str = ""
    source: str = ""
    received_at: str = ""
    at_intake: Literal["received", "acknowledged", "assessed", "offered", "withdrawn"] = "received"
    intake: Part = field(default_factory=Part)
    investigation: Part = field(default_factory=Part)
    resolution: Part = field(default_factory=Part)
    followup: Part = field(default_factory=Part)
    offer: UUID | None = None
    decision: str = ""
    reply: Literal["", "accepted", "contested"] = ""
    closure: Literal["", "decided", "withdrawn"] = ""
    late_facts: int = 0
    changed_at: str = ""

    def part(self, service: ServiceName) -> Part:
        match service:
            case "intake":
                return self.intake
            case "investigation":
                return self.investigation
            case "resolution":
                return self.resolution
            case "followup":
                return self.followup
            case _:
                assert_never(service)

    @property
    def version(self) -> int:
        """The number of events this status reflects: it only grows, and is the same after any rebuild."""
        return sum(self.part(service).version for service in SERVICES)


def advance(progress: Progress, envelope: Envelope, event: Any) -> Progress:
    """The progress after one more event of the case. An event already counted changes nothing."""
    part = progress.part(envelope.source)
    if envelope.version <= part.version:
        return progress
    stepped = replace(part, version=envelope.version)
    match envelope.source:
        case "intake":
            moved = _intake(replace(progress, intake=stepped), event)
        case "investigation":
            moved = replace(progress, investigation=_investigation(stepped, event))
        case "resolution":
            moved = _resolution(replace(progress, resolution=stepped), envelope, event)
        case "followup":
            moved = _followup(replace(progress, followup=stepped), event)
        case _:
            assert_never(envelope.source)
    return replace(moved, changed_at=max(progress.changed_at, rfc3339(envelope.time)))


def _intake(progress: Progress, event: Any) -> Progress:
    match event:
        case intake.ComplaintReceived():
            return replace(
                progress,
                owner=event.owner,
                category=event.category,
                source=event.source,
                received_at=rfc3339(event.received_at),
            )
        case intake.ComplaintAcknowledged():
            return replace(progress, at_intake="acknowledged")
        case intake.ComplaintAssessed() | intake.HandOffTakenBack():
            return replace(progress, at_intake="assessed")
        case intake.HandOffOffered():
            return replace(progress, at_intake="offered")
        case intake.ComplaintWithdrawn():
            return replace(progress, at_intake="withdrawn")
        case _:
            return progress


def _investigation(part: Part, event: Any) -> Part:
    match event:
        case investigation.InvestigationOpened():
            return replace(part, step="opened", holder="")
        case handoff.Accepted(holder=holder):
            return replace(part, step="working", holder=holder)
        case handoff.Declined():
            return part if part.step in ("working", "done", "offered", "stopped") else replace(part, step="none")
        case investigation.InvestigationConcluded() | handoff.TakenBack():
            return replace(part, step="done")
        case handoff.Offered():
            return replace(part, step="offered")
        case investigation.InvestigationDiscontinued():
            return replace(part, step="stopped", holder="")
        case _:
            return part


def _resolution(progress: Progress, envelope: Envelope, event: Any) -> Progress:
    part = progress.resolution
    match event:
        case resolution.ResolutionOpened():
            return replace(progress, resolution=replace(part, step="opened", holder=""))
        case handoff.Accepted(holder=holder):
            return replace(progress, resolution=replace(part, step="working", holder=holder))
        case handoff.Declined():
            idle = part.step in ("opened", "none")
            return replace(progress, resolution=replace(part, step="none")) if idle else progress
        case resolution.DecisionCommunicated(outcome=outcome):
            return replace(progress, resolution=replace(part, step="done"), decision=outcome, reply="")
        case resolution.DecisionAccepted():
            return replace(progress, reply="accepted")
        case resolution.DecisionContested() | resolution.ResolutionReopened():
            # Someone must hold it again: who held it last, or the case owner where resolution never did.
            holder = part.holder or progress.owner
            reply: Literal["", "contested"] = "contested" if isinstance(event, resolution.DecisionContested) else ""
            return replace(progress, resolution=replace(part, step="working", holder=holder), offer=None, reply=reply)
        case handoff.Offered():
            return replace(progress, resolution=replace(part, step="offered"), offer=envelope.id)
        case handoff.TakenBack():
            return replace(progress, resolution=replace(part, step="done"), offer=None)
        case resolution.WithdrawalHonoured():
            return replace(progress, resolution=replace(part, step="stopped", holder=""), offer=None)
        case _:
            return progress


def _followup(progress: Progress, event: Any) -> Progress:
    part = progress.followup
    match event:
        case followup.FollowUpOpened():
            return replace(progress, followup=replace(part, step="opened"))
        case handoff.Accepted(holder=holder):
            return replace(progress, followup=replace(part, step="working", holder=holder))
        case followup.CaseClosed(outcome=outcome):
            return replace(progress, followup=replace(part, step="done", holder=""), closure=outcome)
        case followup.CaseReopened() | followup.HandOffReturned():
            return replace(progress, followup=replace(part, step="opened", holder=""), closure="")
        case followup.FactsReceivedAfterClosure():
            return replace(progress, late_facts=progress.late_facts + 1)
        case _:
            return progress


def stage_of(progress: Progress) -> Stage:
    """The stage people are told, from the last service that has the case backwards."""
    if progress.closure:
        return "closed"
    if progress.followup.step == "working":
        return "in-follow-up"
    if progress.at_intake == "withdrawn" and progress.resolution.step not in ("done", "offered", "working"):
        return "withdrawn"
    match progress.resolution.step:
        case "done" | "offered":
            return "decided"
        case "working":
            return "in-resolution"
        case "opened":
            return "awaiting-resolution"
        case "none" | "stopped":
            pass
    match progress.investigation.step:
        case "offered":
            return "awaiting-resolution"
        case "working" | "done":
            return "in-investigation"
        case "opened":
            return "awaiting-investigation"
        case "none" | "stopped":
            pass
    return "awaiting-investigation" if progress.at_intake == "offered" else progress.at_intake


def holder_of(progress: Progress) -> str:
    """Who holds the work now. Until a hand-off is accepted that is its giver; at intake it is the case owner."""
    if progress.closure:
        return ""
    if progress.followup.step == "working":
        return progress.followup.holder
    if progress.resolution.step in ("working", "done", "offered"):
        return progress.resolution.holder
    if progress.investigation.step in ("working", "done", "offered"):
        return progress.investigation.holder
    return progress.owner


def status_document(case_id: UUID, progress: Progress) -> dict[str, Any]:
    """What call centres read and `casework.status.v1` carries. Nothing in it is personal."""
    stage = stage_of(progress)
    english, chinese = WORDS[stage]
    code, next_english, next_chinese = NEXT[stage]
    document: dict[str, Any] = {
        "case_id": str(case_id),
        "statusversion": progress.version,
        "stage": stage,
        "stage_words": {"en": english, "zh": chinese},
        "open": not progress.closure,
        "owner": progress.owner,
        "holder": holder_of(progress),
        "next_action": {"code": code, "en": next_english, "zh": next_chinese},
        "category": progress.category,
        "source": progress.source,
        "received_at": progress.received_at,
        "changed_at": progress.changed_at,
        "versions": {service: progress.part(service).version for service in SERVICES},
    }
    if progress.decision:
        document["decision"] = progress.decision
    if progress.reply:
        document["reply"] = progress.reply
    if progress.closure:
        document["outcome"] = progress.closure
    if progress.late_facts:
        document["facts_after_closure"] = progress.late_facts
    return document


def received_at_of(progress: Progress) -> datetime | None:
    """The time of receipt, UTC; None before intake's first event was seen."""
    return datetime.fromisoformat(progress.received_at) if progress.received_at else None
