"""One sample of every event of evidence: items, rulings, custody, records, papers, meetings, recordings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import evidence
from casework.shared.contracts.types import Money, Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_REQUEST = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c01")
_CASE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c05")
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_SLIP = "DMS box 7, DS-2026-0117"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _sealed(nonce: str, box: str) -> Sealed:
    return Sealed(person=_PERSON, nonce=nonce, box=box)


EVIDENCE_SAMPLES: tuple[object, ...] = (
    evidence.EvidenceItemReceived(
        number=1,
        kind="delivery-slip",
        given_by="respondent",
        giver="seller-4411",
        what="Warehouse slip for 50 pieces. 入库单，50件。",
        sha256=_HASH,
        reference=_SLIP,
        received_at=_at("2026-03-04T08:30:00"),
        meets=("delivery",),
        request_id=_REQUEST,
        asked_by="handler-1",
        due_at=_at("2026-03-05T10:00:00"),
        late=False,
        slip=evidence.Slip(
            count=50,
            signer=_sealed("q3T1v0ZkP8mWcY2e", "c2lnbmVyX29mX3RoZV9zbGlw"),
            signed_at=_at("2026-02-20T07:00:00"),
        ),
    ),
    evidence.EvidenceAttached(
        number=2,
        kind="credential",
        given_by="complainant",
        what="Trade mark certificate.",
        sha256=_HASH,
        reference="DMS box 2, TM-12345678",
        received_at=_at("2026-03-04T08:40:00"),
        of_case=_CASE,
        of_number=3,
        document="TM-12345678",
        party="account-88",
        valid_until=date(2027, 5, 31),
        meets=("certificate",),
    ),
    evidence.EvidenceUnavailable(
        number=3,
        what="Payroll records of 1999.",
        dated=date(1999, 12, 31),
        rule="payroll",
        version=1,
        years=15,
        disposed_on=date(2014, 12, 31),
        said_en="Payroll records are kept for 15 years and were disposed of on 2014-12-31 (rule payroll, version 1).",
        said_zh="工资记录保存15年，已于2014-12-31销毁（规则payroll，第1版）。",
    ),
    evidence.EvidenceRuled(number=1, ruling="contested", reason="Signed, but nobody counted.", statements=(1, 2)),
    evidence.EvidenceStatementRecorded(
        number=1,
        statement=2,
        by="third-party",
        said=_sealed("Xb7LhQ4sNe9RfA1v", "bm9ib2R5X2NvdW50ZWRfdGhlX3BpZWNlcw"),
        disputes="not-counted",
    ),
    evidence.EvidenceWaived(entry="payment-proof", reason="The platform itself holds the payment."),
    evidence.EvidenceCompleted(
        checklist="marketplace",
        version=1,
        entries=(
            evidence.ChecklistAnswer(entry="order-number", item=1),
            evidence.ChecklistAnswer(entry="payment-proof"),
        ),
    ),
    evidence.CustodyRecorded(link=2, holder="courier-17", since=_at("2026-03-01T12:05:00"), shown_by=1),
    evidence.TariffConsulted(
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
    ),
    evidence.PartyPapersChecked(
        party="agent",
        version=1,
        complete=False,
        faults=(evidence.Fault(paper="authorisation", reason="name-mismatch"),),
        items=(evidence.ChecklistAnswer(entry="authorisation", item=4),),
        complaining=_sealed("m2KjVt6GzC5oPy8F", "bmFtZV9vZl90aGVfY29tcGFueQ"),
    ),
    evidence.MeetingPlanned(
        meeting=1,
        pack="bank-mediation",
        version=1,
        required=("signed-contract", "handwritten-calculation", "call-back-recording"),
    ),
    evidence.MeetingReady(
        meeting=1,
        at=_at("2026-03-10T02:00:00"),
        pack=(
            evidence.ChecklistAnswer(entry="signed-contract", item=1),
            evidence.ChecklistAnswer(entry="handwritten-calculation", item=2),
            evidence.ChecklistAnswer(entry="call-back-recording", item=4),
        ),
    ),
    evidence.RecordingLinked(
        recording=1,
        sha256=_HASH,
        reference=_sealed("q3T1v0ZkP8mWcY2f", "Y2FsbF9zdG9yZV9yZWNvcmRpbmdfMDExNw"),
        made_at=_at("2026-03-02T01:10:00"),
        consent="yes",
        consent_by="complainant",
        consent_at=_at("2026-03-02T01:10:05"),
    ),
    evidence.RecordingOpened(recording=1, by="handler-1", purpose="Before calling back."),
    evidence.RecordingNoted(recording=1, heard_by="handler-1"),
    evidence.CallBackLogged(by="handler-1", result="reached", heard=(1,)),
)
