"""The three Ws of a case, for any moment: what did we know, when did we know it, and what did we do.

Invariant: every event is in one group. What somebody told or showed us, or we found out, is `known`; what one service
notes of another's event, and the counting of clocks, is `kept`, since it says nothing new; the reading of a restricted
part is `read`; everything else is a step, `done`. When something was known is when it was recorded, whenever it
happened.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Group: TypeAlias = Literal["known", "done", "read", "kept"]

READINGS = frozenset({"file-opened", "file-refused", "recording-opened", "watch-shown"})
"""By which something restricted is read, or asked for. By the words of a type, as in the sets below."""

_KNOWN = frozenset(
    {
        # What complainants and others say of it, and what is noticed at intake.
        *("complaint-received", "facts-added", "complaint-withdrawn", "their-deadline-set", "flag-raised"),
        *("complaint-contained", "card-written", "card-confirmed", "persons-named", "fact-asserted"),
        *("fact-standing-changed", "opinion-recorded", "form-recorded", "form-line-added", "demand-stated"),
        *("demand-changed", "demand-not-stated", "item-listed", "problem-stated", "problem-agreed", "contact-linked"),
        *("respondent-named", "respondent-withdrawn", "respondent-answered", "dispute-linked", "dispute-state-noted"),
        *("dispute-words-recorded", "post-linked", "ground-recorded", "receipt-proved", "road-added"),
        *("media-signal-noted", "complainant-identified", "representative-named", "joint-complaint-stated"),
        *("authority-proved", "visit-items-done", "contact-preferences-set"),
        # What the investigation finds.
        *("finding-recorded", "evidence-received", "evidence-item-received", "evidence-attached"),
        *("evidence-unavailable", "evidence-statement-recorded", "recording-linked", "tariff-consulted"),
        *("party-papers-checked", "cause-recorded", "stake-declared", "problem-described", "why-proven"),
        *("root-cause-verified", "measure-tried", "effect-shown", "containment-verified", "task-done"),
        # What is answered later, and what becomes of what was sent.
        *("decision-accepted", "decision-contested", "decision-appealed", "withdrawal-came-after-decision"),
        *("remedy-offer-answered", "remedy-offer-unanswered", "remedy-received", "remedy-came-back", "remedy-failed"),
        *("remedy-waived", "progress-update-delivered", "progress-update-bounced", "quick-settlement-accepted"),
        *("appeal-lodged", "agreement-accepted", "call-recorded", "promise-broken", "party-sanction-appealed"),
        *("facts-received-after-closure", "motive-compared", "conduct-flagged", "opinion-not-to-be-had"),
        *("evidence-request-lapsed", "negotiation-ended", "ready-answer-taken", "ready-answer-left"),
    }
)

_KEPT = frozenset(
    {
        *("agreement-pending", "agreement-settled", "remedy-owed", "remedy-settled", "hand-off-followed"),
        *("linked-to-report", "unlinked-from-report", "clock-armed", "clock-scheduled", "clock-warned", "clock-met"),
        *("clock-expired", "clock-met-late", "clock-corrected", "clock-withdrawn", "clock-restarted"),
    }
)


def group_of(type_: str) -> Group:
    """The group of an event, by its full type. A type that nobody has put into a group is a step."""
    words = type_.split(".")[2]
    if words in READINGS:
        return "read"
    if words in _KNOWN:
        return "known"
    if words in _KEPT or words.endswith("-noted"):
        return "kept"
    return "done"
