"""What a case has to prove its findings with: each capability's state side by side, and who may ask for what when.

Invariant: evidence is recorded by whoever holds the case, at every stage but after the investigation was discontinued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.investigation.domain import (
    custody,
    evidence_checklist,
    evidence_items,
    party_papers,
    proof_packs,
    recordings,
    tariffs,
)
from casework.investigation.domain.custody import Chain, RecordCustody
from casework.investigation.domain.eight_d_commands import AskWhy, OpenReport, ProveWhy, ReportStep
from casework.investigation.domain.evidence_checklist import ChecklistCommand, CompleteEvidence, WaiveEvidence
from casework.investigation.domain.evidence_items import (
    AttachItem,
    DeclareUnavailable,
    ItemCommand,
    Items,
    ReceiveItem,
    RecordStatement,
    RuleItem,
)
from casework.investigation.domain.evidence_refusals import OneSidedEvidence
from casework.investigation.domain.party_papers import CheckPartyPapers
from casework.investigation.domain.proof_packs import InviteToMeeting, MeetingCommand, Meetings, PlanMeeting
from casework.investigation.domain.recordings import (
    LinkRecording,
    LogCallBack,
    OpenRecording,
    RecordingCommand,
    Recordings,
)
from casework.investigation.domain.tariffs import ConsultTariff
from casework.shared.contracts.evidence import (
    CallBackLogged,
    CustodyRecorded,
    EvidenceAttached,
    EvidenceCompleted,
    EvidenceItemReceived,
    EvidenceRuled,
    EvidenceStanding,
    EvidenceStatementRecorded,
    EvidenceUnavailable,
    EvidenceWaived,
    MeetingPlanned,
    MeetingReady,
    PartyPapersChecked,
    RecordingLinked,
    RecordingOpened,
    TariffConsulted,
)
from casework.shared.contracts.investigation import FileRefused
from casework.shared.contracts.types import Word
from casework.shared.contracts.vocabulary import Outcome

ProofCommand: TypeAlias = (
    ItemCommand
    | ChecklistCommand
    | RecordCustody
    | ConsultTariff
    | CheckPartyPapers
    | MeetingCommand
    | RecordingCommand
)
ProofEvent: TypeAlias = (
    EvidenceItemReceived
    | EvidenceAttached
    | EvidenceUnavailable
    | EvidenceRuled
    | EvidenceStatementRecorded
    | EvidenceWaived
    | EvidenceCompleted
    | CustodyRecorded
    | TariffConsulted
    | PartyPapersChecked
    | MeetingPlanned
    | MeetingReady
    | RecordingLinked
    | RecordingOpened
    | CallBackLogged
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The state of every capability of evidence."""

    items: Items = ()
    waived: tuple[Word, ...] = ()
    chain: Chain = ()
    meetings: Meetings = ()
    recordings: Recordings = ()

    @property
    def last_holder(self) -> str | None:
        """Who had the object last, as far as it is shown."""
        return custody.last_holder(self.chain, self.items)

    @property
    def standings(self) -> tuple[EvidenceStanding, ...] | None:
        """Every item as it stands, to be handed on; None where there is none."""
        return tuple(each.standing for each in self.items) or None


NO_PROOF = Proof()


def refuse_one_sided(outcome: Outcome, proof: Proof) -> None:
    """Raises `OneSidedEvidence` where nothing but the respondent's own word is against the complainant.

    A respondent's word against themselves is an admission, so what upholds the complaint may rest on it.
    """
    if outcome != "upheld" and evidence_items.rests_on_own_word(proof.items):
        raise OneSidedEvidence


def require_cited(command: ReportStep | OpenReport, proof: Proof) -> None:
    """A why rests on items of evidence that there are. Raises `UnknownItem`."""
    if isinstance(command, AskWhy | ProveWhy):
        for number in command.evidence:
            evidence_items.item_of(number, proof.items)


def decide(command: ProofCommand, proof: Proof) -> tuple[ProofEvent | FileRefused, ...]:
    """The events that `command` brings about. Raises the refusals of its capability."""
    match command:
        case ReceiveItem() | AttachItem() | DeclareUnavailable() | RuleItem() | RecordStatement():
            return evidence_items.decide(command, proof.items)
        case WaiveEvidence() | CompleteEvidence():
            return evidence_checklist.decide(command, proof.waived, proof.items)
        case RecordCustody():
            return custody.decide(command, proof.chain, proof.items)
        case ConsultTariff():
            return tariffs.decide(command)
        case CheckPartyPapers():
            return party_papers.decide(command, proof.items)
        case PlanMeeting() | InviteToMeeting():
            return proof_packs.decide(command, proof.meetings, proof.items)
        case LinkRecording() | OpenRecording() | LogCallBack():
            return recordings.decide(command, proof.recordings)
        case _:
            assert_never(command)


def evolve(proof: Proof, event: ProofEvent) -> Proof:
    """The proof after `event`."""
    match event:
        case (
            EvidenceItemReceived()
            | EvidenceAttached()
            | EvidenceUnavailable()
            | EvidenceRuled()
            | EvidenceStatementRecorded()
        ):
            return replace(proof, items=evidence_items.evolve(proof.items, event))
        case EvidenceWaived() | EvidenceCompleted():
            return replace(proof, waived=evidence_checklist.evolve(proof.waived, event))
        case CustodyRecorded():
            return replace(proof, chain=custody.evolve(proof.chain, event))
        case MeetingPlanned() | MeetingReady():
            return replace(proof, meetings=proof_packs.evolve(proof.meetings, event))
        case RecordingLinked() | RecordingOpened() | CallBackLogged():
            return replace(proof, recordings=recordings.evolve(proof.recordings, event))
        case TariffConsulted() | PartyPapersChecked():
            return proof
        case _:
            assert_never(event)
