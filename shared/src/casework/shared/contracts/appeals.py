"""What resolution publishes about appeals of the complainant against a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.types import Instant, Name, Prose, SafeInt


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealTerms:
    """By which version of which rule a decision can be appealed against, and the instant before which that must be:
    the end of `last_day`, where the institution is."""

    policy: PolicyId
    version: SafeInt
    until: Instant
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAppealed:
    """The complainant appealed against the decision, on `grounds` as the handler sums them up: it is looked at again,
    by somebody who had no part in it."""

    appeal_id: UUID
    grounds: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionAppealDecided:
    """`judge` decided on the appeal. With success the complaint is decided anew; otherwise the decision stands."""

    appeal_id: UUID
    succeeded: bool
    reason: Prose
    judge: Name
