"""What investigation publishes of evidence: numbered items, rulings, custody, records, papers, meetings, recordings.

Items are numbered per case from 1, and whoever cites evidence cites its number. An event holds the SHA-256 of an
item's bytes and where they lie, never the bytes. What somebody said, and who signed, is `Sealed`; every other text
holds nothing personal: a party is known by its part in the case and by an account or register number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field

from casework.shared.contracts.types import Instant, Money, Name, SafeInt, Sealed, Sentence, Word, no_nul

EvidenceKind: TypeAlias = Literal[
    "photograph",
    "document",
    "statement",
    "task-entry",
    "recording",
    "pre-contract",
    "delivery-slip",
    "own-record",
    "credential",
]
"""`task-entry` is what a system says because somebody pressed a button, such as "delivered 12:31"; `pre-contract` is
what was agreed before the order; `own-record` comes from the organisation's own archive; `credential` is a paper that
can serve again until its validity ends."""
Giver: TypeAlias = Literal["complainant", "respondent", "organisation", "third-party"]
Ruling: TypeAlias = Literal["valid", "invalid", "contested"]
"""`contested` is valid, and a party contests it: the statements on both sides stand beside it."""
DisputeGround: TypeAlias = Literal["not-counted", "not-ours", "altered", "other"]
Consent: TypeAlias = Literal["yes", "no"]
PartyKind: TypeAlias = Literal["person", "company", "agent"]
PaperFault: TypeAlias = Literal["missing", "name-mismatch", "expired", "ruled-invalid"]
CallBackResult: TypeAlias = Literal["reached", "no-answer", "engaged", "voicemail", "wrong-number"]

Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reason: TypeAlias = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(no_nul)]
"""Why an item was ruled on as it was. Short: it is repeated in the hand-off and in the decision."""
What: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(no_nul)]
"""What an item is, in words that hold nothing personal. Short for the same reason."""
Number: TypeAlias = Annotated[SafeInt, Field(ge=1)]
Rate: TypeAlias = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?$")]
"""Per cent a year, such as 3.30."""
MOST_ITEMS = 80
"""So many items a case may have, so that the decision can name each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a signed delivery slip says: so many pieces, signed by whom and when."""

    count: Annotated[SafeInt, Field(ge=0)]
    signer: Sealed
    signed_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItemReceived:
    """An item arrived. `sha256` is that of its bytes, which lie at `reference`.

    `giver` is the giver's account, register or staff number. `meets` names the entries of checklists that it serves.
    `asked_by` and `due_at` are those of the request it answers, and `late` says that its time was over by then.
    `made_at` and `ordered_at` belong to what was agreed before the order; `document`, `source` and `as_of` to a record
    out of an archive, and `about` is the object it is about; `party` and `valid_until` (the last day) to a paper that
    can serve again.
    """

    number: Number
    kind: EvidenceKind
    given_by: Giver
    what: What
    sha256: Sha256
    reference: Sentence
    received_at: Instant
    giver: Name | None = None
    meets: tuple[Word, ...] | None = None
    request_id: UUID | None = None
    asked_by: Name | None = None
    due_at: Instant | None = None
    late: bool | None = None
    made_at: Instant | None = None
    ordered_at: Instant | None = None
    slip: Slip | None = None
    document: Name | None = None
    party: Name | None = None
    valid_until: date | None = None
    source: Name | None = None
    as_of: date | None = None
    about: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAttached:
    """What an earlier case holds serves here too, by reference: item `of_number` of case `of_case`."""

    number: Number
    kind: EvidenceKind
    given_by: Giver
    what: What
    sha256: Sha256
    reference: Sentence
    received_at: Instant
    of_case: UUID
    of_number: Number
    document: Name | None = None
    party: Name | None = None
    valid_until: date | None = None
    source: Name | None = None
    as_of: date | None = None
    about: Name | None = None
    meets: tuple[Word, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceUnavailable:
    """Something that was asked for is no longer there, by a retention rule. It has a number as every item has.

    `dated` is the last day of what was asked for; it was kept for `years` and disposed of on `disposed_on`.
    `request_id` is the request that this answers.
    """

    number: Number
    what: What
    dated: date
    rule: Word
    version: Number
    years: Number
    disposed_on: date
    said_en: Sentence
    said_zh: Sentence
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRuled:
    """An item was ruled on. `statements` are the numbers of those that stand on both sides of a contested item."""

    number: Number
    ruling: Ruling
    reason: Reason
    statements: tuple[Number, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStatementRecorded:
    """What a party said of an item. With `disputes` it contests the item, on that ground."""

    number: Number
    statement: Number
    by: Giver
    said: Sealed
    disputes: DisputeGround | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceWaived:
    """An entry of the case's checklist is not asked for, and why."""

    entry: Word
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistAnswer:
    """An entry of a checklist and what serves it: an item of the case, or a waiver where there is none."""

    entry: Word
    item: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCompleted:
    """Every entry of the checklist, in this version, is there or waived."""

    checklist: Word
    version: Number
    entries: tuple[ChecklistAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyRecorded:
    """From `since` on `holder` had the object of the complaint. `shown_by` is the item that shows the hand-over."""

    link: Number
    holder: Name
    since: Instant
    shown_by: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffConsulted:
    """What the organisation's own tariff said on a day, and the interest that follows from it, to the cent.

    `years` and `days` are the term. `remembered` is the rate that the complainant remembers, and `interest_remembered`
    what would follow from that.
    """

    tariff: Word
    version: Number
    document: Name
    in_force_from: date
    contract_date: date
    rate: Rate
    principal: Money
    years: Annotated[SafeInt, Field(ge=0)]
    days: Annotated[SafeInt, Field(ge=0)]
    days_a_year: Number
    interest: Money
    remembered: Rate | None = None
    interest_remembered: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one paper that a kind of party has to bring."""

    paper: Word
    reason: PaperFault


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyPapersChecked:
    """The papers of whoever complains were held against what a party of that kind has to bring.

    Nothing is incomplete without a fault. `complaining` is the name that was compared, sealed.
    """

    party: PartyKind
    version: Number
    complete: bool
    faults: tuple[Fault, ...]
    items: tuple[ChecklistAnswer, ...]
    complaining: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlanned:
    """A meeting is to be held, and the pack of proof that it needs, in that version."""

    meeting: Number
    pack: Word
    version: Number
    required: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingReady:
    """The pack is complete, and the parties are invited for `at`."""

    meeting: Number
    at: Instant
    pack: tuple[ChecklistAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLinked:
    """A recording belongs to the case. `consent` is what `consent_by` said to being recorded, and when.

    Without consent it is never played back: `reference`, where it lies, is sealed and stays so.
    """

    recording: Number
    sha256: Sha256
    reference: Sealed
    made_at: Instant
    consent: Consent
    consent_by: Giver
    consent_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOpened:
    """Somebody listened to a recording, for that purpose."""

    recording: Number
    by: Name
    purpose: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingNoted:
    """Resolution learned that a recording may be heard or, with `heard_by`, that somebody heard it."""

    recording: Number
    heard_by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackLogged:
    """Whoever holds the case called the complainant back, having heard every recording that may be played."""

    by: Name
    result: CallBackResult
    heard: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStanding:
    """An item as it stands when the case is handed on, and as the decision cites it: what it is, and what it is worth.

    `ruling` is absent until somebody ruled. `rule`, `years` and `disposed_on` belong to what is no longer there.
    """

    number: Number
    what: What
    kind: EvidenceKind | None = None
    given_by: Giver | None = None
    sha256: Sha256 | None = None
    ruling: Ruling | None = None
    reason: Reason | None = None
    rule: Word | None = None
    years: Number | None = None
    disposed_on: date | None = None
    said_en: Sentence | None = None
    said_zh: Sentence | None = None


EvidenceStandings: TypeAlias = Annotated[tuple[EvidenceStanding, ...], Field(max_length=MOST_ITEMS)]
