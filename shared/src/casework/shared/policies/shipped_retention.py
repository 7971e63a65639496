"""For how long records are kept: what ships, and what an institution's own files say instead."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from casework.shared.contracts.clocks import DeadlineRef, PolicyId
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import SafeInt
from casework.shared.policies.shipped_rulebook import SHIPPED, own_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """A record is kept for `years` from the day of its receipt or of its closing."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    since: Annotated[Literal["receipt", "closing"], Field(alias="from")]
    years: Annotated[SafeInt, Field(ge=1, le=100)]

    @property
    def ref(self) -> DeadlineRef:
        """What a disposal carries to name this rule."""
        return DeadlineRef(id=self.id, version=self.version)

    def kept_until(self, day: date) -> date:
        """The last day on which a record of that day is kept: the same day of the year, or the last of that month."""
        year = day.year + self.years
        return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    retention: tuple[RetentionRule, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def retention_rule(wanted: PolicyId, institution: Path | None = None) -> RetentionRule:
    """The newest version of a rule. Raises `InvalidPolicy` with file, line and field, also where there is none."""
    found: dict[tuple[str, int], RetentionRule] = {}
    for folder in (SHIPPED / "retention", *own_folders(institution, "retention")):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if not file.name.endswith(".toml"):
                continue
            for rule in read_typed(file.read_text(encoding="utf-8"), file.name, _adapter()).retention:
                if (rule.id, rule.version) in found:
                    raise InvalidPolicy(f"{file.name}: {rule.id} version {rule.version} stands twice; raise one.")
                found[rule.id, rule.version] = rule
    versions = [rule for (name, _), rule in found.items() if name == wanted]
    if not versions:
        raise InvalidPolicy(
            f"No rule of retention is called {wanted}; there are: {', '.join(sorted({each for each, _ in found}))}."
        )
    return max(versions, key=lambda rule: rule.version)
