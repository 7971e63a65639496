"""What intake's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.files.contacts import CONTACT_DETAILS, CONTACTS
from casework.intake.files.outgoing import OUTGOING, OUTGOING_DETAILS
from casework.intake.files.publicity import PUBLICITY, PUBLICITY_DETAILS
from casework.intake.files.receipt import RECEIPT, WORDS
from casework.intake.files.representatives import REPRESENTATIVE_DETAILS, REPRESENTATIVES
from casework.intake.files.visits import VISIT_DETAILS, VISITS
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (
    RECEIPT,
    WORDS,
    CONTACTS,
    CONTACT_DETAILS,
    OUTGOING,
    OUTGOING_DETAILS,
    VISITS,
    VISIT_DETAILS,
    PUBLICITY,
    PUBLICITY_DETAILS,
    REPRESENTATIVES,
    REPRESENTATIVE_DETAILS,
)
