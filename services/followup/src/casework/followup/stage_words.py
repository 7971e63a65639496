"""The stages that people are told a case is in: their words, what comes next at each, and the clause that names it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from casework.shared.contracts import clauses

Stage: TypeAlias = Literal[
    "received",
    "acknowledged",
    "assessed",
    "awaiting-investigation",
    "in-investigation",
    "awaiting-resolution",
    "in-resolution",
    "decided",
    "in-follow-up",
    "closed",
    "withdrawn",
]

WORDS: dict[Stage, tuple[str, str]] = {
    "received": ("receipt", "受理"),
    "acknowledged": ("acknowledgement", "告知"),
    "assessed": ("initial assessment", "初步评审"),
    "awaiting-investigation": ("waiting for investigation", "等待调查"),
    "in-investigation": ("investigation", "调查"),
    "awaiting-resolution": ("waiting for resolution", "等待处理"),
    "in-resolution": ("response", "响应"),
    "decided": ("communicating the decision", "沟通决定"),
    "in-follow-up": ("follow-up", "跟踪"),
    "closed": ("closed", "终止"),
    "withdrawn": ("withdrawn", "已撤回"),
}
"""What each stage is called to people, in English and Chinese."""

CLAUSE_OF: dict[Stage, clauses.ClauseNumber] = {
    "received": "7.2",
    "acknowledged": "7.4",
    "assessed": "7.5",
    "awaiting-investigation": "7.5",
    "in-investigation": "7.6",
    "awaiting-resolution": "7.6",
    "in-resolution": "7.7",
    "decided": "7.8",
    "in-follow-up": "7.3",
    "closed": "7.9",
    "withdrawn": "7.9",
}
"""The clause of ISO 10002 that names the state of a case at each stage. What waits to be accepted is still in the
clause of its giver, who has the work."""

NEXT: dict[Stage, tuple[str, str, str]] = {
    "received": ("acknowledge", "Acknowledge the complaint", "告知已收到投诉"),
    "acknowledged": ("assess", "Make the initial assessment", "进行初步评审"),
    "assessed": ("offer-to-investigation", "Offer the case to investigation", "移交调查"),
    "awaiting-investigation": ("accept-investigation", "Investigation accepts or declines", "调查部门接收或退回"),
    "in-investigation": ("investigate", "Establish what happened", "查明事实"),
    "awaiting-resolution": ("accept-resolution", "Resolution accepts or declines", "处理部门接收或退回"),
    "in-resolution": ("decide", "Propose a remedy and communicate the decision", "提出方案并沟通决定"),
    "decided": ("hear-reply", "Hear the complainant's reply and hand over to follow-up", "听取回复并移交跟踪"),
    "in-follow-up": ("close", "Verify and close", "核实并终止"),
    "closed": ("none", "Nothing: the case is closed", "无：已终止"),
    "withdrawn": ("close-withdrawn", "Close after the withdrawal", "撤回后终止"),
}
"""What happens next at each stage: a code, and words for it in English and Chinese."""


def clause_document(stage: Stage) -> dict[str, str]:
    """The clause that names the state of a case at that stage."""
    found = clauses.clause(CLAUSE_OF[stage])
    return {"number": found.number, "en": found.en, "zh": found.zh}
