"""One sample of every event of the assessment and of what a case asks care for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import assessment
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_COOLING = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9d01")
_ACTION = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9d02")
_FLAG = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9d03")
_REQUEST = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c01")
_DEADLINE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9d04")
_MATRIX = DeadlineRef(id="internal.assessment", version=1)


def _sealed(box: str) -> Sealed:
    return Sealed(person=_PERSON, nonce="q3T1v0ZkP8mWcY2d", box=box)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ASSESSMENT_SAMPLES: tuple[object, ...] = (
    assessment.CoolingStarted(
        cooling_id=_COOLING,
        reason="Both tell another story; the two who were there are back on Monday.",
        cap=Length(5, "working-day"),
        until=date(2026, 3, 9),
        zone="Asia/Shanghai",
        contact_by=_at("2026-03-09T16:00:00"),
    ),
    assessment.CoolingEnded(cooling_id=_COOLING, channel="phone"),
    assessment.ImmediateActionStarted(
        action_id=_ACTION,
        what="Send a tow truck and a car to drive on with.",
        holder="Ravi Patel",
        due_at=_at("2026-03-02T06:30:00"),
        policy=_MATRIX,
    ),
    assessment.ImmediateActionDone(action_id=_ACTION, proof="Handed over at 14:25, job 2217.", late=False),
    assessment.ComplaintContained(
        contained_at=_at("2026-03-02T00:25:00"), proof=_sealed("Zm91bmRfaW5fdGhlX2xpYnJhcnlfYXRfMDgyNQ")
    ),
    assessment.FlagRaised(
        flag_id=_FLAG,
        flag=_sealed("d2hhdF9pdF9pc19vZl90aGVfcGVyc29u"),
        purpose=_sealed("d2hhdF9pdF9pc19rZXB0X2Zvcl9pbl93b3Jkcw"),
        source=_sealed("d2hlcmVfaXRfY29tZXNfZnJvbQ"),
        until=date(2026, 9, 2),
        zone="Asia/Shanghai",
    ),
    assessment.FlagLifted(flag_id=_FLAG, reason="The purpose is served."),
    assessment.TheirDeadlineSet(
        deadline_id=_DEADLINE,
        words=_sealed("dHdlbnR5X21pbnV0ZXNfb3JfSV9nb190b190aGVfcHJvdmluY2U"),
        said_at=_at("2026-03-24T12:00:00"),
        due_at=_at("2026-03-24T12:20:00"),
        threat=True,
    ),
    assessment.TheirDeadlineAnswered(deadline_id=_DEADLINE, channel="phone"),
    assessment.IncidentModeSet(
        what=_sealed("dHdlbHZlX3Blb3BsZV9hdF90aGVfZ2F0ZQ"),
        people=12,
        safety_lead="Tomasz Nowak",
        spokesperson="Mei Chen",
        legal_route="Aoife Byrne",
    ),
    assessment.IncidentModeEnded(reason="Everybody went home; the talks go on tomorrow."),
    assessment.LegalHoldPlaced(cause="incident"),
    assessment.LegalHoldReleased(),
    assessment.EvidenceDisposedOf(request_id=_REQUEST, rule="Invoices of third parties: 3 years."),
    assessment.ContainmentNoted(is_contained=True),
    assessment.UncontainedAnswerExplained(reason="The family asked for the answer first."),
)
