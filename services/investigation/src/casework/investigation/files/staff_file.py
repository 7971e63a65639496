"""The file of members of staff, for managers alone."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.staff_file import StaffMatterRecorded
from casework.shared.files.parts import Document, FilePart


def _matters(document: Document, envelope: Envelope, event: Any) -> None:
    if isinstance(event, StaffMatterRecorded):
        matter = {"number": event.number, "what": event.what, "staff": event.staff, "words": event.words}
        document.setdefault("matters", []).append({**matter, "by": event.by, "at": envelope.time})


STAFF_FILE = FilePart("staff-file", _matters, restricted=True)
