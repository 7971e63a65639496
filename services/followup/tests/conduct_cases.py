"""Commands and events of flags on conduct, for the tests of followup's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from casework.followup.domain.commands import Command
from casework.followup.domain.conduct import FlagConduct, ReviewConductFlag
from casework.followup.domain.events import FollowUpEvent
from casework.shared.contracts.conduct import ConductFlagged, ConductFlagReviewed
from casework.shared.contracts.types import Sealed

RAISED_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SAID = Sealed(person=UUID(int=9), nonce="Vw3KpN8sYd5RgH2j", box="aW5zdWx0X29uX3RoZV9waG9uZQ")
RAISE = FlagConduct(
    conduct=SAID,
    done=SAID,
    evidence=SAID,
    care=None,
    by="agent-7",
    until=date(2026, 6, 30),
    zone="Europe/London",
    now=RAISED_AT,
)
REVIEW = ReviewConductFlag(number=None, confirmed=True, reason=SAID, by="lead-7", now=RAISED_AT)
RAISED = ConductFlagged(
    number=1, conduct=SAID, done=SAID, evidence=SAID, by="agent-7", until=RAISE.until, zone=RAISE.zone
)
REVIEWED = ConductFlagReviewed(number=1, by="lead-7", confirmed=True, reason=SAID)
CONDUCT_COMMANDS: tuple[Command, ...] = (RAISE, REVIEW, replace(REVIEW, number=1, confirmed=False))
CONDUCT_EVENTS: tuple[FollowUpEvent, ...] = (RAISED, REVIEWED)
