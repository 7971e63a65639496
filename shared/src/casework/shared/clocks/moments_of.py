"""Which moments an event of intake, investigation or resolution brings, for the clocks of its case.

Invariant: every event these services publish is either in `MOMENTS_OF` or in `SILENT`, so that a new one is never
forgotten here. Follow-up's own events are follow-up's to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.shared.clocks.moments import Moment
from casework.shared.contracts import intake, investigation, resolution


@dataclass(frozen=True, slots=True)
class Told:
    """A moment that an event brings.

    `about` is the id of the event that opened what it is about, where a case can have several of those at a time;
    None where the moment is about the case. `due_at` is the time that the event itself gives.
    """

    moment: Moment
    about: UUID | None = None
    due_at: datetime | None = None


MOMENTS_OF: Mapping[type, tuple[Moment, ...]] = {
    intake.ComplaintReceived: ("complaint-received",),
    intake.ComplaintAcknowledged: ("complaint-acknowledged",),
    intake.ComplaintWithdrawn: ("complaint-withdrawn",),
    intake.FactsAdded: ("new-facts-received",),
    intake.HandOffOffered: ("hand-off-offered",),
    intake.HandOffTakenBack: ("hand-off-taken-back",),
    investigation.HandOffAccepted: ("hand-off-accepted",),
    investigation.HandOffDeclined: ("hand-off-declined",),
    investigation.HandOffOffered: ("hand-off-offered",),
    investigation.HandOffTakenBack: ("hand-off-taken-back",),
    resolution.HandOffAccepted: ("hand-off-accepted",),
    resolution.HandOffDeclined: ("hand-off-declined",),
    resolution.DecisionCommunicated: ("decision-communicated",),
    resolution.HandOffOffered: ("hand-off-offered",),
    resolution.HandOffTakenBack: ("hand-off-taken-back",),
}
"""The moments of each event, in the order in which they take effect."""

SILENT: frozenset[type] = frozenset(
    {
        intake.ComplaintAssessed,
        investigation.InvestigationOpened,
        investigation.FindingRecorded,
        investigation.InvestigationConcluded,
        investigation.InvestigationDiscontinued,
        resolution.ResolutionOpened,
        resolution.RemedyProposed,
        resolution.DecisionAccepted,
        resolution.DecisionContested,
        # The withdrawal itself was told by intake; whether it ends the case is follow-up's to say.
        resolution.WithdrawalHonoured,
        resolution.WithdrawalCameAfterDecision,
        resolution.ResolutionReopened,
    }
)
"""Events that bring no moment."""


def told_by(event: Any, event_id: UUID) -> tuple[Told, ...]:
    """What the event tells the clocks of its case; empty for what is none of their business. Raises nothing.

    `event_id` is the id of its envelope: an event that opens something is itself what later ones are about.
    """
    moments = MOMENTS_OF.get(type(event), ())
    if not moments:
        return ()
    about, due_at = _about(event, event_id)
    return tuple(Told(moment, about, due_at) for moment in moments)


def _about(event: Any, event_id: UUID) -> tuple[UUID | None, datetime | None]:
    """What the event is about, and the time it gives."""
    match event:
        case intake.HandOffOffered() | investigation.HandOffOffered() | resolution.HandOffOffered():
            return event_id, None
        case (
            intake.HandOffTakenBack(offer_id=offer_id)
            | investigation.HandOffAccepted(offer_id=offer_id)
            | investigation.HandOffDeclined(offer_id=offer_id)
            | investigation.HandOffTakenBack(offer_id=offer_id)
            | resolution.HandOffAccepted(offer_id=offer_id)
            | resolution.HandOffDeclined(offer_id=offer_id)
            | resolution.HandOffTakenBack(offer_id=offer_id)
        ):
            return offer_id, None
        case _:
            return None, None
