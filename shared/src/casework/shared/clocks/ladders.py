"""Ladders of escalation as data: who is asked next when nobody acts, and how long each of them has.

Invariant: a ladder ends with somebody who is always there. Each rung but the last has a time of its own, and its clock
is one like any other: a policy that is pinned when it is armed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual, DeadlinePolicy
from casework.shared.contracts.clocks import DeadlineRef, PolicyId, Purpose
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Name, SafeInt, Word
from casework.shared.contracts.vocabulary import Severity

DUTY_OWNER: Word = "duty-owner"
"""The role at the end of every ladder. A directory of people without anybody in it still has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Who is asked, and how long they have before the next one is. `urgent`: asked at night as well."""

    role: Word
    length: Length | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What happens when clocks of these purposes are missed. Rungs are numbered from 1.

    `policies` narrows it to clocks of these policies; a ladder that names a clock's policy goes before one that names
    only its purpose. `severities` narrows it to cases that were assessed so, and among ladders that are otherwise alike
    such a one goes first. `calendar` is what the rungs count by, the institution's own where it is missing.
    """

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    purposes: tuple[Purpose, ...] = ()
    policies: tuple[PolicyId, ...] = ()
    severities: tuple[Severity, ...] = ()
    calendar: Name | None = None
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]

    @property
    def ref(self) -> DeadlineRef:
        """What an escalation carries to name this ladder."""
        return DeadlineRef(id=self.id, version=self.version)

    def rung(self, number: int) -> Rung:
        """The rung of this number; beyond the last, the last."""
        return self.rungs[min(number, len(self.rungs)) - 1]

    def policy_of(self, number: int) -> DeadlinePolicy | None:
        """The deadline of a rung, None for the last, who has nobody above."""
        rung = self.rung(number)
        if rung.length is None or number > len(self.rungs):
            return None
        return DeadlinePolicy(
            id=f"{self.id}.rung-{number}",
            version=self.version,
            kind="internal",
            regime="internal",
            purpose="escalation",
            applies_to=f"{self.id.replace('.', '-')}-{number}",
            party="organisation",
            title=Bilingual(en=f"Escalation, rung {number}: {rung.role}", zh=f"升级第{number}级:{rung.role}"),
            calendar=self.calendar,
            starts="arming-event",
            length=rung.length,
            armed_by=("case-escalated",),
            met_by=("escalation-taken",),
            withdrawn_by=("case-closed",),
            duty=Bilingual(en="Act, or take it on.", zh="处理或接手。"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    ladder: tuple[Ladder, ...]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def parse_ladders(text: str, file_name: str) -> tuple[Ladder, ...]:
    """The ladders of one file. Raises `InvalidPolicy`, which names the file and the ladder."""
    ladders = read_typed(text, file_name, _adapter()).ladder
    for ladder in ladders:
        if not ladder.id.startswith("internal."):
            raise InvalidPolicy(f"{file_name}: {ladder.id}: a ladder is the institution's own; begin its id internal.")
        if not (ladder.purposes or ladder.policies):
            raise InvalidPolicy(f"{file_name}: {ladder.id}: give the purposes or the policies whose clocks climb it.")
        *below, last = ladder.rungs
        if last.length is not None or last.role != DUTY_OWNER:
            raise InvalidPolicy(f"{file_name}: {ladder.id}: the last rung is the role {DUTY_OWNER}, without a length.")
        for rung in below:
            if rung.length is None or rung.length.number < 1:
                raise InvalidPolicy(f"{file_name}: {ladder.id}: rung {rung.role} needs a length of at least 1.")
    return ladders
