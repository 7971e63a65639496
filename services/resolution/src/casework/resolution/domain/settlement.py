"""Quick settlement: the complainant's own acceptance, in time, and the summary that must follow it.

Invariant: an acceptance counts as quick only before the close that follow-up's clock gave; without one it never does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never

from casework.shared.clocks.deadlines import DeadlinePolicy, require_statements, serving
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.resolution import (
    QuickSettlementAccepted,
    QuickSettlementTimed,
    SummaryResolutionSent,
)
from casework.shared.contracts.types import Instant, Name, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeQuickSettlement:
    """Follow-up armed the clock of a quick settlement. The fields are those of the event. Never refused."""

    due_at: Instant
    received_on: date
    policy: DeadlineRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptQuickSettlement:
    """Record that the complainant accepted, at `now`, that the complaint is resolved, and what shows it."""

    channel: Channel
    proof: Sentence
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSummaryResolution:
    """Record that the written summary went out. `rules` are the deadlines of the regime; those for it are used."""

    channel: Channel
    statements: tuple[Name, ...]
    rules: tuple[DeadlinePolicy, ...] = ()


SettlementCommand: TypeAlias = TimeQuickSettlement | AcceptQuickSettlement | SendSummaryResolution
SettlementEvent: TypeAlias = QuickSettlementTimed | QuickSettlementAccepted | SummaryResolutionSent


class AlreadySettledQuickly(Refusal):
    code = "already-settled-quickly"

    def __init__(self) -> None:
        super().__init__("The complainant accepted in time already; send the written summary.")


class NothingSettledQuickly(Refusal):
    code = "nothing-settled-quickly"

    def __init__(self) -> None:
        super().__init__("The complaint was not settled quickly, so no summary is due; communicate a decision instead.")


class SummaryAlreadySent(Refusal):
    code = "summary-already-sent"

    def __init__(self) -> None:
        super().__init__("The written summary went out already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Until when an acceptance counts as quick, whether one came by then, and whether the summary went out."""

    due_at: Instant | None = None
    received_on: date | None = None
    policy: DeadlineRef | None = None
    accepted: bool = False
    summary_sent: bool = False


NOT_TIMED = Settlement()
"""No rule on quick settlement is known to serve the complaint."""


def decide(command: SettlementCommand, settlement: Settlement) -> tuple[SettlementEvent, ...]:
    """The events that `command` brings about. Raises the refusals above, and `StatementMissing`."""
    match command:
        case TimeQuickSettlement(due_at=due_at):
            if due_at == settlement.due_at:
                return ()
            return (QuickSettlementTimed(due_at=due_at, received_on=command.received_on, policy=command.policy),)
        case AcceptQuickSettlement(channel=channel, proof=proof, now=now):
            if settlement.accepted:
                raise AlreadySettledQuickly
            in_time = settlement.due_at is not None and now < settlement.due_at
            return (QuickSettlementAccepted(channel=channel, proof=proof, in_time=in_time),)
        case SendSummaryResolution(channel=channel, statements=statements, rules=rules):
            if not settlement.accepted:
                raise NothingSettledQuickly
            if settlement.summary_sent:
                raise SummaryAlreadySent
            _require_said(rules, settlement.received_on, statements)
            return (SummaryResolutionSent(channel=channel, statements=statements),)
        case _:
            assert_never(command)


def evolve(settlement: Settlement, event: SettlementEvent) -> Settlement:
    """The settlement after `event`."""
    match event:
        case QuickSettlementTimed(due_at=due_at, received_on=received_on, policy=policy):
            return replace(settlement, due_at=due_at, received_on=received_on, policy=policy)
        case QuickSettlementAccepted(in_time=in_time):
            return replace(settlement, accepted=settlement.accepted or in_time)
        case SummaryResolutionSent():
            return replace(settlement, summary_sent=True)
        case _:
            assert_never(event)


def _require_said(rules: tuple[DeadlinePolicy, ...], received_on: date | None, said: tuple[str, ...]) -> None:
    if received_on is None:
        return
    for served in serving(rules, received_on):
        if served.policy.purpose == "summary-letter":
            require_statements(served.policy, received_on, said)
