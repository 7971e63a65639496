"""Proposing remedies: what the catalogue allows in this case, what the rule of refunds gives, and who has to approve.

Invariant: what needs approval is held back until it has it. What the catalogue withholds is not proposed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias, assert_never

from casework.resolution.domain.authority import AmountNotPositive, Terms, ask
from casework.shared.contracts.authority import ApprovalAsked
from casework.shared.contracts.remedies import Offerable, RefundAssessed, RefundPath, RemediesChecked, Withheld
from casework.shared.contracts.resolution import RemedyProposed
from casework.shared.contracts.types import Money, Prose, SafeInt, Word
from casework.shared.contracts.vocabulary import RemedyClass, RemedyKind
from casework.shared.errors import Refusal
from casework.shared.remedies.amounts import number_of
from casework.shared.remedies.catalogue import Catalogue, CatalogueRemedy, RefundRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRemedy:
    """Propose what could put it right. Several kinds may be proposed before the decision.

    `remedy` is a name of the catalogue. Without `terms` and `catalogue` nobody's authority and no rule is in question:
    that is for what is told of the past, and for what a standing solution settles.
    """

    kind: RemedyKind
    description: Prose
    amount: Money | None = None
    remedy: Word | None = None
    remedy_class: RemedyClass = "claim"
    terms: Terms | None = None
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRemedies:
    """Work out, `today`, what of the catalogue may be offered to somebody who asked on the day `on`. `delivered_on` is
    None for what was never delivered, or nobody knows when."""

    catalogue: Catalogue
    on: date
    today: date
    delivered_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessRefund:
    """Work out what of `paid`, for `days` of which `used` were used, comes back by the rule of that name."""

    catalogue: Catalogue
    rule: Word
    paid: Money
    days: SafeInt
    used: SafeInt


CatalogueCommand: TypeAlias = CheckRemedies | AssessRefund
CatalogueEvent: TypeAlias = RemediesChecked | RefundAssessed


class UnknownRemedy(Refusal):
    code = "unknown-remedy"

    def __init__(self, name: str, catalogue: Catalogue) -> None:
        known = ", ".join(each.name for each in catalogue.remedy)
        super().__init__(f"The catalogue has no remedy {name}; it has {known}.")


class RemedyOfAnotherKind(Refusal):
    code = "remedy-of-another-kind"

    def __init__(self, remedy: CatalogueRemedy) -> None:
        super().__init__(f"The remedy {remedy.name} is of the kind {remedy.kind}; propose it as that.")


class RemedyWithheld(Refusal):
    code = "remedy-withheld"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} Check the remedies of the case for those that may be offered.")


class DeliveredLater(Refusal):
    code = "delivered-later"

    def __init__(self) -> None:
        super().__init__("The goods cannot have come after the complainant asked; give the day on which they came.")


class AskedLater(Refusal):
    code = "asked-later"

    def __init__(self) -> None:
        super().__init__("The complainant cannot have asked after today; give the day on which they did.")


class UnknownRefundRule(Refusal):
    code = "unknown-refund-rule"

    def __init__(self, name: str, catalogue: Catalogue) -> None:
        known = ", ".join(each.name for each in catalogue.refund) or "none"
        super().__init__(f"There is no rule of refunds {name}; there is {known}.")


class DaysDoNotFit(Refusal):
    code = "days-do-not-fit"

    def __init__(self) -> None:
        super().__init__("Something is paid for one day at least, and no more days can be used than were paid for.")


class MoreThanPaid(Refusal):
    code = "more-than-paid"

    def __init__(self, paid: Money) -> None:
        super().__init__(
            f"A refund is at most what was paid, {paid.amount} {paid.currency}; what goes beyond it is goodwill."
        )


class OtherCurrency(Refusal):
    code = "other-currency"

    def __init__(self, paid: Money) -> None:
        super().__init__(f"It was paid in {paid.currency}; give the refund in {paid.currency} as well.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What later proposals need to know: the facts that the catalogue was last checked by, and the last assessment."""

    on: date | None = None
    delivered_on: date | None = None
    paid: Money | None = None
    eligible: Money | None = None


NOTHING_CHECKED = Allowed()


def decide(command: CatalogueCommand) -> tuple[CatalogueEvent]:
    """The event of a check or an assessment. Raises the refusals above."""
    match command:
        case CheckRemedies():
            return (_check(command),)
        case AssessRefund():
            return (_assess(command),)
        case _:
            assert_never(command)


