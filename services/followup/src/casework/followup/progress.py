"""Where a case stands, folded from the events of all four services. No I/O.

Invariant: what is kept of each service depends on that service's events alone, in their own order; the stage
is worked out from the four. So any interleaving of the four logs that respects causes ends in the same status.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, assert_never
from uuid import UUID

from casework.followup import caller
from casework.followup.caller import ForCaller
from casework.followup.dues import Due, after, leading
from casework.followup.hands import Hands, take
from casework.followup.stage_words import NEXT, WORDS, Stage, clause_document
from casework.shared.contracts import (
    appeals,
    around,
    assessment,
    clocks,
    closing,
    conflicts,
    eight_d,
    followup,
    handoff,
    inquiry,
    intake,
    investigation,
    resolution,
    sanctions,
)
from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.types import rfc3339
from casework.shared.contracts.vocabulary import Motive, RemedyKind

Step: TypeAlias = Literal["none", "opened", "working", "done", "offered", "stopped"]
"""A service's part: not begun; offered to it; accepted; finished; offered on; stopped by a withdrawal."""


@dataclass(slots=True)
class Part:
    """One service's part of the case, from its own events. `routing` says who is asked by its standing offer."""

    step: Step = "none"
    holder: str = ""
    version: int = 0
    routing: handoff.Routing | None = None


MILESTONES: dict[type, str] = {
    intake.ComplaintReceived: "received",
    intake.ComplaintAcknowledged: "acknowledged",
    intake.ComplaintAssessed: "assessed",
    investigation.HandOffAccepted: "taken-by-investigation",
    investigation.InvestigationConcluded: "concluded",
    resolution.HandOffAccepted: "taken-by-resolution",
    resolution.DecisionCommunicated: "decided",
    followup.HandOffAccepted: "taken-by-follow-up",
    followup.CaseClosed: "closed",
}
"""The events whose business time is kept, in the order of a case's life: the first of each, and the last closing."""


@dataclass(slots=True)
class Progress:
    """Everything the status is made of. `named_owner` is who took the place of the owner of the receipt; `offer` is
    resolution's standing offer to follow-up; `acting` who acts because a moment came that an offer was tied to; `cover`
    who does the work of `covered`; `next_step` what the complainant agreed comes next, and by when; `times` when each
    milestone was passed (RFC 3339); `tasks` the holder of each task of the inquiry that is not done, by its id;
    `hands` what resolution has still to do; `contained` since when the harm goes no further; `motive` the guess at what
    would settle it, and `given` the kinds of remedy of this round of deciding. `appealed`: an appeal waits against the
    decision that stands; `sanctioned` and `improved`: somebody was sanctioned, and something was changed so that it
    does not happen again. `caller` is what whoever answers the phone
    needs, from the first event that says something of it.

    Not frozen: it is the working value of one fold, read fresh from its row and seen by nobody else, and a
    copy for each of a case's events would cost more than all the rest of the projection.
    """

    owner: str = ""
    named_owner: str = ""
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
    appealed: bool = False
    closure: Literal["", "decided", "withdrawn", "unresolved", "silent"] = ""
    late_facts: int = 0
    contained: str = ""
    sanctioned: bool = False
    improved: bool = False
    motive: Motive | None = None
    given: list[RemedyKind] = field(default_factory=list)
    next_step: dict[str, str] = field(default_factory=dict)
    dues: list[Due] = field(default_factory=list)
    times: dict[str, str] = field(default_factory=dict)
    acting: str = ""
    covered: str = ""
    cover: str = ""
    tasks: dict[str, str] = field(default_factory=dict)
    hands: Hands = field(default_factory=Hands)
    caller: ForCaller | None = None
    changed_at: str = ""

    @property
    def owned_by(self) -> str:
        """Who answers to the complainant: the owner of the receipt, or who took their place."""
        return self.named_owner or self.owner

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
        return self.intake.version + self.investigation.version + self.resolution.version + self.followup.version


def advance(progress: Progress, envelope: Envelope, event: Any) -> None:
    """Take one more event of the case into the progress. An event already counted changes nothing."""
    part = progress.part(envelope.source)
    if envelope.version <= part.version:
        return
    part.version = envelope.version
    if isinstance(event, handoff.Accepted | followup.CaseClosed):
        progress.acting = ""
    match envelope.source:
        case "intake":
            _intake(progress, event)
        case "investigation":
            _investigation(progress, event)
        case "resolution":
            _resolution(progress, envelope, event)
        case "followup":
            _followup(progress, event)
        case _:
            assert_never(envelope.source)
    progress.caller = caller.take(progress.caller, envelope, event)
    progress.changed_at = max(progress.changed_at, rfc3339(envelope.time))
    milestone = MILESTONES.get(type(event))
    if milestone is not None and (milestone == "closed" or milestone not in progress.times):
        # In the order of their names, so that any interleaving ends in the same bytes.
        times = progress.times | {milestone: rfc3339(envelope.occurred_at or envelope.time)}
        progress.times = dict(sorted(times.items()))


