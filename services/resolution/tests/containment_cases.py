"""Commands and events of containment for the tests of resolution's rules."""

from __future__ import annotations

from casework.resolution.domain.containment import (
    ContainmentCommand,
    ContainmentEvent,
    ExplainUncontainedAnswer,
    NoteContainment,
)
from casework.shared.contracts.assessment import ContainmentNoted, UncontainedAnswerExplained

WANTED, SEEN = NoteContainment(is_contained=False), NoteContainment(is_contained=True)
EXPLAIN = ExplainUncontainedAnswer(reason="The family asked for word first.")
WANTING, CONTAINED = ContainmentNoted(is_contained=False), ContainmentNoted(is_contained=True)
EXPLAINED = UncontainedAnswerExplained(reason="The family asked for word first.")

CONTAINMENT_COMMANDS: tuple[ContainmentCommand, ...] = (WANTED, SEEN, EXPLAIN)
CONTAINMENT_EVENTS: tuple[ContainmentEvent, ...] = (WANTING, CONTAINED, EXPLAINED)
