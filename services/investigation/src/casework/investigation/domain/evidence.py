"""Evidence that a party was asked for: by when, what comes of silence, and what arrived.

Invariant: a request ends by what arrives or by lapsing with the effect that was announced, never in silence; what
arrives late is recorded too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias, assert_never
from uuid import UUID

from casework.investigation.domain.evidence_refusals import HeldAlready
from casework.shared.contracts.investigation import EvidenceReceived, EvidenceRequested, EvidenceRequestLapsed
from casework.shared.contracts.types import Instant, Name, Prose
from casework.shared.contracts.vocabulary import Channel, Lateness, Side
from casework.shared.errors import Refusal
from casework.shared.which import which


class Said(NamedTuple):
    """One text in English and in Chinese."""

    en: str
    zh: str


EFFECTS: Mapping[Lateness, Said] = {
    "decide-on-what-we-have": Said(
        "If nothing arrives by then, we decide on what we have.", "逾期未提供的,我们将依据现有材料作出决定。"
    ),
    "treat-as-conceded": Said(
        "If nothing arrives by then, we take the point as conceded.", "逾期未提供的,视为认可对方主张。"
    ),
    "close-the-complaint": Said(
        "If nothing arrives by then, the complaint is closed; it can be taken up again.",
        "逾期未提供的,投诉将终止,之后可以重新提出。",
    ),
}
"""The words that go out with a request, for each thing that may come of silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvidence:
    """Ask a party for evidence. `now` is when it is asked; the effect's words are sent with it. `document` is the
    number of the paper, where it has one; `held_at` says where we hold it already, None where we do not."""

    request_id: UUID
    of: Side
    what: Prose
    due_at: Instant
    effect: Lateness
    channel: Channel
    now: Instant
    asked_by: Name | None = None
    document: Name | None = None
    held_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvidence:
    """Record what arrived at `now`. Without `request_id` it is for the one request that is open."""

    request_id: UUID | None
    what: Prose
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseEvidenceRequest:
    """Follow-up's clock for the request expired. Never refused."""

    request_id: UUID


EvidenceCommand: TypeAlias = RequestEvidence | RecordEvidence | LapseEvidenceRequest
EvidenceEvent: TypeAlias = EvidenceRequested | EvidenceReceived | EvidenceRequestLapsed


class EvidenceDueInThePast(Refusal):
    code = "evidence-due-in-the-past"

    def __init__(self) -> None:
        super().__init__("The time for the evidence is over already; give one that lies ahead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """What later decisions need to know of a request."""

    id: UUID
    of: Side
    due_at: Instant
    effect: Lateness
    said_en: str
    said_zh: str
    asked_by: str | None = None
    status: Literal["open", "received", "lapsed"] = "open"


Requests: TypeAlias = tuple[EvidenceRequest, ...]


def decide(command: EvidenceCommand, requests: Requests) -> tuple[EvidenceEvent, ...]:
    """The events that `command` brings about. Raises `EvidenceDueInThePast`, `HeldAlready` and those of `which`."""
    match command:
        case RequestEvidence():
            if command.due_at <= command.now:
                raise EvidenceDueInThePast
            if command.held_at is not None:
                raise HeldAlready(command.document or "it", command.held_at)
            said = EFFECTS[command.effect]
            return (
                EvidenceRequested(
                    request_id=command.request_id,
                    of=command.of,
                    what=command.what,
                    due_at=command.due_at,
                    effect=command.effect,
                    said_en=said.en,
                    said_zh=said.zh,
                    channel=command.channel,
                    asked_by=command.asked_by,
                    document=command.document,
                ),
            )
        case RecordEvidence(what=what, now=now):
            known = {each.id: each.status == "open" for each in requests}
            id_ = which("request for evidence", command.request_id, known)
            # By the time, not by the lapse: that is recorded only once the clock was looked at.
            request = next(each for each in requests if each.id == id_)
            return (EvidenceReceived(request_id=id_, of=request.of, what=what, late=request.due_at <= now),)
        case LapseEvidenceRequest(request_id=id_):
            return tuple(
                EvidenceRequestLapsed(
                    request_id=id_, of=each.of, effect=each.effect, said_en=each.said_en, said_zh=each.said_zh
                )
                for each in requests
                if each.id == id_ and each.status == "open"
            )
        case _:
            assert_never(command)


def evolve(requests: Requests, event: EvidenceEvent) -> Requests:
    """The requests after `event`. What arrives after the lapse leaves it lapsed: its effect was announced."""
    match event:
        case EvidenceRequested():
            request = EvidenceRequest(
                id=event.request_id,
                of=event.of,
                due_at=event.due_at,
                effect=event.effect,
                said_en=event.said_en,
                said_zh=event.said_zh,
                asked_by=event.asked_by,
            )
            return (*(each for each in requests if each.id != request.id), request)
        case EvidenceReceived(request_id=id_):
            return tuple(
                replace(each, status="received") if each.id == id_ and each.status == "open" else each
                for each in requests
            )
        case EvidenceRequestLapsed(request_id=id_):
            return tuple(replace(each, status="lapsed") if each.id == id_ else each for each in requests)
        case _:
            assert_never(event)