def _intake(progress: Progress, event: Any) -> None:
    match event:
        case intake.ComplaintReceived():
            progress.owner = event.owner
            progress.category = event.category
            progress.source = event.source
            progress.received_at = rfc3339(event.received_at)
        case intake.ComplaintAcknowledged():
            progress.at_intake = "acknowledged"
        case intake.ComplaintAssessed(motive=motive):
            progress.at_intake, progress.motive = "assessed", motive
        case intake.HandOffTakenBack():
            progress.at_intake, progress.intake.routing = "assessed", None
        case intake.HandOffOffered(routing=routing):
            progress.at_intake, progress.intake.routing = "offered", routing
        case intake.ComplaintWithdrawn():
            progress.at_intake = "withdrawn"
        case assessment.ComplaintContained(contained_at=contained_at):
            progress.contained = rfc3339(contained_at)
        case around.ProblemAgreed(next_step=words, next_by=by):
            progress.next_step = {"words": words, "by": rfc3339(by)}
        case _:
            pass


def _investigation(progress: Progress, event: Any) -> None:
    part = progress.investigation
    match event:
        case investigation.InvestigationOpened():
            part.step, part.holder = "opened", ""
        case handoff.Accepted(holder=holder):
            part.step, part.holder = "working", holder
        case handoff.Declined() | handoff.Lapsed() if part.step in ("none", "opened"):
            part.step = "none"
        case investigation.InvestigationConcluded() | handoff.TakenBack():
            part.step, part.routing = "done", None
        case handoff.Offered(routing=routing):
            part.step, part.routing = "offered", routing
        case investigation.InvestigationDiscontinued():
            part.step, part.holder = "stopped", ""
        case conflicts.InvestigatorAssigned(holder=holder):
            part.holder = holder
        case eight_d.MeasurePutInPlace() | eight_d.RecurrencePrevented() | eight_d.EffectShown():
            progress.improved = True
        case inquiry.TaskGiven(task_id=task_id, holder=holder):
            progress.tasks = progress.tasks | {str(task_id): holder}
        case inquiry.TaskDone(task_id=task_id) | inquiry.TaskTakenBack(task_id=task_id):
            progress.tasks = {task: holder for task, holder in progress.tasks.items() if task != str(task_id)}
        case _:
            pass


def _resolution(progress: Progress, envelope: Envelope, event: Any) -> None:
    part = progress.resolution
    take(progress.hands, event)
    match event:
        case resolution.ResolutionOpened():
            part.step, part.holder = "opened", ""
        case handoff.Accepted(holder=holder):
            part.step, part.holder = "working", holder
        case handoff.Declined() | handoff.Lapsed() if part.step in ("none", "opened"):
            part.step = "none"
        case resolution.DecisionCommunicated(outcome=outcome):
            part.step, progress.decision, progress.reply = "done", outcome, ""
        case resolution.RemedyProposed(kind=kind):
            progress.given = sorted({*progress.given, kind})
        case resolution.DecisionAccepted():
            progress.reply = "accepted"
        case sanctions.PartySanctioned() | resolution.SanctionImposed() | sanctions.InfringementUpheld(free=False):
            progress.sanctioned = True
        case appeals.DecisionAppealDecided(succeeded=succeeded):
            # Where the case was reopened meanwhile, the decision falls anyway.
            if progress.appealed and not succeeded:
                part.step = "done"
            progress.appealed = False
        case resolution.DecisionContested() | resolution.ResolutionReopened() | appeals.DecisionAppealed():
            # Someone must hold it again: who held it last, or the case owner where resolution never did.
            part.step, part.holder = "working", part.holder or progress.owner
            progress.offer, progress.given, part.routing = None, [], None
            progress.reply = "contested" if isinstance(event, resolution.DecisionContested) else ""
            progress.appealed = isinstance(event, appeals.DecisionAppealed)
        case handoff.Offered(routing=routing):
            part.step, progress.offer, part.routing = "offered", envelope.id, routing
        case handoff.TakenBack():
            part.step, progress.offer, part.routing = "done", None, None
        case resolution.WithdrawalHonoured():
            part.step, part.holder, progress.offer = "stopped", "", None
        case _:
            pass


