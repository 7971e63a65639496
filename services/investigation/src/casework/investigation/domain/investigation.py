"""Investigation: from intake's offer to the hand-off to resolution. Its stream decides on intake's offers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.investigation.domain import access, errors, evidence
from casework.investigation.domain.commands import (
    AcceptHandOff,
    Command,
    ConcludeInvestigation,
    DeclineHandOff,
    DiscontinueInvestigation,
    LapseHandOff,
    OfferHandOff,
    OpenFilePart,
    OpenInvestigation,
    RecordFinding,
    TakeBackHandOff,
)
from casework.investigation.domain.events import (
    EvidenceReceived,
    EvidenceRequested,
    EvidenceRequestLapsed,
    FileOpened,
    FileRefused,
    FindingRecorded,
    HandOffAccepted,
    HandOffDeclined,
    HandOffLapsed,
    HandOffOffered,
    HandOffTakenBack,
    InvestigationConcluded,
    InvestigationDiscontinued,
    InvestigationEvent,
    InvestigationOpened,
)
from casework.investigation.domain.evidence import (
    EvidenceRequest,
    LapseEvidenceRequest,
    RecordEvidence,
    RequestEvidence,
)
from casework.shared.decider import Decider
from casework.shared.handoffs.giving import HandOffAlreadyOffered, offered
from casework.shared.handoffs.receiving import NO_OFFERS, OffersReceived, Way

Status: TypeAlias = Literal["waiting", "investigating", "concluded", "offered", "discontinued"]
"""`waiting`: no offer was accepted; what became of the last one is in the offers."""
STATE_VERSION = 3
WAY = Way(giver="intake", receiver="investigation")
WITHDRAWN = "The complaint was withdrawn: there is nothing left to investigate."
HELD = "Investigation has this case already, by an earlier offer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What investigation's decisions need to know. `offers` are intake's."""

    status: Status = "waiting"
    offers: OffersReceived = NO_OFFERS
    category: str = ""
    owner: str = ""
    holder: str = ""
    findings: int = 0
    evidence: tuple[EvidenceRequest, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether a new offer would be opened."""
        return self.status == "waiting" and self.offers.is_free


def decide(command: Command, state: Investigation) -> tuple[InvestigationEvent, ...]:
    """The events that `command` brings about. Raises a refusal of `errors`."""
    match command:
        case OpenInvestigation():
            return _open(command, state)
        case AcceptHandOff(offer_id=offer_id, holder=holder):
            _answering(offer_id, state)
            return (HandOffAccepted(offer_id=offer_id, holder=holder),)
        case DeclineHandOff(offer_id=offer_id, reason=reason):
            _answering(offer_id, state)
            return (HandOffDeclined(offer_id=offer_id, reason=reason),)
        case LapseHandOff(offer_id=offer_id):
            if state.status != "waiting" or not state.offers.waits(offer_id):
                return ()
            return (HandOffLapsed(offer_id=offer_id),)
        case RecordFinding(finding=finding, side=side):
            _investigating(state)
            return (FindingRecorded(finding=finding, side=side),)
        case ConcludeInvestigation(outcome=outcome, summary=summary):
            _investigating(state)
            if state.findings == 0:
                raise errors.NoFinding
            return (InvestigationConcluded(outcome=outcome, summary=summary),)
        case DiscontinueInvestigation(reason=reason):
            return () if state.status == "discontinued" else (InvestigationDiscontinued(reason=reason),)
        case OfferHandOff():
            return _offer(command, state)
        case TakeBackHandOff(offer_id=offer_id, reason=reason):
            if state.status != "offered" or not command.is_of_the_newest:
                return ()
            return (HandOffTakenBack(offer_id=offer_id, reason=reason),)
        case RequestEvidence():
            _investigating(state)
            return evidence.decide(command, state.evidence)
        case RecordEvidence():
            return evidence.decide(command, state.evidence)
        case LapseEvidenceRequest():
            # With the complaint went the reason to ask: nobody is told of an effect any more.
            return () if state.status == "discontinued" else evidence.decide(command, state.evidence)
        case OpenFilePart():
            return access.decide(command, state)
        case _:
            assert_never(command)


def evolve(state: Investigation, event: InvestigationEvent) -> Investigation:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case InvestigationOpened(offer_id=offer_id, category=category, owner=owner):
            return replace(state, offers=state.offers.opened(offer_id), category=category, owner=owner)
        case HandOffAccepted(holder=holder):
            return replace(state, status="investigating", offers=state.offers.answered(event), holder=holder)
        case HandOffDeclined() | HandOffLapsed():
            return replace(state, offers=state.offers.answered(event))
        case FindingRecorded():
            return replace(state, findings=state.findings + 1)
        case InvestigationConcluded() | HandOffTakenBack():
            return replace(state, status="concluded")
        case InvestigationDiscontinued():
            return replace(state, status="discontinued")
        case HandOffOffered():
            return replace(state, status="offered")
        case EvidenceRequested() | EvidenceReceived() | EvidenceRequestLapsed():
            return replace(state, evidence=evidence.evolve(state.evidence, event))
        case FileOpened() | FileRefused():
            return state
        case _:
            assert_never(event)


DECIDER: Decider[Command, Investigation, InvestigationEvent] = Decider(Investigation(), decide, evolve)


def _open(command: OpenInvestigation, state: Investigation) -> tuple[InvestigationEvent, ...]:
    if command.offer_id in state.offers.seen:
        return ()
    if state.status == "discontinued":
        return (HandOffDeclined(offer_id=command.offer_id, reason=WITHDRAWN),)
    if not state.is_free:
        return (HandOffDeclined(offer_id=command.offer_id, reason=HELD),)
    return (
        InvestigationOpened(
            offer_id=command.offer_id,
            category=command.category,
            owner=command.owner,
            standing=command.standing,
        ),
    )


def _answering(offer_id: UUID, state: Investigation) -> None:
    match state.status:
        case "waiting":
            state.offers.require_waiting(offer_id, WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case _:
            raise errors.HandOffAlreadyAccepted(state.holder)


def _accepted(state: Investigation) -> Status:
    match state.status:
        case "waiting":
            state.offers.refuse_work(WAY)
        case "discontinued":
            raise errors.InvestigationIsDiscontinued
        case _:
            return state.status


def _investigating(state: Investigation) -> None:
    if _accepted(state) != "investigating":
        raise errors.InvestigationAlreadyConcluded(state.status)


def _offer(command: OfferHandOff, state: Investigation) -> tuple[InvestigationEvent, ...]:
    match _accepted(state):
        case "investigating":
            raise errors.InvestigationNotConcluded
        case "offered":
            raise HandOffAlreadyOffered("resolution")
        case _:
            return (offered(HandOffOffered, command, to="resolution", category=state.category, owner=state.owner),)
