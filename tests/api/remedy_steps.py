"""A body for each step of remedies and of what goes up."""

from __future__ import annotations

from casework.shared.testing.desk import Body

_MONEY: Body = {"amount": "12.50", "currency": "GBP"}
_OPTION: Body = {"what": "All of it.", "cost": _MONEY, "days": 3, "payer": "organisation", "risk": "Others ask too."}
_OPTIONS: Body = {"options": [_OPTION, {**_OPTION, "what": "Half of it."}]}
_REASON: Body = {"reason": "It is as it is."}
_POLICE: Body = {**_REASON, "action": "police"}

REMEDY_STEPS: dict[str, Body] = {
    "resolution/remedy-checks": {"delivered_on": "2026-02-20"},
    "resolution/refund-assessments": {"paid": _MONEY, "days": 30, "used": 10},
    "resolution/remedy-offers": {"until": "2099-03-05T18:00:00+08:00", "channel": "phone"},
    "resolution/remedy-offer-answers": {"answer": "accepted", "channel": "phone"},
    "resolution/no-offer": _REASON,
    "resolution/sent-remedies": {"proof": "Transfer 1."},
    "resolution/received-remedies": {"kind": "payment-confirmation", "proof": "Bank advice."},
    "resolution/returned-remedies": _REASON,
    "resolution/waived-remedies": {"proof": "E-mail."},
    "resolution/failed-remedies": _REASON,
    "resolution/second-try-checks": {"checked": "All 36 boards."},
    "resolution/approval-packs": {**_OPTIONS, "facts": ["It was paid."], "scenarios": ["They go on."], "quote": "All!"},
    "resolution/readings": {"reading": "Half will do."},
    "resolution/approvals": {"granted": True},
    "resolution/option-comparisons": _OPTIONS,
    "resolution/option-choices": {**_REASON, "option": 1},
    "resolution/outside-permissions": _POLICE,
    "resolution/outside-actions": _POLICE,
    "resolution/outside-reports": {"report": "The police came."},
    "resolution/limits-talks": {"held_at": "2026-03-02T15:10:00Z", "said": "That is the most.", "agreed": False},
    "resolution/leader-answers": {"take": True},
    "resolution/ready-answers": {"taken": True},
}
