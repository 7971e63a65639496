"""What followup publishes of how somebody behaved: flags on conduct, with evidence, a reviewer and a last day.

What was done, what shows it and what helps staff is sealed: it says something about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from casework.shared.contracts.authority import Number
from casework.shared.contracts.types import Name, Sealed

Conduct: TypeAlias = Literal["insult", "threat", "harassment", "violence", "retaliation", "false-papers"]
"""What somebody did. What somebody is, and how often they complain, is no conduct. Always sealed in events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductFlagged:
    """`by` asks that a flag stands until the end of the day `until` of `zone`. Flags are numbered per case from 1.

    `conduct` is a sealed `Conduct`; `done` what happened, `evidence` what shows it, `care` how staff look after
    themselves meanwhile. It says nothing until another person has confirmed it.
    """

    number: Number
    conduct: Sealed
    done: Sealed
    evidence: Sealed
    by: Name
    until: date
    zone: Name
    care: Sealed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductFlagReviewed:
    """Another person looked at the evidence of a flag, and confirmed it or not. The newest review holds."""

    number: Number
    by: Name
    confirmed: bool
    reason: Sealed
