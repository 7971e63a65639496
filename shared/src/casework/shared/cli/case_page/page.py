"""The whole page: its sections in the order in which a manager asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from casework.shared.cli.case_page.answer import answer
from casework.shared.cli.case_page.contact import contact
from casework.shared.cli.case_page.ending import ending, openings, other_parts, restricted, running
from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.head import head
from casework.shared.cli.case_page.layout import Section
from casework.shared.cli.case_page.matter import matter
from casework.shared.cli.case_page.proof import proof
from casework.shared.cli.case_page.speech import Speech
from casework.shared.cli.case_page.story import story


def page_of(
    found: Found, say: Speech, *, everything: bool = False, opened: Sequence[Mapping[str, Any]] = ()
) -> list[Section]:
    """The sections that say something. `opened` are the answers of openings, each with its service; `everything` tells
    the machinery's events too."""
    sections: list[Section | None] = [
        *head(found, say),
        *openings(opened, say),
        *matter(found, say),
        *contact(found, say),
        *proof(found, say),
        *answer(found, say),
        *running(found, say),
        *ending(found, say),
        story(found, say, everything=everything),
    ]
    # Only now is known which parts no section has told.
    sections += other_parts(found, say)
    sections += restricted(found, say, everything=everything)
    return [section for section in sections if section is not None]
