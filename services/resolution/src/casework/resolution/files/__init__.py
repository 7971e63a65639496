"""What resolution's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.resolution.files.answers import ANSWERS
from casework.resolution.files.approvals import APPROVALS, OPTIONS, OUTSIDE_ACTIONS, PACKS, TALKS
from casework.resolution.files.demands import DEMANDS
from casework.resolution.files.messages import MESSAGES, VOICE
from casework.resolution.files.promises import PROMISES
from casework.resolution.files.remedies import READY_ANSWERS, REMEDIES
from casework.resolution.files.rulings import RULING
from casework.resolution.files.talks import AGREEMENTS, CALLS
from casework.shared.checks.file_parts import CHECKS, LEVEL_REPLIES
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (
    AGREEMENTS,
    ANSWERS,
    CALLS,
    DEMANDS,
    MESSAGES,
    PROMISES,
    RULING,
    VOICE,
    CHECKS,
    LEVEL_REPLIES,
    REMEDIES,
    READY_ANSWERS,
    APPROVALS,
    PACKS,
    OPTIONS,
    OUTSIDE_ACTIONS,
    TALKS,
)
