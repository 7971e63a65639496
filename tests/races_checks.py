"""What must never be so once everything was delivered, for the tests of the races between the services."""

from __future__ import annotations

from typing import Any

from tests.races import World

from casework.shared.contracts import resolution as resolved
from casework.shared.contracts.ids import SERVICES


def _where(receiver: Any) -> str:
    """How far a receiver is; until it has taken the work, what became of the offer."""
    where: str = receiver.offers.standing if receiver.status == "waiting" else receiver.status
    return where


def broken_after_withdrawal(world: World) -> bool:
    """Whether a breach was recorded while the complaint was withdrawn, which would reopen it."""
    withdrawn = False
    for each in world.streams["resolution"]:
        if isinstance(each.event, resolved.PromiseBroken) and withdrawn:
            return True
        ends = isinstance(each.event, resolved.ResolutionReopened)
        withdrawn = isinstance(each.event, resolved.WithdrawalHonoured) or (withdrawn and not ends)
    return False


def stands(world: World) -> bool:
    """Whether the last decision was neither contested nor reopened since."""
    kinds = resolved.DecisionCommunicated | resolved.DecisionContested | resolved.ResolutionReopened
    told = [each.event for each in world.streams["resolution"] if isinstance(each.event, kinds)]
    return bool(told) and isinstance(told[-1], resolved.DecisionCommunicated)


def fell(world: World) -> int:
    """The number of the newest withdrawal that fell with a reopening."""
    reopened = [
        each.event for each in world.streams["resolution"] if isinstance(each.event, resolved.ResolutionReopened)
    ]
    return max((event.withdrawal or 0 for event in reopened), default=0)


def disagreements(world: World) -> list[str]:
    """What must never be so once everything was delivered."""
    complaint, inquiry, decision, tracking = (world.states[service] for service in SERVICES)
    sought, given_back = _where(inquiry), complaint.status == "withdrawn"
    answered = ("declined", "lapsed")
    wrong = {
        "closed as decided without a standing decision": tracking.outcome == "decided" and decision.status != "offered",
        "closed as withdrawn, but not honoured": tracking.outcome == "withdrawn" and decision.status != "withdrawn",
        "honoured, but not closed": decision.status == "withdrawn" and tracking.outcome != "withdrawn",
        "two have it: deciding and held": tracking.status == "held" and decision.status != "offered",
        "withdrawn, but investigated": given_back and sought != "discontinued",
        "withdrawn, but not answered": complaint.withdrawals != decision.withdrawals,
        "withdrawn, but reopened after that": given_back and fell(world) == complaint.withdrawals,
        "resumed, but not reopened": complaint.withdrawals > fell(world) and not given_back,
        "discontinued without a withdrawal": sought == "discontinued" and not given_back,
        "lost: not taken by investigation": sought in answered and complaint.status == "offered",
        "lost: not taken by resolution": _where(decision) in answered and sought == "offered",
        "lost: offered to investigation": complaint.status == "offered" and sought == "none",
        "lost: offered to resolution": sought == "offered" and _where(decision) == "none",
        "lost: offered to follow-up": decision.status == "offered"
        and tracking.status == "open"
        and (world.offered is None or world.offered in tracking.answered),
        "two have it: intake and investigation": complaint.status == "assessed"
        and sought not in ("none", "resumed", *answered),
        "two have it: investigation and resolution": sought == "concluded" and _where(decision) == "waiting",
        "an agreement waits there, and is settled here": set(tracking.agreements)
        != {each.id for each in decision.talks.agreements if each.status == "open"},
        "owed there, and not here": set(tracking.remedies)
        != {number for number, line in enumerate(decision.desk.ledger, 1) if line.status == "sent"},
        "decided, and its decision fell": decision.status in ("decided", "offered") and not stands(world),
        "withdrawn, and a promise was broken after it": broken_after_withdrawal(world),
        "owner lost": tracking.owner != "Mei Chen",
    }
    return [sentence for sentence, is_so in wrong.items() if is_so]
