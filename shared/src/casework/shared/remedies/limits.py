"""Who may give how much: the rungs of authority, lowest first, and the purse of goodwill.

Invariant: pure values. Within the limit of one's own rung nothing is asked; beyond it, the lowest rung that suffices
is. Nobody's rung comes from what they send: role and rank are those of their key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.authority import PolicyRef
from casework.shared.contracts.clocks import PolicyId, Rank
from casework.shared.contracts.policy_text import InvalidPolicy, read_typed
from casework.shared.contracts.types import Money, Name, SafeInt, Word
from casework.shared.contracts.vocabulary import RemedyKind
from casework.shared.remedies.amounts import number_of

Limited: TypeAlias = RemedyKind | Literal["goodwill", "every"]
"""What a limit is for: one kind of remedy, what is given for goodwill, or every remedy without a limit of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Up to `most`, that included."""

    most: Money
    remedy: Limited = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Who bears the role, or has at least the rank, may give up to the limits. With `needs_pack` whoever decides here
    is to be brought facts, scenarios and options first."""

    role: Word
    rank: Rank
    title: Bilingual
    limits: Annotated[tuple[Limit, ...], Field(min_length=1)]
    needs_pack: bool = False

    def most(self, remedies: tuple[Limited, ...], currency: str) -> Decimal | None:
        """The most that may be given here, by the first of `remedies` that has a limit in that currency."""
        for remedy in remedies:
            for limit in self.limits:
                if limit.remedy == remedy and limit.most.currency == currency:
                    return number_of(limit.most)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts: the actor's id, and the role and rank of their key."""

    id: Name
    role: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The rungs, lowest first; what may be given for goodwill in a quarter, one purse for each currency; and the role
    from which on actions outside the matter (police, ban, legal threat) may be allowed."""

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    outside_actions: Word
    rung: Annotated[tuple[Rung, ...], Field(min_length=1)]
    goodwill_per_quarter: tuple[Money, ...] = ()

    @property
    def ref(self) -> PolicyRef:
        """What events carry to name it."""
        return PolicyRef(id=self.id, version=self.version)

    def place_of(self, acting: Acting) -> int:
        """The place of the highest rung that they stand on, counted from 0; -1 below the lowest."""
        return max(
            (at for at, rung in enumerate(self.rung) if rung.role == acting.role or acting.rank >= rung.rank),
            default=-1,
        )

    def place_for(self, remedies: tuple[Limited, ...], amount: Money) -> int | None:
        """The place of the lowest rung whose limit holds the amount, None where none does."""
        wanted = number_of(amount)
        for at, rung in enumerate(self.rung):
            most = rung.most(remedies, amount.currency)
            if most is not None and wanted <= most:
                return at
        return None

    def knows(self, currency: str) -> bool:
        """Whether any rung has a limit in that currency."""
        return any(limit.most.currency == currency for rung in self.rung for limit in rung.limits)

    def roles_from(self, place: int) -> tuple[str, ...]:
        """The roles of that rung and those above, lowest first."""
        return tuple(rung.role for rung in self.rung[place:])

    def purse(self, currency: str) -> Decimal | None:
        """What may be given for goodwill in a quarter in that currency, None without a purse."""
        return next((number_of(each) for each in self.goodwill_per_quarter if each.currency == currency), None)

    @property
    def place_for_outside(self) -> int:
        """The place of the lowest rung that may allow actions outside the matter."""
        return next(at for at, rung in enumerate(self.rung) if rung.role == self.outside_actions)


@cache
def _adapter() -> TypeAdapter[Authority]:
    return TypeAdapter(Authority)


def parse_authority(text: str, file_name: str) -> Authority:
    """The limits of a TOML text. Raises `InvalidPolicy` with file and field; `file_name` is for its message only."""
    authority = read_typed(text, file_name, _adapter())
    for mistake in _mistakes(authority):
        raise InvalidPolicy(f"{file_name}: {mistake}")
    return authority


def _mistakes(authority: Authority) -> Iterator[str]:
    ranks = [rung.rank for rung in authority.rung]
    if ranks != sorted(set(ranks)):
        yield "write the rungs from the lowest rank to the highest, each rank once."
    roles = [rung.role for rung in authority.rung]
    if len(set(roles)) < len(roles):
        yield "a role stands on two rungs; name it once."
    if authority.outside_actions not in roles:
        yield f"outside_actions names {authority.outside_actions}, which is the role of no rung."
    for rung in authority.rung:
        for at, limit in enumerate(rung.limits):
            same = [each for each in rung.limits[:at] if each.remedy == limit.remedy]
            if any(each.most.currency == limit.most.currency for each in same):
                yield f"{rung.role} has two limits for {limit.remedy} in {limit.most.currency}; keep one."
            if number_of(limit.most) < 0:
                yield f"{rung.role} has a limit below 0; write 0.00 where nothing may be given."
    for lower, higher in zip(authority.rung, authority.rung[1:], strict=False):
        for limit in lower.limits:
            most = higher.most((limit.remedy, "every"), limit.most.currency)
            if most is None or most < number_of(limit.most):
                yield f"{higher.role} may give less {limit.remedy} in {limit.most.currency} than {lower.role} below."
