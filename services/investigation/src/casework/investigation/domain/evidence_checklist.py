"""What evidence a complaint of its type needs before it is complete: each entry there, or waived with a reason.

Invariant: complete is what nothing is missing from at the time of saying so. An item that was ruled invalid, or is no
longer there, serves no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from casework.investigation.domain.evidence_items import Items, serving
from casework.investigation.domain.evidence_refusals import ChecklistIncomplete, NotOnChecklist
from casework.shared.contracts.evidence import ChecklistAnswer, EvidenceCompleted, EvidenceWaived
from casework.shared.contracts.types import Sentence, Word
from casework.shared.evidence.rules import Checklist


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveEvidence:
    """Do not ask for an entry of the case's checklist."""

    entry: Word
    reason: Sentence
    checklist: Checklist


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteEvidence:
    """Say that the evidence is complete by the case's checklist."""

    checklist: Checklist


ChecklistCommand: TypeAlias = WaiveEvidence | CompleteEvidence
ChecklistEvent: TypeAlias = EvidenceWaived | EvidenceCompleted
Waived: TypeAlias = tuple[Word, ...]


def decide(command: ChecklistCommand, waived: Waived, items: Items) -> tuple[ChecklistEvent, ...]:
    """The events that `command` brings about. Raises `NotOnChecklist` and `ChecklistIncomplete`."""
    required = command.checklist.required
    match command:
        case WaiveEvidence(entry=entry, reason=reason):
            if entry not in required:
                raise NotOnChecklist(entry, required)
            return () if entry in waived else (EvidenceWaived(entry=entry, reason=reason),)
        case CompleteEvidence(checklist=checklist):
            answers = tuple(ChecklistAnswer(entry=entry, item=serving(entry, items)) for entry in required)
            missing = [each.entry for each in answers if each.item is None and each.entry not in waived]
            if missing:
                raise ChecklistIncomplete(missing)
            return (EvidenceCompleted(checklist=checklist.checklist, version=checklist.version, entries=answers),)
        case _:
            assert_never(command)


def evolve(waived: Waived, event: ChecklistEvent) -> Waived:
    """What is waived after `event`."""
    match event:
        case EvidenceWaived(entry=entry):
            return (*waived, entry)
        case EvidenceCompleted():
            return waived
        case _:
            assert_never(event)
