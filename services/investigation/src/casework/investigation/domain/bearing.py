"""Who bears the damage: us, a supplier, a carrier, the complainant, each by a share that is proven.

Invariant: the shares come to 100 and their amounts to the damage, to the last unit that the damage is given in; what is
another's is asked back from them. Nobody but us is given a share without proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from casework.investigation.domain.evidence_items import Items, item_of
from casework.shared.contracts.bearing import Bearer, Documents, Percent, RecourseOpened, Share, SharesRuled, Stance
from casework.shared.contracts.inquiry import Numbers
from casework.shared.contracts.types import Money, Name
from casework.shared.errors import Refusal
from casework.shared.money import require_payable


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one should bear."""

    bearer: Bearer
    percent: Percent
    name: Name | None = None
    stance: Stance | None = None
    evidence: Numbers = ()
    documents: Documents = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShares:
    """Rule who bears the damage. A later ruling takes the place of an earlier one."""

    damage: Money
    parts: tuple[Part, ...]
    by: Name = ""


class SharesNotWhole(Refusal):
    code = "shares-not-whole"

    def __init__(self, total: int) -> None:
        super().__init__(f"The shares come to {total}; they have to come to 100, so that all of the damage is borne.")


class BearerTwice(Refusal):
    code = "bearer-twice"

    def __init__(self, bearer: str) -> None:
        super().__init__(f"{bearer} is given two shares; put them together into one.")


class BearerUnnamed(Refusal):
    code = "bearer-unnamed"

    def __init__(self, bearer: Bearer) -> None:
        super().__init__(f"Say which {bearer} it is, since the amount is asked back from them.")


class ShareUnproven(Refusal):
    code = "share-unproven"

    def __init__(self, bearer: str) -> None:
        super().__init__(f"Nothing proves the share of {bearer}; name evidence of the case, or a paper that shows it.")


class DamageNotPositive(Refusal):
    code = "damage-not-positive"

    def __init__(self) -> None:
        super().__init__("The damage has to be more than nothing; give its amount.")


def decide(command: RuleShares, items: Items) -> tuple[SharesRuled | RecourseOpened, ...]:
    """The ruling, and the recourse that follows from it. Raises `UnknownItem` for evidence that the case lacks, this
    module's refusals and those of `money`."""
    _refuse_damage(command.damage)
    total = sum(part.percent for part in command.parts)
    if total != 100:
        raise SharesNotWhole(total)
    seen = set[tuple[str, str]]()
    for part in command.parts:
        if part.bearer in ("supplier", "carrier") and part.name is None:
            raise BearerUnnamed(part.bearer)
        if (part.bearer, part.name or "") in seen:
            raise BearerTwice(part.name or part.bearer)
        seen.add((part.bearer, part.name or ""))
        if part.bearer != "us" and not (part.evidence or part.documents):
            raise ShareUnproven(part.name or f"the {part.bearer}")
        for number in part.evidence:
            item_of(number, items)
    amounts = split(command.damage, [part.percent for part in command.parts])
    shares = tuple(
        Share(
            bearer=part.bearer,
            percent=part.percent,
            amount=amount,
            name=part.name,
            stance=part.stance,
            evidence=part.evidence or None,
            documents=part.documents or None,
        )
        for part, amount in zip(command.parts, amounts, strict=True)
    )
    recourse = (
        RecourseOpened(
            bearer=share.bearer, name=share.name, amount=share.amount, denied_despite_proof=share.stance == "denies"
        )
        for share in shares
        if share.bearer in ("supplier", "carrier") and share.name is not None
    )
    return (SharesRuled(damage=command.damage, shares=shares), *recourse)


def split(damage: Money, percents: Sequence[int]) -> tuple[Money, ...]:
    """The damage by these percentages, which come to 100. What does not divide goes to the largest fractions first, and
    among equal ones to who stands first, one unit each: so the amounts come to the damage exactly."""
    whole = Decimal(damage.amount)
    exponent = whole.as_tuple().exponent
    assert isinstance(exponent, int)  # an amount is digits
    unit = Decimal(1).scaleb(exponent)
    exact = [whole * percent / 100 for percent in percents]
    parts = [each.quantize(unit, rounding=ROUND_DOWN) for each in exact]
    left = int((whole - sum(parts)) / unit)
    by_fraction = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_fraction[:left]:
        parts[at] += unit
    return tuple(Money(amount=format(part, "f"), currency=damage.currency) for part in parts)


def _refuse_damage(damage: Money) -> None:
    if Decimal(damage.amount) <= 0:
        raise DamageNotPositive
    require_payable(damage)
