"""What an acknowledgement must say: what the rules in force for the complaint want said, before it is recorded.

Invariant: an acknowledgement that leaves out a required statement is refused with the paragraph that wants it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from casework.shared.clocks.deadlines import DeadlinePolicy, require_statements

NO_ZONE = "UTC"
"""For policies without a zone of their own: an institution's, which have no dated statements of a rule."""


def require_said(rules: Iterable[DeadlinePolicy], received_at: datetime, said: Collection[str]) -> None:
    """Raises `StatementMissing` unless `said` has all that acknowledging wants by `rules` for this receipt (P020)."""
    for policy in rules:
        if policy.purpose == "acknowledge":
            received_on = received_at.astimezone(ZoneInfo(policy.zone or NO_ZONE)).date()
            require_statements(policy, received_on, said)
