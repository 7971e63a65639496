"""What investigation publishes of members of staff: what was found, what they learn, what was imposed on them.

All of it is sealed under the key of the case's staff file, which is not the complainant's: it is no part of their
record, and goes by its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from casework.shared.contracts.authority import Number
from casework.shared.contracts.types import Name, Sealed

StaffMatter: TypeAlias = Literal["finding", "training", "sanction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMatterRecorded:
    """A finding on a person of ours, a training action or an internal sanction. `what` is a sealed `StaffMatter`,
    `staff` whom it is about, `words` what is to be said of it. `by` recorded it. Matters are numbered per case from 1.
    """

    number: Number
    what: Sealed
    staff: Sealed
    words: Sealed
    by: Name
