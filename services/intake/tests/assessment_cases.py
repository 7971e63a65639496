"""Commands and events of the assessment and of care for the tests of intake's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from casework.intake.domain.assessment import (
    AssessComplaint,
    AssessmentCommand,
    AssessmentEvent,
    Cooling,
    EndCooling,
    FinishImmediateAction,
    RecordContainment,
    StartImmediateAction,
)
from casework.intake.domain.flags import FlagCommand, FlagEvent, LiftFlag, RaiseFlag
from casework.intake.domain.incident import EndIncidentMode, IncidentCommand, IncidentEvent, SetIncidentMode
from casework.intake.domain.pressure import AnswerTheirDeadline, PressureCommand, PressureEvent, SetTheirDeadline
from casework.shared.clocks.counting import DueDay
from casework.shared.contracts.assessment import (
    ComplaintContained,
    CoolingEnded,
    CoolingStarted,
    FlagLifted,
    FlagRaised,
    ImmediateActionDone,
    ImmediateActionStarted,
    IncidentModeEnded,
    IncidentModeSet,
    TheirDeadlineAnswered,
    TheirDeadlineSet,
)
from casework.shared.contracts.intake import ComplaintAssessed
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Sealed
from casework.shared.policies.shipped_assessment import matrix_of_package
from casework.shared.policies.shipped_calendars import calendar

CareCommand: TypeAlias = AssessmentCommand | PressureCommand | FlagCommand | IncidentCommand
CareEvent: TypeAlias = AssessmentEvent | PressureEvent | FlagEvent | IncidentEvent

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""14:00 in China, on the day of the receipt."""
ID, OTHER = UUID(int=31), UUID(int=32)
MATRIX, CN = matrix_of_package(), calendar("CN")
SAID = Sealed(person=UUID(int=7), nonce="A" * 16, box="B" * 30)
LEADING = DueDay(date(2026, 3, 17), "Asia/Shanghai")

PLAN = Cooling(cooling_id=ID, reason="Two stories.", cap=5, until=date(2026, 3, 9), calendar=CN, leading=LEADING)
BY_MATRIX = AssessComplaint(safety=False, reason="As told.", matrix=MATRIX, now=NOW)
PREPARE = replace(BY_MATRIX, track="prepare", cooling=PLAN)
START = StartImmediateAction(
    action_id=ID, what="Send a tow truck.", holder="duty-mechanic", due_at=None, matrix=MATRIX, now=NOW
)
FINISH = FinishImmediateAction(action_id=None, proof="Job 2217.", now=NOW + timedelta(minutes=29))
CONTAIN = RecordContainment(contained_at=NOW, proof=SAID, now=NOW)
RAISE = RaiseFlag(
    flag_id=ID, flag=SAID, purpose=SAID, source=SAID, until=date(2026, 9, 2), zone="Asia/Shanghai", now=NOW
)
LIFT = LiftFlag(flag_id=None, reason="The purpose is served.", now=NOW)
SET = SetTheirDeadline(
    deadline_id=ID, words=SAID, said_at=NOW, due_at=NOW + timedelta(minutes=20), threat=True, now=NOW
)
ANSWER = AnswerTheirDeadline(deadline_id=None, channel="phone")
INCIDENT = SetIncidentMode(what=SAID, people=12, safety_lead="Tomasz", spokesperson="Mei", legal_route="Aoife")
OVER = EndIncidentMode(reason="Everybody went home.")

WEIGHED = ComplaintAssessed(
    severity="low",
    complexity="simple",
    safety=False,
    immediate_action=False,
    reason="As told.",
    impact="low",
    urgency="usual",
    track="now",
    policy=MATRIX.ref,
)
URGENT = replace(WEIGHED, immediate_action=True, urgency="at-once", rows=("immediate-action",))
COOLS = CoolingStarted(
    cooling_id=ID,
    reason="Two stories.",
    cap=Length(5, "working-day"),
    until=date(2026, 3, 9),
    zone="Asia/Shanghai",
    contact_by=datetime(2026, 3, 9, 16, tzinfo=UTC),
)
COOLED = CoolingEnded(cooling_id=ID, channel="phone")
STARTED = ImmediateActionStarted(
    action_id=ID,
    what="Send a tow truck.",
    holder="duty-mechanic",
    due_at=NOW + timedelta(minutes=30),
    policy=MATRIX.ref,
)
DONE = ImmediateActionDone(action_id=ID, proof="Job 2217.", late=False)
CONTAINED = ComplaintContained(contained_at=NOW, proof=SAID)
RAISED = FlagRaised(flag_id=ID, flag=SAID, purpose=SAID, source=SAID, until=date(2026, 9, 2), zone="Asia/Shanghai")
LIFTED = FlagLifted(flag_id=ID, reason="The purpose is served.")
THEIRS = TheirDeadlineSet(deadline_id=ID, words=SAID, said_at=NOW, due_at=NOW + timedelta(minutes=20), threat=True)
ANSWERED = TheirDeadlineAnswered(deadline_id=ID, channel="phone")
INCIDENT_SET = IncidentModeSet(what=SAID, people=12, safety_lead="Tomasz", spokesperson="Mei", legal_route="Aoife")
INCIDENT_OVER = IncidentModeEnded(reason="Everybody went home.")

CARE_COMMANDS: tuple[CareCommand, ...] = (
    BY_MATRIX,
    PREPARE,
    replace(BY_MATRIX, safety=True),
    EndCooling(channel="phone"),
    START,
    replace(START, action_id=OTHER),
    FINISH,
    CONTAIN,
    RAISE,
    replace(RAISE, flag_id=OTHER),
    LIFT,
    replace(LIFT, flag_id=OTHER),
    SET,
    ANSWER,
    INCIDENT,
    OVER,
)
CARE_EVENTS: tuple[CareEvent, ...] = (
    WEIGHED,
    URGENT,
    COOLS,
    COOLED,
    STARTED,
    DONE,
    CONTAINED,
    RAISED,
    LIFTED,
    THEIRS,
    ANSWERED,
    INCIDENT_SET,
    INCIDENT_OVER,
)
