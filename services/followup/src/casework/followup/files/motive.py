"""The guess at what would settle the complaint, beside what was given; what the complainant said to it is sealed."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.followup import MotiveCompared
from casework.shared.files.parts import Document, FilePart


def _motive(document: Document, envelope: Envelope, event: Any) -> None:
    if isinstance(event, MotiveCompared):
        document.update(
            motive=event.motive,
            given=event.given,
            result=event.result,
            words=event.words,
            compared_at=envelope.time,
        )


MOTIVE = FilePart("motive", _motive)
MOTIVE_WORDS = FilePart("motive-words", _motive, restricted=True)
