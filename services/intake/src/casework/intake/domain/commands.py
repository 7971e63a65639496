"""What intake can be asked to do. Each carries every value its decision needs.

`occurred_at` is when it happened, where that is not now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from casework.intake.domain.acknowledgements import Copy
from casework.intake.domain.around import AroundCommand
from casework.intake.domain.assessment import AfterwardsCommand
from casework.intake.domain.assessment import AssessComplaint as AssessComplaint
from casework.intake.domain.contacts import ContactCommand
from casework.intake.domain.demands import DemandCommand
from casework.intake.domain.flags import FlagCommand
from casework.intake.domain.incident import IncidentCommand
from casework.intake.domain.on_card import OnCardCommand
from casework.intake.domain.preferences import PreferenceCommand
from casework.intake.domain.pressure import PressureCommand
from casework.intake.domain.privacy import PrivacyCommand
from casework.intake.domain.publicity import PublicityCommand
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.domain.representatives import RepresentativeCommand
from casework.intake.domain.roads import AddRoad
from casework.intake.domain.visits import VisitCommand
from casework.intake.domain.watches import WatchCommand
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.contracts.procedures import ProcedureRef
from casework.shared.contracts.roads import Origin
from casework.shared.contracts.types import Instant, Name, SafeInt, Sealed, Sentence
from casework.shared.contracts.vocabulary import Channel, ContactWay, Facts, Language
from casework.shared.files.opening import OpenFilePart as OpenFilePart
from casework.shared.handoffs.giving import OfferHandOff as OfferHandOff
from casework.shared.handoffs.giving import TakeBackHandOff as TakeBackHandOff


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveComplaint:
    """Start a case. The fields are those of `ComplaintReceived`; what is personal arrives sealed."""

    source: Name
    source_reference: Name
    channel: Channel
    received_at: Instant
    language: Language
    organisation: Name | None = None
    category: Name
    issue: Name | None = None
    words: Sealed | None = None
    complainant: Sealed | None = None
    wish: Sealed | None = None
    facts: Facts = ()
    owner: Name
    reachable_by: tuple[ContactWay, ...] | None = None
    continues: UUID | None = None
    origin: Origin | None = None
    procedures: tuple[ProcedureRef, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeComplaint:
    """Record that the complainant was told we have it. `statements` names what was said of that which rules want said;
    `rules` are the deadlines in force for this complaint, `copy` is the text that is sent."""

    channel: Channel
    next_step: Sentence
    statements: tuple[Name, ...] = ()
    rules: tuple[DeadlinePolicy, ...] = ()
    copy: Copy | None = None
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFacts:
    """Add what is new. Facts the case already has are left out, so asking twice is harmless.

    Give `words` only where they differ from those of before: sealed values cannot be compared.
    """

    facts: Facts = ()
    words: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawComplaint:
    """Record that the complainant wants to stop: why, how we were told, and by whom: the
    complainant or, on `today`, the representative of that number. `person` is the name. `is_history`: it is told of the
    past."""

    reason: Sentence
    channel: Channel
    person: Sealed | None = None
    representative: SafeInt | None = None
    today: date | None = None
    is_history: bool = False
    occurred_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeComplaint:
    """Resolution decides the case again: the withdrawal of that number holds no more. Never refused."""

    withdrawal: SafeInt


StageCommand: TypeAlias = (
    ReceiveComplaint
    | AcknowledgeComplaint
    | AssessComplaint
    | AddFacts
    | WithdrawComplaint
    | ResumeComplaint
    | OfferHandOff
    | TakeBackHandOff
)
"""What moves the case from stage to stage."""
CapabilityCommand: TypeAlias = (
    AfterwardsCommand
    | PressureCommand
    | FlagCommand
    | IncidentCommand
    | OnCardCommand
    | DemandCommand
    | AroundCommand
    | OpenFilePart
    | ContactCommand
    | WatchCommand
    | RepresentativeCommand
    | ProveReceipt
    | VisitCommand
    | PublicityCommand
    | PreferenceCommand
    | AddRoad
    | PrivacyCommand
)
"""What one capability decides by itself."""
Command: TypeAlias = StageCommand | CapabilityCommand
