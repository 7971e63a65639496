"""One case in all four services, with a time: clocks run, the timer fires, and every event is kept as published."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias, cast
from uuid import UUID

from tests.races import AT, DECIDERS, Position, Recorded, World

from casework.followup import handlers
from casework.followup.consumers import FollowUpReactor
from casework.followup.domain import commands as followup
from casework.followup.domain.case_clocks import TakeEscalation, next_firing
from casework.followup.domain.clock_commands import ExtendClock, PauseClock, ResumeClock
from casework.followup.domain.firing import FireClocks
from casework.followup.progress import Progress, advance
from casework.followup.timer import GRACE
from casework.intake.domain import commands as intake
from casework.shared.audit.unattended import Seen, Unattended, unattended
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause, Envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.registry import to_data, type_name
from casework.shared.errors import Refusal
from casework.shared.inbox.reactor import Received
from casework.shared.policies.shipped_hand_offs import hand_offs_of_package
from casework.shared.policies.shipped_rulebook import rulebook

CASE = UUID(int=1 << 64)
Ask: TypeAlias = tuple[ServiceName, Sequence[object]]
INSTITUTION = """
calendar = "CN"
policies = ["cn.bank.15", "internal.acknowledge", "internal.finish", "internal.hand-off"]
"""
"""One answer alone, which pauses, is extended and starts anew: nothing else covers for it."""


def rules(folder: Path) -> Rulebook:
    """The shipped rules for that institution."""
    file = folder / "institution.toml"
    file.write_text(INSTITUTION, encoding="utf-8")
    return rulebook(file)


@dataclass
class Office(World):
    """The world of one case, at `now`."""

    rulebook: Rulebook = field(kw_only=True)
    now: datetime = AT
    seen: list[Seen] = field(default_factory=list)
    times: dict[UUID, datetime] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    """The case as followup projects it: its own events and those it has taken in."""
    asked: int = 0

    def __post_init__(self) -> None:
        self.reactor = FollowUpReactor(Actor("followup", "service"), (), 1, self.rulebook, hand_offs_of_package())

    # --- recording

    def keep(self, service: ServiceName, event: object, cause: tuple[ServiceName, Position] | None) -> Recorded:
        recorded = super().keep(service, event, cause)
        self.times[recorded.id] = self.now
        self.seen.append(
            Seen(
                id=str(recorded.id),
                case_id=str(CASE),
                service=service,
                kind=type_name(type(event)).split(".")[2],
                version=len(self.streams[service]),
                cause=str(UUID(int=0) if cause is None else self.streams[cause[0]][cause[1]].id),
                time=self.now,
                data=to_data(event),
            )
        )
        if service == "followup":
            advance(self.progress, self._envelope(service, len(self.streams[service]) - 1), event)
        return recorded

    def ask(self, service: ServiceName, commands: Sequence[object]) -> None:
        """Somebody's step, in one transaction."""
        for command in commands:
            self.record(service, command)

    # --- delivering

    def deliver(self, consumer: ServiceName, source: ServiceName, position: Position | None = None) -> None:
        """The next event of `source`, or the one at `position`: what was taken in before has no effect."""
        following = self.cursors.get((consumer, source), 0)
        if position is not None and position < following:
            return
        if consumer != "followup":
            super().deliver(consumer, source)
            return
        self.cursors[consumer, source] = following + 1
        recorded = self.streams[source][following]
        self.answer(consumer, recorded)  # notes resolution's offer
        envelope = self._envelope(source, following)
        received = Received(cast(Any, None), envelope, recorded.event)
        for command in asyncio.run(self.reactor.commands(cast(Any, None), self._unit(), received)):
            self.record(consumer, command, (source, following))
        advance(self.progress, envelope, recorded.event)

    def crash(self, service: ServiceName) -> None:
        """The service starts again: its state is folded from its events, and everything is delivered once more."""
        folded = DECIDERS[service].fold(recorded.event for recorded in self.streams[service])
        assert folded == self.states[service]
        self.states[service] = folded
        for source in SERVICES:
            for position in range(self.cursors.get((service, source), 0)):
                self.deliver(service, source, position)
        if service == "followup":
            self.fire()

    # --- time

    def fire(self) -> bool:
        """The timer looks at the case."""
        before = len(self.seen)
        caught_up = not any(consumer == "followup" for consumer, _ in self.undelivered())
        self.record(
            "followup",
            FireClocks(
                at=self.now,
                rulebook=self.rulebook,
                known_until=self.now if caught_up else AT,
                grace_until=self.now - GRACE,
            ),
        )
        return len(self.seen) > before

    def undelivered(self) -> list[tuple[ServiceName, ServiceName]]:
        return [
            (consumer, source)
            for consumer in SERVICES
            for source in SERVICES
            if consumer != source and self.cursors.get((consumer, source), 0) < len(self.streams[source])
        ]

    def wait(self, length: timedelta, *, settle: bool) -> None:
        """Time passes. The timer fires at each moment at which something is due, or when its grace is over."""
        until = self.now + length
        while True:
            firings = [at for clock in self.states["followup"].clocks.clocks if (at := next_firing(clock)) is not None]
            looks = sorted({max(self.now, at) for each in firings for at in (each, each + GRACE) if at <= until})
            for self.now in looks:
                if self.fire():
                    break
            else:
                self.now = until
                return
            if settle:
                self.settle()

    # --- what people may ask

    def offers(self) -> Iterator[tuple[str, Ask]]:
        """Whatever somebody may ask now, each with its name."""
        for service, command in self.staff():
            yield (
                f"{service}: {type(command).__name__}{getattr(command, 'reply', '')}",
                (service, self.with_clocks(command)),
            )
        for number, command in enumerate(self._on_clocks()):
            try:
                DECIDERS["followup"].decide(command, self.states["followup"])
            except Refusal:
                continue
            yield f"followup: {type(command).__name__} {number}", ("followup", (command,))

    def with_clocks(self, command: object) -> Sequence[object]:
        """The step with what it tells the clocks, as the handlers put them together."""
        self.asked += 1
        unit = self._unit()
        match command:
            case followup.CloseCase():
                return command, handlers.tell(unit, self.rulebook, "case-closed")
            case followup.ReopenCase(reason=reason):
                return asyncio.run(cast(Any, handlers.reopen(reason, self.rulebook)(cast(Any, None), unit)))
            case followup.AcceptHandOff(offered=offered):
                return command, handlers.tell(unit, self.rulebook, "hand-off-accepted", about=offered)
            case followup.DeclineHandOff(offered=offered):
                return command, handlers.tell(unit, self.rulebook, "hand-off-declined", about=offered)
            case _:
                return (command,)

    def _on_clocks(self) -> Iterator[object]:
        clocks = self.states["followup"].clocks
        for clock in clocks.clocks:
            armed = clock.armed
            values = {
                "clock": armed.clock,
                "policy": self.rulebook.pinned(armed.policy),
                "calendar": self.rulebook.calendar_of(armed.calendar, clock.calendar_version),
                "at": self.now,
            }
            yield PauseClock(**values, cause="outside-testing", occurred_at=self.now, proof="1", told_at=self.now)
            yield ResumeClock(**values, occurred_at=self.now)
            for name in ("cn.bank.30", "cn.bank.60"):
                yield ExtendClock(
                    **values,
                    extension=name,
                    reason="Complex.",
                    approver="Wei",
                    rank=4,
                    approved_at=self.now,
                    told_at=self.now,
                )
        for each in clocks.climbs:
            yield TakeEscalation(about=each.about, by=self._request(), at=self.now, rulebook=self.rulebook)

    # --- judging

    def verdict(self) -> list[Unattended]:
        """What the independent check says of the case so far."""
        return unattended(self.seen, until=self.now)

    def _request(self) -> UUID:
        return UUID(int=(1 << 96) + self.asked)

    def _unit(self) -> Any:
        stream = SimpleNamespace(state=self.states["followup"])
        return SimpleNamespace(now=self.now, occurred_at=None, asked=self._request(), streams={CASE: stream})

    def _envelope(self, source: ServiceName, position: Position) -> Envelope:
        recorded = self.streams[source][position]
        return Envelope(
            id=recorded.id,
            source=source,
            type=type_name(type(recorded.event)),
            case_id=CASE,
            version=position + 1,
            time=self.times[recorded.id],
            prevhash=None,
            correlation=recorded.id,
            cause=CommandCause(recorded.id),
            actor=Actor("somebody", "person"),
            occurred_at=None,
            traceparent=None,
            data={},
        )


def opened(rulebook: Rulebook) -> Office:
    """A case that was received a moment ago, and nobody else knows of."""
    office = Office(rulebook=rulebook)
    office.record(
        "intake",
        intake.ReceiveComplaint(
            source="crm",
            source_reference="1",
            channel="web",
            received_at=AT,
            language="en",
            category="Credit card",
            owner="Mei Chen",
        ),
    )
    return office
