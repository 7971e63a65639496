"""Sanctions on a party: infringements judged by a ladder over all its cases, and single sanctions with their appeal.

Invariant: nothing that was imposed is taken out of the record. What is reversed gets an entry of its own, and what is
left is judged from the infringements that remain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.sanctions import (
    InfringementReversed,
    InfringementUpheld,
    PartySanctionAppealed,
    PartySanctionConfirmed,
    PartySanctioned,
    PartySanctionReversed,
    SanctionKind,
)
from casework.shared.contracts.types import Money, Name, Prose, Sentence
from casework.shared.errors import Refusal
from casework.shared.sanctions.ladders import Infringement, LadderOn, judged
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class UpholdInfringement:
    """Establish an infringement of the day `on`. `past` are the party's that were not reversed, of the same ladder and
    of days up to `on`, in their order; `ladder_on` gives the version that serves a day. `today` bounds `on`."""

    infringement_id: UUID
    party: Name
    on: date
    today: date
    serious: bool
    ground: Sentence
    past: tuple[Infringement, ...]
    ladder_on: LadderOn
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseInfringement:
    """Take an infringement of this case back, on the day `on`. Without an id the one that is left is meant."""

    infringement_id: UUID | None
    on: date
    reason: Prose
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionParty:
    """Impose a single sanction. The fields are those of `PartySanctioned`."""

    sanction_id: UUID
    party: Name
    kind: SanctionKind
    ground: Sentence
    starts_on: date
    ends_on: date | None = None
    amount: Money | None = None
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealPartySanction:
    """Record the party's appeal against a sanction of this case."""

    sanction_id: UUID | None
    on: date
    grounds: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPartySanction:
    """Take a sanction back, or confirm it on its appeal."""

    sanction_id: UUID | None
    on: date
    outcome: Literal["reversed", "confirmed"]
    reason: Prose
    by: Name | None = None


SanctionCommand: TypeAlias = (
    UpholdInfringement | ReverseInfringement | SanctionParty | AppealPartySanction | EndPartySanction
)
SanctionEvent: TypeAlias = (
    InfringementUpheld
    | InfringementReversed
    | PartySanctioned
    | PartySanctionAppealed
    | PartySanctionConfirmed
    | PartySanctionReversed
)


class InfringementInTheFuture(Refusal):
    code = "infringement-in-the-future"

    def __init__(self, today: date) -> None:
        super().__init__(f"An infringement is of {today}, the day of this step, or of an earlier one; give that day.")


class AccountIsClosed(Refusal):
    code = "account-is-closed"

    def __init__(self, party: str) -> None:
        super().__init__(f"The account of {party} was closed by the ladder's last step; there is none after it.")


class AmountMissing(Refusal):
    code = "sanction-amount-missing"

    def __init__(self) -> None:
        super().__init__("A deposit is cut by an amount above nil; give amount and currency.")


class AmountNotWanted(Refusal):
    code = "sanction-amount-not-wanted"

    def __init__(self, kind: str) -> None:
        super().__init__(f"A sanction {kind} takes no money; leave the amount out.")


class SanctionEndsBeforeItStarts(Refusal):
    code = "sanction-ends-before-it-starts"

    def __init__(self, starts_on: date) -> None:
        super().__init__(f"The sanction starts on {starts_on}; its end lies after that day.")


class ReversedAlready(Refusal):
    code = "reversed-already"

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} was taken back already; nothing of it is left.")


class NoSanctionAppeal(Refusal):
    code = "no-sanction-appeal"

    def __init__(self) -> None:
        super().__init__("No appeal against this sanction waits; record one first, or take the sanction back.")


class SanctionAlreadyAppealed(Refusal):
    code = "sanction-already-appealed"

    def __init__(self) -> None:
        super().__init__("An appeal against this sanction was recorded already; decide that one.")


