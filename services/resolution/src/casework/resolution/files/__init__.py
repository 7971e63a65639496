"""What resolution's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.resolution.files.approvals import APPROVALS, OPTIONS, OUTSIDE_ACTIONS, PACKS, TALKS
from casework.resolution.files.promises import PROMISES
from casework.resolution.files.remedies import READY_ANSWERS, REMEDIES
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (PROMISES, REMEDIES, READY_ANSWERS, APPROVALS, PACKS, OPTIONS, OUTSIDE_ACTIONS, TALKS)
