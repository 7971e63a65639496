"""Commands and events about who is barred from deciding, for the tests of resolution's rules."""

from __future__ import annotations

from casework.resolution.domain.conflicts import NotePersons
from casework.resolution.domain.events import BarredFromDeciding

NAMED = NotePersons(persons=("clerk-0417",))
BARRED = BarredFromDeciding(persons=("clerk-0417",))

CONFLICT_COMMANDS: tuple[NotePersons, ...] = (NAMED, NotePersons(persons=("Clerk-0417", "clerk-0522")))
CONFLICT_EVENTS: tuple[BarredFromDeciding, ...] = (BARRED,)
