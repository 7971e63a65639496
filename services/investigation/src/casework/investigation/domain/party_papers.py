"""The papers that a party brings by its kind, and whether the names on them are the complaining one.

Invariant: names are compared as they are written, apart from the width of letters, their case and spaces. A paper that
was ruled invalid, or whose last day is over, is a fault as a missing one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casework.investigation.domain.evidence_items import Items, item_of
from casework.shared.contracts.evidence import ChecklistAnswer, Fault, PaperFault, PartyPapersChecked
from casework.shared.contracts.types import Sealed
from casework.shared.errors import Refusal
from casework.shared.evidence.names import plain
from casework.shared.evidence.rules import Paper, PartyPapers


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPaper:
    """A paper that was given: the item, and the name on it where it has one, in the clear: it is compared only."""

    item: int
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPartyPapers:
    """Hold the papers of whoever complains against what such a party brings. `name` is the complaining one, in the
    clear, and `sealed` the same for the record. `today` is the institution's."""

    policy: PartyPapers
    name: str
    sealed: Sealed
    papers: Mapping[str, GivenPaper]
    today: date


class PaperNotWanted(Refusal):
    code = "paper-not-wanted"

    def __init__(self, paper: str, party: str, wanted: tuple[str, ...]) -> None:
        super().__init__(f"{paper} is no paper that a party of the kind {party} brings; it brings {', '.join(wanted)}.")


def decide(command: CheckPartyPapers, items: Items) -> tuple[PartyPapersChecked, ...]:
    """What came of the check, as an event. Raises `UnknownItem` and `PaperNotWanted`."""
    wanted = tuple(each.paper for each in command.policy.papers)
    for paper, given in command.papers.items():
        if paper not in wanted:
            raise PaperNotWanted(paper, command.policy.party, wanted)
        item_of(given.item, items)
    found = ((paper.paper, _fault(paper, command, items)) for paper in command.policy.papers)
    faults = tuple(Fault(paper=name, reason=fault) for name, fault in found if fault is not None)
    return (
        PartyPapersChecked(
            party=command.policy.party,
            version=command.policy.version,
            complete=not faults,
            faults=faults,
            items=tuple(ChecklistAnswer(entry=paper, item=given.item) for paper, given in command.papers.items()),
            complaining=command.sealed,
        ),
    )


def _fault(paper: Paper, command: CheckPartyPapers, items: Items) -> PaperFault | None:
    given = command.papers.get(paper.paper)
    if given is None:
        return "missing"
    item = item_of(given.item, items)
    if not item.stands:
        return "ruled-invalid"
    if paper.named and (given.name is None or plain(given.name) != plain(command.name)):
        return "name-mismatch"
    if paper.dated and (item.valid_until is None or item.valid_until < command.today):
        return "expired"
    return None