def _followup(progress: Progress, event: Any) -> None:
    part = progress.followup
    match event:
        case followup.FollowUpOpened():
            part.step = "opened"
        case handoff.Accepted(holder=holder):
            part.step, part.holder = "working", holder
        case followup.CaseClosed(outcome=outcome):
            part.step, part.holder, progress.closure = "done", "", outcome
            # What was missed and never done is not to be done any more, also if the case goes on.
            progress.dues = [step for step in progress.dues if not step.missed]
        case followup.CaseReopened() | followup.HandOffReturned():
            part.step, part.holder, progress.closure = "opened", "", ""
        case followup.FactsReceivedAfterClosure():
            progress.late_facts += 1
        case followup.WorkCovered(holder=holder, cover=cover):
            progress.covered, progress.cover = holder, cover
        case followup.CoverEnded():
            progress.covered, progress.cover = "", ""
        case closing.OwnerChanged(owner=owner):
            progress.named_owner = owner
        case followup.ActingOwnerNamed(acting_owner=acting_owner):
            progress.acting = acting_owner
        case _ if isinstance(event, clocks.ClockEvent):
            progress.dues = after(progress.dues, event)
        case _:
            pass


def leading_due(progress: Progress) -> Due | None:
    """What of an open case is due first; None where it is closed or nothing has a date."""
    return None if progress.closure else leading(progress.dues)


def due_at_of(progress: Progress) -> datetime | None:
    """When that is, UTC."""
    due = leading_due(progress)
    return None if due is None else datetime.fromisoformat(due.by)


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
    """Who holds the work now: who covers for them while they are away."""
    holder = named_holder_of(progress)
    return progress.cover if holder and holder == progress.covered else holder


def named_holder_of(progress: Progress) -> str:
    """Who was given the work, whether or not they are there.

    Until a hand-off is accepted that is its giver; at intake it is the case owner."""
    if progress.closure:
        return ""
    if progress.acting:
        return progress.acting
    if progress.followup.step == "working":
        return progress.followup.holder
    if progress.resolution.step in ("working", "done", "offered"):
        return progress.resolution.holder
    if progress.investigation.step in ("working", "done", "offered"):
        return progress.investigation.holder
    return progress.owned_by


def asked_of(progress: Progress) -> tuple[str, ...]:
    """Who is asked to take the case by the offer that stands now; nobody where it was put to a whole service."""
    match stage_of(progress):
        case "awaiting-investigation":
            routing = progress.intake.routing
        case "awaiting-resolution":
            routing = progress.investigation.routing
        case "decided" if progress.resolution.step == "offered":
            routing = progress.resolution.routing
        case _:
            routing = None
    return () if routing is None else routing.asked


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
        "clause": clause_document(stage),
        "open": not progress.closure,
        "owner": progress.owned_by,
        "holder": holder_of(progress),
        "next_action": {"code": code, "en": next_english, "zh": next_chinese},
        "category": progress.category,
        "source": progress.source,
        "received_at": progress.received_at,
        "changed_at": progress.changed_at,
        "versions": {service: progress.part(service).version for service in SERVICES},
    }
    asked = asked_of(progress)
    if asked:
        document["asked"] = list(asked)
    due = leading_due(progress)
    if due is not None:
        document["due"] = {"by": due.by, "policy": due.policy, "purpose": due.purpose, "missed": due.missed}
        if due.paused:
            document["due"]["paused"] = True
        if due.day:
            document["due"]["day"] = due.day
    if progress.decision:
        document["decision"] = progress.decision
    if progress.contained:
        document["contained_at"] = progress.contained
    if progress.reply:
        document["reply"] = progress.reply
    if progress.closure:
        document["outcome"] = progress.closure
    if progress.next_step and stage not in ("decided", "in-follow-up", "closed", "withdrawn"):
        # What was said to come next holds until there is an answer; then that answer says it.
        document["next_step"] = progress.next_step
    document |= caller.caller_document(
        case_id, progress.caller, stage, progress.owned_by, decided=bool(progress.decision)
    )
    if progress.late_facts:
        document["facts_after_closure"] = progress.late_facts
    return document


def received_at_of(progress: Progress) -> datetime | None:
    """The time of receipt, UTC; None before intake's first event was seen."""
    return datetime.fromisoformat(progress.received_at) if progress.received_at else None
