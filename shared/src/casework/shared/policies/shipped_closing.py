"""On what terms cases are closed: what ships, and what an institution's own files say instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import SafeInt, Sentence
from casework.shared.policies.shipped_rulebook import SHIPPED, own_folders

CLOSING = "internal.closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRule:
    """A case can be reopened on any of the `reopening_days` after that of its closing. The routes lie outside."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    reopening_days: Annotated[SafeInt, Field(ge=1, le=3650)]
    route_en: Sentence
    route_zh: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    closing: tuple[ClosingRule, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def closing_rules(institution: Path | None = None) -> Mapping[tuple[str, int], ClosingRule]:
    """Every version of every rule. Raises `InvalidPolicy` with file, line and field, and OSError."""
    found: dict[tuple[str, int], ClosingRule] = {}
    for folder in (SHIPPED / "closing", *own_folders(institution, "closing")):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if not file.name.endswith(".toml"):
                continue
            for rule in read_typed(file.read_text(encoding="utf-8"), file.name, _adapter()).closing:
                if (rule.id, rule.version) in found:
                    raise InvalidPolicy(f"{file.name}: {rule.id} version {rule.version} stands twice; raise one.")
                found[rule.id, rule.version] = rule
    return found


def newest(rules: Mapping[tuple[str, int], ClosingRule], id_: str = CLOSING) -> ClosingRule:
    """The newest version of a rule. Raises `InvalidPolicy` where there is none."""
    versions = [rule for rule in rules.values() if rule.id == id_]
    if not versions:
        raise InvalidPolicy(f"No rule of closing is called {id_}; load one.")
    return max(versions, key=lambda rule: rule.version)
