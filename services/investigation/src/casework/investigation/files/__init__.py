"""What investigation's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.investigation.files.eight_d import REPORT
from casework.investigation.files.evidence import EVIDENCE, STATEMENTS
from casework.investigation.files.inquiry import INQUIRY
from casework.investigation.files.staff_file import STAFF_FILE
from casework.shared.checks.file_parts import CHECKS, LEVEL_REPLIES
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (INQUIRY, EVIDENCE, STATEMENTS, REPORT, CHECKS, LEVEL_REPLIES, STAFF_FILE)
