"""What intake's file of a case consists of: one module a capability."""

from __future__ import annotations

from collections.abc import Sequence

from casework.intake.files.around import (
    COMPLAINANTS_SIDE,
    DISPUTES,
    GROUND,
    LINKED_CONTACTS,
    LINKED_CONTACTS_IN_FULL,
    POSTS,
    POSTS_IN_FULL,
    RESPONDENTS,
    THIRD_PARTYS_SIDE,
)
from casework.intake.files.card import CARD_PARTS
from casework.intake.files.contacts import CONTACT_DETAILS, CONTACTS
from casework.intake.files.demands import DEMANDS, DEMANDS_IN_FULL, ITEMS, PROBLEM, PROBLEM_IN_FULL
from casework.intake.files.form import FORM
from casework.intake.files.outgoing import OUTGOING, OUTGOING_DETAILS
from casework.intake.files.publicity import PUBLICITY, PUBLICITY_DETAILS
from casework.intake.files.receipt import RECEIPT, WORDS
from casework.intake.files.representatives import REPRESENTATIVE_DETAILS, REPRESENTATIVES
from casework.intake.files.visits import VISIT_DETAILS, VISITS
from casework.shared.files.parts import FilePart

FILES: Sequence[FilePart] = (
    RECEIPT,
    WORDS,
    DEMANDS,
    DEMANDS_IN_FULL,
    ITEMS,
    PROBLEM,
    PROBLEM_IN_FULL,
    LINKED_CONTACTS,
    LINKED_CONTACTS_IN_FULL,
    RESPONDENTS,
    DISPUTES,
    COMPLAINANTS_SIDE,
    THIRD_PARTYS_SIDE,
    POSTS,
    POSTS_IN_FULL,
    GROUND,
    *CARD_PARTS,
    FORM,
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
