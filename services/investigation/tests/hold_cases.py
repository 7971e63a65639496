"""Commands and events of the hold on the evidence for the tests of investigation's rules."""

from __future__ import annotations

from dataclasses import replace

from services.investigation.tests.evidence_cases import INVOICES, REPORT

from casework.investigation.domain.legal_hold import DisposeOfEvidence, HoldCommand, HoldEvent, NoteIncident
from casework.shared.contracts.assessment import EvidenceDisposedOf, LegalHoldPlaced, LegalHoldReleased

INCIDENT, OVER = NoteIncident(is_on=True), NoteIncident(is_on=False)
DISPOSE = DisposeOfEvidence(request_id=INVOICES, rule="Invoices of third parties: 3 years.")
PLACED, RELEASED = LegalHoldPlaced(cause="incident"), LegalHoldReleased()
DISPOSED = EvidenceDisposedOf(request_id=INVOICES, rule="Invoices of third parties: 3 years.")

HOLD_COMMANDS: tuple[HoldCommand, ...] = (INCIDENT, OVER, DISPOSE, replace(DISPOSE, request_id=REPORT))
HOLD_EVENTS: tuple[HoldEvent, ...] = (PLACED, RELEASED, DISPOSED)
