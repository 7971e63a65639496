"""One sample of every event of the inquiry."""

from __future__ import annotations

from casework.shared.contracts import inquiry

INQUIRY_SAMPLES: tuple[object, ...] = (
    inquiry.CauseRecorded(cause="The job that books the annual fee ran twice. 年费任务被执行了两次。"),
)
