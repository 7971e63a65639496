"""Commands and events of evidence items, custody, papers, meetings and recordings for the tests of their rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.investigation.tests.evidence_cases import EARLY, INVOICES

from casework.investigation.domain.custody import RecordCustody
from casework.investigation.domain.evidence_checklist import CompleteEvidence, WaiveEvidence
from casework.investigation.domain.evidence_items import (
    AttachItem,
    DeclareUnavailable,
    ReceiveItem,
    RecordStatement,
    RuleItem,
)
from casework.investigation.domain.party_papers import CheckPartyPapers, GivenPaper
from casework.investigation.domain.proof import ProofCommand, ProofEvent
from casework.investigation.domain.proof_packs import InviteToMeeting, PlanMeeting
from casework.investigation.domain.recordings import LinkRecording, LogCallBack, OpenRecording
from casework.investigation.domain.tariffs import ConsultTariff
from casework.shared.contracts.evidence import (
    CallBackLogged,
    ChecklistAnswer,
    CustodyRecorded,
    EvidenceAttached,
    EvidenceCompleted,
    EvidenceItemReceived,
    EvidenceRuled,
    EvidenceStatementRecorded,
    EvidenceUnavailable,
    EvidenceWaived,
    Fault,
    MeetingPlanned,
    MeetingReady,
    PartyPapersChecked,
    RecordingLinked,
    RecordingOpened,
    Slip,
    TariffConsulted,
)
from casework.shared.contracts.types import Money, Sealed
from casework.shared.evidence.rules import TariffVersion
from casework.shared.policies.shipped_evidence import evidence_of_package

HASH, OTHER_HASH = "a" * 64, "b" * 64
SEALED = Sealed(person=UUID(int=9), nonce="q3T1v0ZkP8mWcY2d", box="V1n0b3hvZnRoZXdvcmRzc3Bva2Vu")
ANOTHER_CASE = UUID(int=31)
NOW = EARLY
DELIVERED = NOW - timedelta(days=1)
TODAY = date(2026, 3, 2)

SHIPPED = evidence_of_package()
CHECKLIST = SHIPPED.checklist_for("marketplace")
PACK = SHIPPED.pack_of("bank-mediation")
PAYROLL = SHIPPED.retention_rule("cn-accounting-vouchers-1998")
AGENT = SHIPPED.papers_of("agent")
DEPOSIT = TariffVersion(
    tariff="fixed-deposit-1y",
    version=2,
    document="RATE-2024-11",
    in_force_from=date(2024, 11, 1),
    rate="3.30",
    currency="CNY",
    days_a_year=365,
)

PHOTOGRAPH = ReceiveItem(
    kind="photograph",
    given_by="complainant",
    what="A shirt with a torn sleeve.",
    sha256=HASH,
    reference="DMS 1",
    at=NOW,
)
PHOTOGRAPHED = EvidenceItemReceived(
    number=1,
    kind="photograph",
    given_by="complainant",
    what="A shirt with a torn sleeve.",
    sha256=HASH,
    reference="DMS 1",
    received_at=NOW,
)
TASK_DONE = replace(PHOTOGRAPH, kind="task-entry", given_by="respondent", what="Delivered 12:31.", giver="courier-17")
DOOR = replace(PHOTOGRAPH, given_by="respondent", what="The bag on the shelf of the reception.", giver="courier-17")
SLIP = replace(
    PHOTOGRAPH,
    kind="delivery-slip",
    given_by="respondent",
    what="Warehouse slip for 50 pieces.",
    slip=Slip(count=50, signer=SEALED, signed_at=DELIVERED),
)
SKETCH = replace(
    PHOTOGRAPH,
    kind="pre-contract",
    what="Sketch.",
    made_at=NOW - timedelta(days=10),
    ordered_at=NOW - timedelta(days=7),
)
CERTIFICATE = replace(
    PHOTOGRAPH,
    kind="credential",
    what="Certificate.",
    document="TM-1",
    party="account-88",
    valid_until=date(2027, 5, 31),
)
HELD = replace(PHOTOGRAPHED, kind="credential", document="TM-1", party="account-88", valid_until=date(2027, 5, 31))
ATTACH = AttachItem(held=HELD, of_case=ANOTHER_CASE, at=NOW, today=TODAY)
GONE = DeclareUnavailable(what="Payroll records of 1999.", dated=date(1999, 12, 31), rule=PAYROLL, at=NOW, today=TODAY)
NOT_THIS = RuleItem(number=1, ruling="invalid", reason="not this garment")
NOT_THIS_RULED = EvidenceRuled(number=1, ruling="invalid", reason="not this garment")
VALID = RuleItem(number=1, ruling="valid", reason="It shows the garment.")
DENIAL = RecordStatement(number=1, by="third-party", said=SEALED, disputes="not-counted")
DENIED = EvidenceStatementRecorded(number=1, statement=1, by="third-party", said=SEALED, disputes="not-counted")
WAIVE = WaiveEvidence(entry="payment-proof", reason="The platform holds it.", checklist=CHECKLIST)
COMPLETE = CompleteEvidence(checklist=CHECKLIST)
HAND_OVER = RecordCustody(holder="courier-17", since=DELIVERED, shown_by=None)
TARIFF = ConsultTariff(
    version=DEPOSIT,
    contract_date=date(2024, 12, 3),
    principal=Money(amount="12345.67", currency="CNY"),
    years=1,
    days=0,
    remembered="3.85",
)
PAPERS = CheckPartyPapers(
    policy=AGENT,
    name="Acme Co",
    sealed=SEALED,
    papers={"authorisation": GivenPaper(item=1, name="Acme Ltd"), "certificate": GivenPaper(item=2)},
    today=TODAY,
)
PLAN = PlanMeeting(pack=PACK)
INVITE = InviteToMeeting(meeting=None, at=NOW + timedelta(days=3), now=NOW)
LINK = LinkRecording(
    sha256=HASH, reference=SEALED, made_at=DELIVERED, consent="yes", consent_by="complainant", consent_at=DELIVERED
)
LISTEN = OpenRecording(recording=1, by="handler-1", purpose="Before calling back.")
CALL = LogCallBack(by="handler-1", result="reached")

PROOF_COMMANDS: tuple[ProofCommand, ...] = (
    PHOTOGRAPH,
    TASK_DONE,
    DOOR,
    SLIP,
    SKETCH,
    CERTIFICATE,
    replace(PHOTOGRAPH, request_id=INVOICES),
    replace(PHOTOGRAPH, bytes_sha256=OTHER_HASH),
    ATTACH,
    GONE,
    replace(GONE, rule=None),
    NOT_THIS,
    VALID,
    replace(VALID, ruling="contested"),
    DENIAL,
    WAIVE,
    COMPLETE,
    HAND_OVER,
    replace(HAND_OVER, shown_by=1),
    TARIFF,
    PAPERS,
    replace(PAPERS, name="ACME ltd"),
    PLAN,
    INVITE,
    LINK,
    replace(LINK, consent="no"),
    LISTEN,
    CALL,
)
ATTACHED = EvidenceAttached(
    number=1,
    kind="credential",
    given_by="complainant",
    what="A shirt with a torn sleeve.",
    sha256=HASH,
    reference="DMS 1",
    received_at=NOW,
    of_case=ANOTHER_CASE,
    of_number=1,
    document="TM-1",
    party="account-88",
    valid_until=date(2027, 5, 31),
)
UNAVAILABLE = EvidenceUnavailable(
    number=1,
    what="Payroll records of 1999.",
    dated=date(1999, 12, 31),
    rule="cn-accounting-vouchers-1998",
    version=1,
    years=15,
    disposed_on=date(2014, 12, 31),
    said_en="Accounting vouchers, payrolls among them: kept for 15 years, until 2014-12-31, and no longer available "
    "(rule cn-accounting-vouchers-1998, version 1: 会计档案管理办法（财会字[1998]32号）).",
    said_zh="会计凭证（含工资发放记录）：保存15年，至2014-12-31止，现已无法提供"
    "（规则cn-accounting-vouchers-1998，第1版：会计档案管理办法（财会字[1998]32号））。",
)
CONSULTED = TariffConsulted(
    tariff="fixed-deposit-1y",
    version=2,
    document="RATE-2024-11",
    in_force_from=date(2024, 11, 1),
    contract_date=date(2024, 12, 3),
    rate="3.30",
    principal=Money(amount="12345.67", currency="CNY"),
    years=1,
    days=0,
    days_a_year=365,
    interest=Money(amount="407.41", currency="CNY"),
    remembered="3.85",
    interest_remembered=Money(amount="475.31", currency="CNY"),
)
MISMATCH = PartyPapersChecked(
    party="agent",
    version=1,
    complete=False,
    faults=(Fault(paper="authorisation", reason="name-mismatch"),),
    items=(ChecklistAnswer(entry="authorisation", item=1), ChecklistAnswer(entry="certificate", item=2)),
    complaining=SEALED,
)
PLANNED = MeetingPlanned(meeting=1, pack="bank-mediation", version=1, required=PACK.required)
LINKED = RecordingLinked(
    recording=1,
    sha256=HASH,
    reference=SEALED,
    made_at=DELIVERED,
    consent="yes",
    consent_by="complainant",
    consent_at=DELIVERED,
)
HEARD = RecordingOpened(recording=1, by="handler-1", purpose="Before calling back.")
CALLED = CallBackLogged(by="handler-1", result="reached", heard=(1,))
WAIVED = EvidenceWaived(entry="payment-proof", reason="The platform holds it.")
PROOF_EVENTS: tuple[ProofEvent, ...] = (
    PHOTOGRAPHED,
    ATTACHED,
    UNAVAILABLE,
    NOT_THIS_RULED,
    DENIED,
    WAIVED,
    EvidenceCompleted(checklist="marketplace", version=1, entries=(ChecklistAnswer(entry="payment-proof"),)),
    CustodyRecorded(link=1, holder="courier-17", since=DELIVERED),
    CONSULTED,
    MISMATCH,
    PLANNED,
    MeetingReady(meeting=1, at=datetime(2026, 3, 10, 2, tzinfo=UTC), pack=(ChecklistAnswer(entry="x", item=1),)),
    LINKED,
    HEARD,
    CALLED,
)
