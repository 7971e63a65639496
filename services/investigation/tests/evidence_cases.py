"""Commands and events of evidence for the tests of investigation's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from casework.investigation.domain.events import EvidenceReceived, EvidenceRequested, EvidenceRequestLapsed
from casework.investigation.domain.evidence import (
    EFFECTS,
    EvidenceCommand,
    EvidenceEvent,
    LapseEvidenceRequest,
    RecordEvidence,
    RequestEvidence,
)

INVOICES, REPORT = UUID(int=21), UUID(int=22)
DUE = datetime(2026, 3, 5, 10, tzinfo=UTC)
"""18:00 in China."""
EARLY, LATE = DUE - timedelta(days=3), DUE + timedelta(minutes=1)
SAID = EFFECTS["decide-on-what-we-have"]

REQUEST = RequestEvidence(
    request_id=INVOICES,
    of="third-party",
    what="Purchase invoices.",
    due_at=DUE,
    effect="decide-on-what-we-have",
    channel="email",
    now=EARLY,
)
REQUEST_REPORT = replace(REQUEST, request_id=REPORT, what="A fabric test report.")
ARRIVES = RecordEvidence(request_id=INVOICES, what="Three invoices.", now=EARLY)
LAPSE_IT = LapseEvidenceRequest(request_id=INVOICES)

REQUESTED = EvidenceRequested(
    request_id=INVOICES,
    of="third-party",
    what="Purchase invoices.",
    due_at=DUE,
    effect="decide-on-what-we-have",
    said_en=SAID.en,
    said_zh=SAID.zh,
    channel="email",
)
REQUESTED_REPORT = replace(REQUESTED, request_id=REPORT, what="A fabric test report.")
ARRIVED = EvidenceReceived(request_id=INVOICES, of="third-party", what="Three invoices.")
ARRIVED_LATE = replace(ARRIVED, late=True)
NOTHING_CAME = EvidenceRequestLapsed(
    request_id=INVOICES, of="third-party", effect="decide-on-what-we-have", said_en=SAID.en, said_zh=SAID.zh
)

EVIDENCE_COMMANDS: tuple[EvidenceCommand, ...] = (
    REQUEST,
    REQUEST_REPORT,
    ARRIVES,
    replace(ARRIVES, request_id=None, now=LATE),
    LAPSE_IT,
)
EVIDENCE_EVENTS: tuple[EvidenceEvent, ...] = (REQUESTED, REQUESTED_REPORT, ARRIVED, ARRIVED_LATE, NOTHING_CAME)
