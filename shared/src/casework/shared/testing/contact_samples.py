"""One sample of every event of reaching people, of who speaks for them, and of the proof of a receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import contacts, publicity, receipt_proofs, representatives, roads, visits
from casework.shared.contracts.types import Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_CONTACT = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c12")
_VISIT = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c13")
_WATCH = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c11")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _sealed(nonce: str) -> Sealed:
    return Sealed(person=_PERSON, nonce=nonce, box="d2hhdF9zdGFmZl93cm90ZV9kb3du")


CONTACT_SAMPLES: tuple[object, ...] = (
    contacts.ContactAttempted(
        number=_sealed("q3T1v0ZkP8mWcY2e"), at=_at("2026-03-02T12:15:00"), result="extension-unknown"
    ),
    contacts.MessageLeft(
        number=_sealed("q3T1v0ZkP8mWcY2f"), at=_at("2026-03-02T12:20:00"), message=_sealed("q3T1v0ZkP8mWcY2g")
    ),
    contacts.ComplainantReached(channel="phone", at=_at("2026-03-03T08:40:00"), said=_sealed("q3T1v0ZkP8mWcY2h")),
    contacts.ContactPreferencesSet(
        name=_sealed("q3T1v0ZkP8mWcY2m"), language="zh", channel="phone", hours=("morning",)
    ),
    contacts.ContactPlanned(
        contact_id=_CONTACT,
        purpose="progress-update",
        channel="phone",
        begins=_at("2026-03-06T01:00:00"),
        ends=_at("2026-03-06T04:00:00"),
        due_at=_at("2026-03-06T07:00:00"),
        as_wished=True,
    ),
    contacts.PlannedContactEnded(contact_id=_CONTACT),
    contacts.WatchSet(
        watch_id=_WATCH,
        of="number",
        whom=_sealed("q3T1v0ZkP8mWcY2i"),
        note=_sealed("q3T1v0ZkP8mWcY2j"),
        until=_at("2026-03-05T00:00:00"),
    ),
    contacts.WatchShown(watch_id=_WATCH, route_to="Mei Chen"),
    contacts.WatchEnded(watch_id=_WATCH),
    receipt_proofs.ReceiptProved(
        channel="letter", arrived_at=_at("2026-03-02T09:10:00"), postmarked_on=date(2026, 2, 27)
    ),
    visits.VisitOpened(visit_id=_VISIT, place="Bank hall, room 3", present=_sealed("q3T1v0ZkP8mWcY2o")),
    visits.VisitItemsDone(visit_id=_VISIT, items=("private-room", "seats-at-45-degrees", "water")),
    visits.VisitClosed(visit_id=_VISIT, agreed_on=date(2026, 3, 6), due_at=_at("2026-03-06T16:00:00")),
    visits.VisitPromiseKept(visit_id=_VISIT, proof="Recording 0417."),
    publicity.MediaSignalNoted(shares=1200, readers_concerned=40, shares_per_hour=300, severity="high"),
    publicity.MediaSignalLookedAt(remark="One sentence, no answer yet."),
    publicity.ComplainantIdentified(complainant=_sealed("q3T1v0ZkP8mWcY2p"), reachable_by=("phone",)),
    publicity.PublicReplyGiven(
        channel="group-chat",
        statement="seen-we-write-to-you",
        language="en",
        text="Thank you for telling us. We have seen it and write to you in private today.",
        author="Mei Chen",
    ),
    roads.RoadAdded(
        origin="regulator-forwarded",
        source="regulator-sh",
        source_reference="2026-0417",
        received_at=_at("2026-03-05T09:00:00"),
    ),
    representatives.RepresentativeNamed(number=1, role="heir", name=_sealed("q3T1v0ZkP8mWcY2k")),
    representatives.JointComplaintStated(complainants=7, spokespersons=(2, 3)),
    representatives.AuthorityProved(
        number=1,
        proof=_sealed("q3T1v0ZkP8mWcY2l"),
        valid_from=date(2026, 3, 2),
        valid_until=date(2026, 12, 31),
    ),
    representatives.InformationDisclosed(what="status", channel="phone", to=1),
)
