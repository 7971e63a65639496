"""One sample of every event of a person's rights over their data."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from casework.shared.contracts import privacy, staff_file
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.types import Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_ERASURE = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c21")
_STAFF_FILE = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e09")
_REQUEST = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c22")

PRIVACY_SAMPLES: tuple[object, ...] = (
    privacy.ComplainantErased(erasure_id=_ERASURE, persons=(_PERSON,), reason="request", reference="DSR-2026-17"),
    privacy.CaseDisposed(rule=DeadlineRef(id="internal.retention", version=1), kept_until=date(2031, 2, 28)),
    privacy.StaffFileDisposed(rule=DeadlineRef(id="internal.staff-file", version=1), kept_until=date(2030, 3, 6)),
    privacy.SubjectAccessRequested(request_id=_REQUEST, reference="DSR-2026-18"),
    privacy.SubjectAccessGiven(request_id=_REQUEST, entries=14),
    staff_file.StaffMatterRecorded(
        number=1,
        what=Sealed(person=_STAFF_FILE, nonce="q3T1v0ZkP8mWcY3e", box="dHJhaW5pbmdfYWN0aW9uX3NlYWxlZA"),
        staff=Sealed(person=_STAFF_FILE, nonce="q3T1v0ZkP8mWcY3f", box="dGhlX25ld2NvbWVyX29mX21vbmRheQ"),
        words=Sealed(person=_STAFF_FILE, nonce="q3T1v0ZkP8mWcY3g", box="bGVhcm5zX3RoZV9zaXhfcHJvY2VkdXJlcw"),
        by="manager-1",
    ),
)
