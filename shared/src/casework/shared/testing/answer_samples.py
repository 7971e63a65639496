"""One sample of every event about the answers to a complainant."""

from __future__ import annotations

from datetime import UTC, datetime

from casework.shared.contracts import answers

ANSWER_SAMPLES: tuple[object, ...] = (
    answers.ReceiptNoted(
        received_at=datetime(2026, 3, 2, 9, 10, 0, 250_000, UTC), deadlines=("internal.answer", "uk.disp.8w")
    ),
    answers.AcknowledgementNoted(at=datetime(2026, 3, 2, 9, 25, tzinfo=UTC)),
    answers.FindingNoted(side="organisation"),
    answers.ConclusionNoted(outcome="upheld", cause="found"),
    answers.CauseNoted(cause="not-found"),
    answers.ApologyGiven(
        kind="regret",
        scope="trouble",
        words="We are sorry for the trouble you had; we will check the entries and call you by Friday.",
        by="clerk-0417",
        channel="phone",
        wording=1,
    ),
)
