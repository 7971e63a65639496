"""One sample of every event of what has a time of its own: evidence asked for, promises, updates, quick settlement,
provisional measures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import investigation, resolution
from casework.shared.contracts.clocks import DeadlineRef

_REQUEST = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c01")
_PROMISE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c02")
_UPDATE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c03")
_MEASURE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c04")
_SAID_EN = "If nothing arrives by then, we decide on what we have."
_SAID_ZH = "逾期未提供的,我们将依据现有材料作出决定。"
_SANCTION = "Six points, and the link stays down."


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TIMED_SAMPLES: tuple[object, ...] = (
    investigation.EvidenceRequested(
        request_id=_REQUEST,
        of="third-party",
        what="Purchase invoices and a fabric test report.",
        due_at=_at("2026-03-05T10:00:00"),
        effect="decide-on-what-we-have",
        said_en=_SAID_EN,
        said_zh=_SAID_ZH,
        channel="email",
    ),
    investigation.EvidenceReceived(request_id=_REQUEST, of="third-party", what="Three invoices of 2025.", late=True),
    investigation.EvidenceRequestLapsed(
        request_id=_REQUEST, of="third-party", effect="decide-on-what-we-have", said_en=_SAID_EN, said_zh=_SAID_ZH
    ),
    resolution.PromiseMade(
        promise_id=_PROMISE,
        kind="call-back",
        words="A mortgage specialist calls you by noon on Tuesday.",
        due_at=_at("2026-03-03T12:00:00"),
        owner="Mei Chen",
        skill="mortgages",
        reach="phone",
        holder_by=_at("2026-03-03T11:00:00"),
    ),
    resolution.PromiseTaken(promise_id=_PROMISE, holder="Aoife Byrne"),
    resolution.CallBackAttempted(promise_id=_PROMISE, by="Aoife Byrne", result="no-answer"),
    resolution.PromiseKept(promise_id=_PROMISE, kind="call-back", by="Aoife Byrne", proof="Recording 2026-03-03-0117."),
    resolution.PromiseBroken(promise_id=_PROMISE, kind="call-back", owner="Mei Chen"),
    resolution.ProgressUpdateSent(
        update_id=_UPDATE, channel="email", next_by=_at("2026-03-30T16:00:00"), news="The bank has sent the entries."
    ),
    resolution.ProgressUpdateDelivered(update_id=_UPDATE, proof="Read receipt of 2026-03-16."),
    resolution.ProgressUpdateBounced(update_id=_UPDATE, reason="The mailbox is full."),
    resolution.QuickSettlementTimed(
        due_at=_at("2025-04-24T16:00:00"),
        received_on=date(2025, 4, 17),
        policy=DeadlineRef(id="uk.disp.summary", version=1),
    ),
    resolution.QuickSettlementAccepted(channel="phone", proof="Recording 2025-04-24-0119.", in_time=True),
    resolution.SummaryResolutionSent(
        channel="letter", statements=("taken-as-resolved", "ombudsman", "waiver", "website")
    ),
    resolution.ProvisionalMeasureImposed(
        measure_id=_MEASURE,
        party="Shop 88",
        what="The link of the article is taken down.",
        reason="The owner of the trade mark has shown its registration.",
        sanction=_SANCTION,
        notified_by="web",
    ),
    resolution.AppealLodged(measure_id=_MEASURE, grounds="We hold a licence of 2024."),
    resolution.AppealDecided(measure_id=_MEASURE, succeeded=False, reason="The licence ended in 2025."),
    resolution.MeasureLifted(measure_id=_MEASURE, cause="appeal-succeeded"),
    resolution.SanctionImposed(measure_id=_MEASURE, party="Shop 88", sanction=_SANCTION, cause="silence"),
)
