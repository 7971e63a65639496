"""What intake's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.files.assessment import ASSESSMENT, CONTAINMENT
from casework.intake.files.care import ALERT_WORDS, ALERTS, FLAG_HISTORY, FLAGS
from casework.intake.files.receipt import RECEIPT, WORDS
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (
    # On top: what whoever takes up the case must see first.
    ALERTS,
    RECEIPT,
    ASSESSMENT,
    WORDS,
    ALERT_WORDS,
    CONTAINMENT,
    FLAGS,
    FLAG_HISTORY,
)
