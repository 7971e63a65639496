"""What follow-up's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.followup.files.closing import CLOSING, OPINIONS
from casework.followup.files.conduct import CONDUCT, CONDUCT_HISTORY
from casework.followup.files.motive import MOTIVE, MOTIVE_WORDS
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (CLOSING, OPINIONS, MOTIVE, MOTIVE_WORDS, CONDUCT, CONDUCT_HISTORY)