def propose(
    command: ProposeRemedy, allowed: Allowed, *, approvals: int, remedies: int
) -> RemedyProposed | ApprovalAsked:
    """The remedy proposed, or held back for approval; so many `approvals` were asked and `remedies` proposed before.

    Raises the refusals above and those of `authority`."""
    terms = command.terms
    named = _entry(command, allowed)
    amount = command.amount or (None if named is None else named.cost)
    proposed = RemedyProposed(
        number=None if terms is None and command.remedy_class == "claim" else remedies + 1,
        kind=command.kind,
        description=command.description,
        amount=command.amount,
        remedy=command.remedy,
        remedy_class=None if command.remedy_class == "claim" else command.remedy_class,
        proof=None if named is None else named.proof,
        authority=None if terms is None or amount is None else terms.authority.ref,
    )
    if terms is None or amount is None:
        return proposed
    asked = ask(terms, command.kind, command.remedy_class, amount, _eligible(command, amount, allowed))
    if asked is None:
        return proposed
    rung = terms.authority.rung[asked.place]
    return ApprovalAsked(
        approval_id=terms.approval_id,
        number=approvals + 1,
        kind=command.kind,
        description=command.description,
        amount=amount,
        asked_by=terms.acting.id,
        ground=asked.ground,
        roles=terms.authority.roles_from(asked.place),
        rank=rung.rank,
        authority=terms.authority.ref,
        needs_pack=rung.needs_pack,
        at_cost=command.amount is None,
        remedy=command.remedy,
        remedy_class=proposed.remedy_class,
        proof=proposed.proof,
    )


def evolve(allowed: Allowed, event: CatalogueEvent) -> Allowed:
    """What is allowed after `event`."""
    match event:
        case RemediesChecked(on=on, delivered_on=delivered_on):
            return replace(allowed, on=on, delivered_on=delivered_on)
        case RefundAssessed(paid=paid, eligible=eligible):
            return replace(allowed, paid=paid, eligible=eligible)
        case _:
            assert_never(event)


def _entry(command: ProposeRemedy, allowed: Allowed) -> CatalogueRemedy | None:
    """The catalogue's entry that is meant. Raises where the facts of the case forbid it."""
    catalogue = command.catalogue
    if catalogue is None:
        return None
    if command.remedy is not None:
        found = catalogue.named(command.remedy)
        if found is None:
            raise UnknownRemedy(command.remedy, catalogue)
        if found.kind != command.kind:
            raise RemedyOfAnotherKind(found)
        reason = found.withheld(allowed.delivered_on, allowed.on)
        if reason is not None:
            raise RemedyWithheld(reason.en)
        return found
    if allowed.on is not None:
        # Without a name it would be the way round the rule, once the facts are known.
        kind = [each for each in catalogue.remedy if each.kind == command.kind]
        reasons = [each.withheld(allowed.delivered_on, allowed.on) for each in kind]
        if reasons and reasons[0] is not None and all(reason is not None for reason in reasons):
            raise RemedyWithheld(reasons[0].en)
    return None


def _eligible(command: ProposeRemedy, amount: Money, allowed: Allowed) -> Decimal | None:
    """What the rule gives, where this is a refund that was assessed."""
    if command.kind != "refund" or command.remedy_class != "claim" or allowed.paid is None or allowed.eligible is None:
        return None
    if amount.currency != allowed.paid.currency:
        raise OtherCurrency(allowed.paid)
    if number_of(amount) > number_of(allowed.paid):
        raise MoreThanPaid(allowed.paid)
    return number_of(allowed.eligible)


def _check(command: CheckRemedies) -> RemediesChecked:
    if command.on > command.today:
        raise AskedLater
    if command.delivered_on is not None and command.delivered_on > command.on:
        raise DeliveredLater
    reasons = {each.name: each.withheld(command.delivered_on, command.on) for each in command.catalogue.remedy}
    return RemediesChecked(
        on=command.on,
        catalogue=command.catalogue.ref,
        offered=tuple(_offerable(each) for each in command.catalogue.remedy if reasons[each.name] is None),
        withheld=tuple(
            Withheld(remedy=name, reason_en=reason.en, reason_zh=reason.zh)
            for name, reason in reasons.items()
            if reason is not None
        ),
        delivered_on=command.delivered_on,
    )


def _offerable(remedy: CatalogueRemedy) -> Offerable:
    return Offerable(
        remedy=remedy.name,
        kind=remedy.kind,
        title_en=remedy.title.en,
        title_zh=remedy.title.zh,
        proof=remedy.proof,
        cost=remedy.cost,
    )


def _assess(command: AssessRefund) -> RefundAssessed:
    rule: RefundRule | None = command.catalogue.refund_by(command.rule)
    if rule is None:
        raise UnknownRefundRule(command.rule, command.catalogue)
    if number_of(command.paid) <= 0:
        raise AmountNotPositive
    if command.days < 1 or not 0 <= command.used <= command.days:
        raise DaysDoNotFit
    eligible = rule.eligible(command.paid, command.days, command.used)
    return RefundAssessed(
        rule=rule.name,
        catalogue=command.catalogue.ref,
        paid=command.paid,
        days=command.days,
        used=command.used,
        eligible=eligible,
        path=_path(number_of(eligible), number_of(command.paid)),
    )


def _path(eligible: Decimal, paid: Decimal) -> RefundPath:
    if eligible == 0:
        return "without-refund"
    return "full" if eligible == paid else "partial"
