"""Commands and events of reaching people and of who speaks for them, for the tests of intake's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from casework.intake.domain.contacts import LeaveMessage, RecordContact, RecordContactAttempt
from casework.intake.domain.preferences import NoteContactDue, NoteContactMade, PlanContact, SetContactPreferences
from casework.intake.domain.publicity import IdentifyComplainant, LookAtSignal, NoteSignal, ReplyInPublic
from casework.intake.domain.receipt_proofs import ProveReceipt
from casework.intake.domain.representatives import (
    DiscloseInformation,
    NameRepresentative,
    ProveAuthority,
    StateJointComplaint,
)
from casework.intake.domain.roads import AddRoad
from casework.intake.domain.visits import CHECKLIST, CloseVisit, DoVisitItems, KeepVisitPromise, OpenVisit
from casework.intake.domain.watches import EndWatch, SetWatch, ShowWatch
from casework.shared.contracts.types import Sealed
from casework.shared.testing.contact_samples import CONTACT_SAMPLES

SEALED = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
WATCH = UUID(int=31)
NOW = datetime(2026, 3, 2, 12, 15, tzinfo=UTC)
TODAY = date(2026, 3, 2)

ATTEMPT = RecordContactAttempt(number=SEALED, at=NOW, result="extension-unknown", now=NOW)
LEAVE = LeaveMessage(
    number=SEALED,
    at=NOW,
    caller="Mei Chen",
    call_back="+86 21 5000 1000",
    words=None,
    message=SEALED,
    case_number="0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01",
    now=NOW,
)
TALK = RecordContact(channel="phone", at=NOW, said=SEALED, now=NOW)
SET_WATCH = SetWatch(
    watch_id=WATCH, of="number", whom=SEALED, note=SEALED, until=datetime(2026, 3, 5, tzinfo=UTC), now=NOW
)
SHOW_WATCH = ShowWatch(watch_id=WATCH, route_to="Mei Chen", now=NOW)
END_WATCH = EndWatch(watch_id=None)
NAME = NameRepresentative(role="heir", name=SEALED)
JOINT = StateJointComplaint(complainants=7, spokespersons=(SEALED,) * 3)
PROVE = ProveAuthority(number=1, proof=SEALED, valid_from=TODAY)
TELL = DiscloseInformation(what="status", channel="phone", to=1, today=TODAY)
POSTMARK = ProveReceipt(postmarked_on=date(2026, 2, 27))

ROAD = AddRoad(
    origin="regulator-forwarded",
    source="regulator-sh",
    source_reference="2026-0417",
    received_at=NOW,
    case_id=UUID(int=1),
)

PREFER = SetContactPreferences(
    name=SEALED, language="zh", channel="phone", hours=("morning",), now=NOW, zone="Asia/Shanghai"
)
PLAN = PlanContact(
    contact_id=UUID(int=41),
    purpose="call-back",
    due_at=datetime(2026, 3, 6, 7, tzinfo=UTC),
    now=NOW,
    zone="Asia/Shanghai",
)
DUE = NoteContactDue(
    contact_id=UUID(int=42),
    purpose="progress-update",
    due_at=datetime(2026, 3, 6, 7, tzinfo=UTC),
    now=NOW,
    zone="Asia/Shanghai",
)

VISIT = OpenVisit(visit_id=UUID(int=51), place="Bank hall", present=SEALED)
TICK = DoVisitItems(visit_id=None, items=CHECKLIST)
CLOSE_VISIT = CloseVisit(visit_id=None, agreed_on=date(2026, 3, 6), now=NOW, zone="Asia/Shanghai")
SIGNAL = NoteSignal(shares=1_200, readers_concerned=40, shares_per_hour=300)

CONTACT_COMMANDS = (
    VISIT,
    TICK,
    replace(TICK, items=("water",)),
    CLOSE_VISIT,
    KeepVisitPromise(visit_id=None, proof="Recording 0417."),
    SIGNAL,
    LookAtSignal(),
    IdentifyComplainant(complainant=SEALED, reachable_by=("phone",)),
    ReplyInPublic(statement="seen-we-write-to-you", language="zh", author="Mei Chen"),
    PREFER,
    replace(PREFER, hours=()),
    PLAN,
    DUE,
    replace(DUE, contact_id=UUID(int=43)),
    NoteContactMade(contact_id=PLAN.contact_id),
    ROAD,
    replace(ROAD, stands_for=UUID(int=2)),
    ATTEMPT,
    LEAVE,
    replace(LEAVE, words="About the fee."),
    TALK,
    SET_WATCH,
    SHOW_WATCH,
    END_WATCH,
    NAME,
    replace(NAME, role="spokesperson"),
    JOINT,
    PROVE,
    TELL,
    replace(TELL, to=None),
    POSTMARK,
)
CONTACT_EVENTS: tuple[Any, ...] = CONTACT_SAMPLES
