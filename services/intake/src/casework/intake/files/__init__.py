"""What intake's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.files.receipt import RECEIPT, WORDS
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (RECEIPT, WORDS)
