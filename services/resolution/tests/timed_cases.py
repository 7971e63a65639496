"""Commands and events of what has a time of its own, for the tests of resolution's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from casework.resolution.domain.commands import Command
from casework.resolution.domain.events import (
    AppealDecided,
    AppealLodged,
    CallBackAttempted,
    MeasureLifted,
    ProgressUpdateBounced,
    ProgressUpdateDelivered,
    ProgressUpdateSent,
    PromiseBroken,
    PromiseHeldBack,
    PromiseKept,
    PromiseMade,
    PromiseTaken,
    ProvisionalMeasureImposed,
    QuickSettlementAccepted,
    QuickSettlementTimed,
    ResolutionEvent,
    SanctionImposed,
    SummaryResolutionSent,
)
from casework.resolution.domain.measures import DecideAppeal, ImposeMeasure, LodgeAppeal, SanctionSilence
from casework.resolution.domain.progress_updates import RecordBounce, RecordDelivery, SendProgressUpdate
from casework.resolution.domain.promises import (
    BreakPromise,
    HoldPromiseBack,
    KeepPromise,
    MakePromise,
    RecordAttempt,
    TakePromise,
)
from casework.resolution.domain.settlement import AcceptQuickSettlement, SendSummaryResolution, TimeQuickSettlement
from casework.shared.contracts.clocks import DeadlineRef

CALL, OTHER, UPDATE, MEASURE = (UUID(int=number) for number in (31, 32, 33, 34))
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
ELEVEN, BEFORE, AFTER = NOON - timedelta(hours=1), NOON - timedelta(days=1), NOON + timedelta(minutes=1)

MAKE = MakePromise(
    promise_id=CALL,
    kind="call-back",
    words="A specialist calls you by noon.",
    due_at=NOON,
    owner="Mei Chen",
    skill="mortgages",
    reach="phone",
    holder_by=ELEVEN,
    now=BEFORE,
)
MAKE_OTHER = MakePromise(
    promise_id=OTHER, kind="other", words="The form is sent.", due_at=NOON, owner="Mei Chen", now=BEFORE
)
TAKE = TakePromise(promise_id=CALL, holder="Aoife Byrne", skills=("cards", "mortgages"))
ATTEMPT = RecordAttempt(promise_id=CALL, by="Aoife Byrne", result="no-answer")
HOLD_BACK = HoldPromiseBack(promise_id=CALL, waits_for="teacher-12", reason="The teacher calls in person.")
KEEP = KeepPromise(promise_id=CALL, by="Aoife Byrne", proof="Recording 0117.", now=ELEVEN)
BREAK = BreakPromise(promise_id=CALL, due_at=NOON)
MADE = PromiseMade(
    promise_id=CALL,
    kind="call-back",
    words="A specialist calls you by noon.",
    due_at=NOON,
    owner="Mei Chen",
    skill="mortgages",
    reach="phone",
    holder_by=ELEVEN,
)
MADE_OTHER = PromiseMade(promise_id=OTHER, kind="other", words="The form is sent.", due_at=NOON, owner="Mei Chen")
TAKEN = PromiseTaken(promise_id=CALL, holder="Aoife Byrne")
ATTEMPTED = CallBackAttempted(promise_id=CALL, by="Aoife Byrne", result="no-answer")
HELD_BACK = PromiseHeldBack(promise_id=CALL, waits_for="teacher-12", reason="The teacher calls in person.")
KEPT = PromiseKept(promise_id=CALL, kind="call-back", by="Aoife Byrne", proof="Recording 0117.")
BROKEN = PromiseBroken(promise_id=CALL, kind="call-back", owner="Mei Chen")

NEXT = datetime(2026, 3, 30, 16, tzinfo=UTC)
SEND = SendProgressUpdate(update_id=UPDATE, channel="email", next_by=NEXT, now=BEFORE)
ARRIVE = RecordDelivery(update_id=UPDATE, proof="Read receipt.")
BOUNCE = RecordBounce(update_id=UPDATE, reason="The mailbox is full.")
SENT = ProgressUpdateSent(update_id=UPDATE, channel="email", next_by=NEXT)
DELIVERED = ProgressUpdateDelivered(update_id=UPDATE, proof="Read receipt.")
BOUNCED = ProgressUpdateBounced(update_id=UPDATE, reason="The mailbox is full.")

CLOSE = datetime(2025, 4, 24, 16, tzinfo=UTC)
"""17:00 in London."""
QUICK = DeadlineRef(id="uk.disp.summary", version=1)
TIME = TimeQuickSettlement(due_at=CLOSE, received_on=date(2025, 4, 17), policy=QUICK)
SETTLE = AcceptQuickSettlement(channel="phone", proof="Recording 0119.", now=CLOSE - timedelta(minutes=30))
SUMMARISE = SendSummaryResolution(channel="letter", statements=("ombudsman",))
TIMED = QuickSettlementTimed(due_at=CLOSE, received_on=date(2025, 4, 17), policy=QUICK)
SETTLED = QuickSettlementAccepted(channel="phone", proof="Recording 0119.", in_time=True)
TOO_LATE_TO_SETTLE = replace(SETTLED, in_time=False)
SUMMARISED = SummaryResolutionSent(channel="letter", statements=("ombudsman",))

IMPOSE = ImposeMeasure(
    measure_id=MEASURE,
    party="Shop 88",
    what="The link is taken down.",
    reason="Registration shown.",
    sanction="Six points.",
    notified_by="web",
)
APPEAL = LodgeAppeal(measure_id=MEASURE, grounds="We hold a licence.")
GRANT = DecideAppeal(measure_id=MEASURE, succeeded=True, reason="The licence is good.")
DISMISS = DecideAppeal(measure_id=MEASURE, succeeded=False, reason="The licence has ended.")
SILENCE = SanctionSilence(measure_id=MEASURE)
IMPOSED = ProvisionalMeasureImposed(
    measure_id=MEASURE,
    party="Shop 88",
    what="The link is taken down.",
    reason="Registration shown.",
    sanction="Six points.",
    notified_by="web",
)
LODGED = AppealLodged(measure_id=MEASURE, grounds="We hold a licence.")
GRANTED = AppealDecided(measure_id=MEASURE, succeeded=True, reason="The licence is good.")
DISMISSED = AppealDecided(measure_id=MEASURE, succeeded=False, reason="The licence has ended.")
RESTORED = MeasureLifted(measure_id=MEASURE, cause="appeal-succeeded")
SANCTIONED = SanctionImposed(measure_id=MEASURE, party="Shop 88", sanction="Six points.", cause="silence")
SANCTIONED_BY_DECISION = replace(SANCTIONED, cause="appeal-failed")

TIMED_COMMANDS: tuple[Command, ...] = (
    HOLD_BACK,
    MAKE,
    MAKE_OTHER,
    TAKE,
    ATTEMPT,
    KEEP,
    replace(KEEP, promise_id=None, now=AFTER),
    BREAK,
    SEND,
    ARRIVE,
    BOUNCE,
    TIME,
    SETTLE,
    replace(SETTLE, now=CLOSE),
    SUMMARISE,
    IMPOSE,
    APPEAL,
    GRANT,
    DISMISS,
    SILENCE,
)
TIMED_EVENTS: tuple[ResolutionEvent, ...] = (
    HELD_BACK,
    MADE,
    MADE_OTHER,
    TAKEN,
    ATTEMPTED,
    KEPT,
    BROKEN,
    SENT,
    DELIVERED,
    BOUNCED,
    TIMED,
    SETTLED,
    TOO_LATE_TO_SETTLE,
    SUMMARISED,
    IMPOSED,
    LODGED,
    GRANTED,
    DISMISSED,
    RESTORED,
    SANCTIONED,
)
