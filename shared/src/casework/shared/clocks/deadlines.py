"""Deadline policies: what a regulator or the institution itself says about time, as data.

Invariants:

* A policy is a pure value with an id and a version. A clock refers to that pair, so a new version moves no clock that
  was armed before (conventions K13 of the clocks; practice P187).
* For a date of receipt at most one version of one neighbour serves: the newest version of the id whose dates hold it.
* A figure that nobody read is never served: `unverified` is refused (practice P113, P190).
* Only moments start, meet, restart or end a clock (practice P182).

What cannot be said of a rule is left out and the absence is stated (`paragraph_unknown`, `dates_unknown`,
`no_number`); nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias, assert_never

from pydantic import Field

from casework.shared.clocks.moments import Moment
from casework.shared.contracts.clocks import DeadlineRef, Kind, Percent, PolicyId, Purpose, Rank
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import Name, SafeInt, Sentence, Word
from casework.shared.contracts.vocabulary import Side
from casework.shared.errors import Refusal

EVERY = "every"
"""The `applies_to` of a policy that serves whatever no other policy of the regime is for."""

Certainty: TypeAlias = Literal["read", "second-hand", "unverified"]
Start: TypeAlias = Literal["receipt", "day-after-receipt", "arming-event"]
Flag: TypeAlias = Literal["start-not-read"]
Effect: TypeAlias = Literal["meets", "restarts", "withdraws", "arms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """One text in English and in Chinese."""

    en: Sentence
    zh: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCause:
    """A cause for which the clock may stand still (K8). `cap` is the longest it may; then it goes on by itself.

    `told_by` is the moment that tells the complainant, None where the policy asks for no notice. `ours` names the
    fields on which the rule is silent and this file chose: they are never shown as the rule's.
    """

    cause: Word
    title: Bilingual
    cap: Length
    proof: bool
    told_by: Moment | None = None
    ours: tuple[Literal["cap", "proof", "told_by"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A longer length, counted from the original day 0 (K9), with a reason and a notice before the old expiry.

    `after` is the extension that must be in effect before, None for one that follows on the plain length. `approver`
    is what the rule says of who approves, if anything; `least_rank` is how this installation holds to it.
    """

    name: PolicyId
    title: Bilingual
    length: Length
    least_rank: Rank
    told_by: Moment
    after: PolicyId | None = None
    approver: Sentence | None = None
    ours: tuple[Literal["least_rank", "told_by"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something that must be said where the deadline is met, such as which time limit applies.

    Required for every receipt; from `first` on; or, where only the date of a text read is known, from the earliest of
    `read_as_at` on, since nothing is known of the time before.
    """

    name: Word
    text: Bilingual
    paragraph: Name | None = None
    first: Annotated[date | None, Field(alias="from")] = None
    read_as_at: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePolicy:
    """One deadline of one regime. `casework.shared.clocks.deadline_files` says which combinations are refused.

    `first` and `last` are the first and last date of receipt served, `from` and `to` in the file. Where no first date
    is known, `read_as_at` has the dates of the texts read, or `dates_unknown` says why there is none.
    `applies_to` names the kind of complaint; policies of one regime, purpose and kind of complaint are neighbours.
    `length` is missing where the rule has no number; then `no_number` has its words. It is missing as well where the
    arming event itself says by when (a promise, a request): then `due_given` is set. `aim` is shown and never expires.
    What is not `binding` warns when its time has passed, and nobody has missed anything: it climbs no ladder.
    `calendar` and `zone` are missing only from internal policies: the institution's own are meant.
    `warn_at` are points of warning in percent of the units (K12); no rule asks for them, they are ours.
    """

    id: PolicyId
    version: Annotated[SafeInt, Field(ge=1)]
    kind: Kind
    regime: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$", max_length=100)]
    purpose: Purpose
    applies_to: Word = EVERY
    party: Side
    title: Bilingual
    rule: Name | None = None
    paragraph: Name | None = None
    paragraph_unknown: Sentence | None = None
    source: Sentence | None = None
    certainty: Certainty | None = None
    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    read_as_at: tuple[date, ...] = ()
    dates_unknown: Sentence | None = None
    follows: PolicyId | None = None
    calendar: Name | None = None
    zone: Name | None = None
    starts: Start
    length: Length | None = None
    no_number: Sentence | None = None
    due_given: bool = False
    binding: bool = True
    aim: Length | None = None
    close_of_business: bool = False
    armed_by: Annotated[tuple[Moment, ...], Field(min_length=1)]
    met_by: Annotated[tuple[Moment, ...], Field(min_length=1)]
    restarted_by: tuple[Moment, ...] = ()
    withdrawn_by: tuple[Moment, ...] = ()
    pauses: tuple[PauseCause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    warn_at: tuple[Percent, ...] = ()
    duty: Bilingual
    statements: tuple[Statement, ...] = ()
    remarks: Sentence | None = None

    @property
    def ref(self) -> DeadlineRef:
        """What a clock carries to name this policy."""
        return DeadlineRef(id=self.id, version=self.version)

    @property
    def family(self) -> tuple[str, str, str]:
        """What neighbours have in common: regime, purpose and kind of complaint."""
        return (self.regime, self.purpose, self.applies_to)

    def holds(self, on: date) -> bool:
        """Whether receipts of this date lie inside the known dates. Before a text read, they do: see `flags`."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)

    def flags(self, on: date) -> tuple[Flag, ...]:
        """`start-not-read` where the rule's start is not known and no text as old as this receipt was read."""
        if self.kind == "internal" or self.first is not None:
            return ()
        return () if self.read_as_at and min(self.read_as_at) <= on else ("start-not-read",)

    def day_zero(self, received: date, armed: date) -> date:
        """Day 0 of the count (K1), from the dates of receipt and of the arming event in the policy's zone (K6).

        "Day after receipt" says in a rule's words what K1 does: day 0 is the receipt, and the day after is day 1.
        """
        match self.starts:
            case "receipt" | "day-after-receipt":
                return received
            case "arming-event":
                return armed
            case other:
                assert_never(other)


class UnknownDeadline(Refusal):
    """No policy of this id is loaded."""

    code = "unknown-deadline"


class ReceiptNotServed(Refusal):
    """Neither the policy nor a neighbour of it serves receipts of this date."""

    code = "receipt-date-not-served"


class NotVerified(Refusal):
    """The figure was never read in its rule, so it is not used."""

    code = "deadline-unverified"


class StatementMissing(Refusal):
    """The text leaves out what the rule wants said."""

    code = "statement-missing"


@dataclass(frozen=True, slots=True)
class Served:
    """The policy that serves a date of receipt, and what must be shown beside its deadline."""

    policy: DeadlinePolicy
    flags: tuple[Flag, ...]


def activate(policy: DeadlinePolicy) -> DeadlinePolicy:
    """The policy, if it may be used. Raises `NotVerified` for an `unverified` one (practice P113)."""
    if policy.certainty == "unverified":
        raise NotVerified(
            f"{policy.id} version {policy.version} is unverified: read {policy.rule} and give its text as the source."
        )
    return policy


def find(policies: Iterable[DeadlinePolicy], ref: DeadlineRef) -> DeadlinePolicy | None:
    """The policy a clock was armed with, whatever came after it, or None where it is no longer loaded."""
    return next((policy for policy in policies if policy.ref == ref), None)


def serving(policies: Iterable[DeadlinePolicy], on: date) -> tuple[Served, ...]:
    """Every policy that serves receipts of a date, by id: of each id the newest version. Leaves unverified ones out.

    Raises nothing. `on` is the date of receipt in the policy's zone (K6).
    """
    newest: dict[str, DeadlinePolicy] = {}
    for policy in policies:
        if policy.certainty == "unverified" or not policy.holds(on):
            continue
        known = newest.get(policy.id)
        if known is None or known.version < policy.version:
            newest[policy.id] = policy
    return tuple(Served(newest[key], newest[key].flags(on)) for key in sorted(newest))


def choose(policies: Iterable[DeadlinePolicy], preset: str, on: date) -> Served:
    """The version of a preset, or else the neighbour, that serves receipts of a date.

    Raises `UnknownDeadline`, `NotVerified` where nothing of that id was ever read, and `ReceiptNotServed` where the
    date lies outside the dates of the preset and of its neighbours.
    """
    known = tuple(policies)
    named = [policy for policy in known if policy.id == preset]
    if not named:
        raise UnknownDeadline(f"No deadline policy is called {preset}. Ask for one of the loaded ones.")
    if all(policy.certainty == "unverified" for policy in named):
        activate(named[0])
    found = serving((policy for policy in known if policy.family == named[0].family), on)
    own = next((served for served in found if served.policy.id == preset), None)
    if own is not None:
        return own
    if not found:
        raise ReceiptNotServed(
            f"{preset} does not serve complaints received on {on}, and no neighbour of it does. Load a policy for the"
            " rule of that date."
        )
    return found[0]


def effects(policy: DeadlinePolicy, moment: Moment) -> tuple[Effect, ...]:
    """What a moment does to the clocks of a policy, in this order; empty for all that is none of its business.

    The first three are for the clock that runs, "arms" is for when none runs (any more). So an update to the
    complainant may meet one clock and arm the next, which is how a deadline that comes back is written.
    """
    table: tuple[tuple[Effect, tuple[Moment, ...]], ...] = (
        ("meets", policy.met_by),
        ("restarts", policy.restarted_by),
        ("withdraws", policy.withdrawn_by),
        ("arms", policy.armed_by),
    )
    return tuple(effect for effect, moments in table if moment in moments)


def statements_required(policy: DeadlinePolicy, on: date) -> tuple[Statement, ...]:
    """What must be said for a complaint received on a date. Raises nothing."""
    return tuple(
        statement
        for statement in policy.statements
        if (start := statement.first or min(statement.read_as_at, default=None)) is None or start <= on
    )


def require_statements(policy: DeadlinePolicy, on: date, said: Collection[str]) -> None:
    """Raises `StatementMissing`, naming the paragraph, unless the names in `said` have all that is required (P020)."""
    for statement in statements_required(policy, on):
        if statement.name not in said:
            where = statement.paragraph or policy.paragraph or policy.id
            raise StatementMissing(f"{where} wants this said: {statement.text.en} Add it, then send.")
