"""The file of members of staff: a finding on a person, a training action, an internal sanction.

Invariant: it decides nothing of the complaint and stands apart from the complainant's record: sealed under a key of its
own, it stays when the complainant is erased, and only managers read it, each time on record.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.contracts.staff_file import StaffMatterRecorded
from casework.shared.contracts.types import Name, Sealed

MANAGER = "manager"
"""The role of who may read the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStaffMatter:
    """Put a matter into the file. The fields are those of `StaffMatterRecorded`."""

    what: Sealed
    staff: Sealed
    words: Sealed
    by: Name


def decide(command: RecordStaffMatter, matters: int) -> tuple[StaffMatterRecorded]:
    """The event that `command` brings about. `matters` are those there are. Refuses nothing."""
    return (
        StaffMatterRecorded(
            number=matters + 1, what=command.what, staff=command.staff, words=command.words, by=command.by
        ),
    )