class SanctionWasConfirmed(Refusal):
    code = "sanction-was-confirmed"

    def __init__(self) -> None:
        super().__init__(
            "An appeal against this sanction was decided already, and the sanction confirmed. Where something new shows"
            " that it was wrong, reverse it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What later decisions need to know of an infringement or sanction of this case."""

    id: UUID
    party: str
    status: Literal["stands", "appealed", "confirmed", "reversed"] = "stands"
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySanctions:
    """Those of this case."""

    infringements: tuple[Entry, ...] = ()
    sanctions: tuple[Entry, ...] = ()


NONE = PartySanctions()


def decide(command: SanctionCommand, state: PartySanctions) -> tuple[SanctionEvent, ...]:
    """The events that `command` brings about. Raises the refusals above, `NoSuchLadder`, and those of `which`."""
    match command:
        case UpholdInfringement():
            return (_uphold(command),)
        case ReverseInfringement(on=on, reason=reason):
            entry = _meant("infringement", command.infringement_id, state.infringements)
            return (InfringementReversed(infringement_id=entry.id, party=entry.party, on=on, reason=reason),)
        case SanctionParty():
            return (_sanction(command),)
        case AppealPartySanction(on=on, grounds=grounds):
            entry = _meant("sanction", command.sanction_id, state.sanctions)
            if entry.status == "confirmed":
                raise SanctionWasConfirmed
            if entry.status != "stands":
                raise SanctionAlreadyAppealed
            return (PartySanctionAppealed(sanction_id=entry.id, party=entry.party, on=on, grounds=grounds),)
        case EndPartySanction(on=on, outcome=outcome, reason=reason):
            entry = _meant("sanction", command.sanction_id, state.sanctions)
            match outcome:
                case "confirmed":
                    if entry.status != "appealed":
                        raise NoSanctionAppeal
                    return (PartySanctionConfirmed(sanction_id=entry.id, party=entry.party, on=on, reason=reason),)
                case "reversed":
                    return (
                        PartySanctionReversed(
                            sanction_id=entry.id, party=entry.party, on=on, reason=reason, amount=entry.amount
                        ),
                    )
                case _:
                    assert_never(outcome)
        case _:
            assert_never(command)


def evolve(state: PartySanctions, event: SanctionEvent) -> PartySanctions:
    """The state after `event`."""
    match event:
        case InfringementUpheld(infringement_id=id_, party=party):
            return replace(state, infringements=(*state.infringements, Entry(id=id_, party=party)))
        case InfringementReversed(infringement_id=id_):
            return replace(state, infringements=_with(state.infringements, id_, "reversed"))
        case PartySanctioned(sanction_id=id_, party=party, amount=amount):
            return replace(state, sanctions=(*state.sanctions, Entry(id=id_, party=party, amount=amount)))
        case PartySanctionAppealed(sanction_id=id_):
            return replace(state, sanctions=_with(state.sanctions, id_, "appealed"))
        case PartySanctionConfirmed(sanction_id=id_):
            return replace(state, sanctions=_with(state.sanctions, id_, "confirmed"))
        case PartySanctionReversed(sanction_id=id_):
            return replace(state, sanctions=_with(state.sanctions, id_, "reversed"))
        case _:
            assert_never(event)


def _with(
    entries: tuple[Entry, ...], id_: UUID, status: Literal["appealed", "confirmed", "reversed"]
) -> tuple[Entry, ...]:
    return tuple(replace(each, status=status) if each.id == id_ else each for each in entries)


def _meant(what: str, named: UUID | None, entries: tuple[Entry, ...]) -> Entry:
    id_ = which(what, named, {each.id: each.status != "reversed" for each in entries})
    entry = next(each for each in entries if each.id == id_)
    if entry.status == "reversed":
        raise ReversedAlready(what)
    return entry


def _uphold(command: UpholdInfringement) -> InfringementUpheld:
    if command.on > command.today:
        raise InfringementInTheFuture(command.today)
    before = judged(command.past, command.ladder_on)
    if any(each.step.kind == "closed" for each in before):
        raise AccountIsClosed(command.party)
    newest = Infringement(command.infringement_id, command.on, command.serious)
    found = judged((*command.past, newest), command.ladder_on)[-1]
    return InfringementUpheld(
        infringement_id=command.infringement_id,
        party=command.party,
        ladder=found.ladder,
        on=command.on,
        serious=command.serious,
        ground=command.ground,
        count=found.nth,
        step=found.step,
        free=found.free,
    )


def _sanction(command: SanctionParty) -> PartySanctioned:
    amount = command.amount
    if command.kind == "deposit-cut":
        if amount is None or Decimal(amount.amount) <= 0:
            raise AmountMissing
    elif amount is not None:
        raise AmountNotWanted(command.kind)
    if command.ends_on is not None and command.ends_on <= command.starts_on:
        raise SanctionEndsBeforeItStarts(command.starts_on)
    return PartySanctioned(
        sanction_id=command.sanction_id,
        party=command.party,
        kind=command.kind,
        ground=command.ground,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        amount=amount,
    )
