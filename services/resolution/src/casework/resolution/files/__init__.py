"""What resolution's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.resolution.files.answers import ANSWERS
from casework.resolution.files.demands import DEMANDS
from casework.resolution.files.messages import MESSAGES, VOICE
from casework.resolution.files.promises import PROMISES
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
)
