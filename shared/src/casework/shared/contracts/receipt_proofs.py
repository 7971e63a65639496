"""What intake publishes about the proof of a receipt: each channel has its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casework.shared.contracts.types import Instant, Name, Sealed
from casework.shared.contracts.vocabulary import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptProved:
    """What shows how and when the complaint reached us: `recording` refers to that of a call, `postmarked_on` is the
    day on the cover of a letter, `visit_note` what was written down at a visit.

    `arrived_at` is when it reached us, which is what clocks count from, whatever the postmark says.
    """

    channel: Channel
    arrived_at: Instant
    recording: Name | None = None
    postmarked_on: date | None = None
    visit_note: Sealed | None = None
