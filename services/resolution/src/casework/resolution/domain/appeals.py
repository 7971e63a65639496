"""Appeals of the complainant against a decision: in time, and judged by somebody who had no part in it.

Invariant: the time is that which was pinned when the decision was given. A late appeal is told the route outside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.appeals import AppealTerms, DecisionAppealDecided, DecisionAppealed
from casework.shared.contracts.types import Instant, Name, Prose, Sentence, rfc3339
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgeDecisionAppeal:
    """Record an appeal that came at `now`. `route` is the one outside, of the rule pinned with the decision."""

    appeal_id: UUID
    grounds: Prose
    now: Instant
    route: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideDecisionAppeal:
    """Decide on the appeal that waits, as `judge`."""

    succeeded: bool
    reason: Prose
    judge: Name


DecisionAppealCommand: TypeAlias = LodgeDecisionAppeal | DecideDecisionAppeal
DecisionAppealEvent: TypeAlias = DecisionAppealed | DecisionAppealDecided


class NoAppealTerms(Refusal):
    code = "no-appeal-terms"

    def __init__(self) -> None:
        super().__init__("No appeal was opened with this decision; record what the complainant replies to it instead.")


class AppealTooLate(Refusal):
    code = "appeal-too-late"

    def __init__(self, terms: AppealTerms, route: str) -> None:
        # Decisions of before name the instant alone.
        last = f"before {rfc3339(terms.until)}" if terms.last_day is None else f"up to and including {terms.last_day}"
        super().__init__(f"An appeal could be lodged {last}. {route}")


class DecisionAppealAlreadyLodged(Refusal):
    code = "decision-appeal-already-lodged"

    def __init__(self) -> None:
        super().__init__("An appeal against this decision waits already; decide that one.")


class NoDecisionAppeal(Refusal):
    code = "no-decision-appeal"

    def __init__(self) -> None:
        super().__init__("No appeal against the decision waits; record one first.")


class JudgeWasInvolved(Refusal):
    code = "judge-was-involved"

    def __init__(self, judge: str) -> None:
        super().__init__(f"{judge} had a part in the decision. Somebody else has to decide on the appeal.")


class AppealWaits(Refusal):
    code = "appeal-waits"

    def __init__(self) -> None:
        super().__init__("An appeal against the decision waits; decide on it first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appealable:
    """What an appeal against the decision in force needs to know of it. `involved` had a part in it."""

    terms: AppealTerms | None = None
    involved: tuple[str, ...] = ()
    waiting: UUID | None = None


NOT_DECIDED = Appealable()


def decide(command: DecisionAppealCommand, state: Appealable) -> tuple[DecisionAppealEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case LodgeDecisionAppeal(appeal_id=appeal_id, grounds=grounds, now=now, route=route):
            if state.waiting is not None:
                raise DecisionAppealAlreadyLodged
            if state.terms is None:
                raise NoAppealTerms
            if now >= state.terms.until:
                raise AppealTooLate(state.terms, route)
            return (DecisionAppealed(appeal_id=appeal_id, grounds=grounds),)
        case DecideDecisionAppeal(succeeded=succeeded, reason=reason, judge=judge):
            if state.waiting is None:
                raise NoDecisionAppeal
            if judge in state.involved:
                raise JudgeWasInvolved(judge)
            return (DecisionAppealDecided(appeal_id=state.waiting, succeeded=succeeded, reason=reason, judge=judge),)
        case _:
            assert_never(command)


def given(by: str | None, approvers: tuple[str, ...], terms: AppealTerms | None) -> Appealable:
    """After a decision was given, by whom and on which terms; `approvers` answered for its remedies."""
    return Appealable(terms=terms, involved=approvers if by is None else (by, *approvers))


def evolve(state: Appealable, event: DecisionAppealEvent) -> Appealable:
    """The state after `event`. Who judged has had a part in it; there is no second appeal."""
    match event:
        case DecisionAppealed(appeal_id=appeal_id):
            return replace(state, waiting=appeal_id)
        case DecisionAppealDecided(judge=judge):
            return Appealable(involved=(*state.involved, judge))
        case _:
            assert_never(event)
