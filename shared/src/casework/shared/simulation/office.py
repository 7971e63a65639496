"""A simulation from its options to its report: its own database, the four services, the plan, and the books."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg

from casework.shared.contracts.ids import SERVICES
from casework.shared.policies.shipped_rulebook import rulebook
from casework.shared.runtime.postgres_part import DATABASE, EmbeddedPostgres
from casework.shared.simulation.books import Books, read_books
from casework.shared.simulation.plan import Plan, plan
from casework.shared.simulation.run import Played, Simulation, Time
from casework.shared.simulation.stack import Stack, stack_on

INSTITUTION = Path(str(files("casework.shared") / "policies" / "institution-simulated.toml"))
SHARDS = 1
"""One order of everything: what waits for what does not hang on the ids that cases happen to get."""
EXTENDS = 2
"""The rank of the staff: supervisors, who may extend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be simulated. Without an `institution` file the one that ships for simulations."""

    days: int
    cases: int
    seed: int
    first: date
    institution: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a simulation came to. `doubts` are what does not fit, in words; `seconds` those that it took."""

    options: Options
    books: Books
    played: Played
    doubts: Sequence[str]
    seconds: float

    @property
    def balanced(self) -> bool:
        """Whether everything adds up, counts again to the same, and nobody's case was forgotten at any midnight."""
        return self.books.balanced and not self.doubts

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """The report for people: titles, and rows under each."""
        books, played = self.books, self.played
        happened = books.happened
        corrected = Counter(clock.corrected for clock in books.clocks.values() if clock.corrected)
        of_clocks, of_offers = books.of_clocks, books.of_offers
        return {
            f"{self.options.days} days from {self.options.first}, seed {self.options.seed}": {
                "cases": len(books.cases),
                "events": books.events,
                "steps done": played.done,
                "steps refused": played.refused.total(),
                "instants at which the timer fired": played.instants,
                "midnights without an orphaned case": played.midnights - len({each[-27:] for each in played.orphaned}),
                "seconds": round(self.seconds, 1),
            },
            "Clocks: armed = met + expired + withdrawn + restarted + running": {
                "armed": happened["armed"],
                **{state: of_clocks[state] for state in ("met", "expired", "withdrawn", "restarted", "running")},
            },
            "Of these": {
                "warnings given": happened["warned"],
                "met late, among the expired": sum(clock.late for clock in books.clocks.values()),
                "expired before all facts were in": happened["expired without all facts"],
                **{f"corrected to {outcome}": many for outcome, many in sorted(corrected.items())},
                "pauses": happened["paused"],
                "resumptions": happened["resumed"],
                "extensions": happened["extended"],
                "standing still, among the running": sum(clock.paused for clock in books.clocks.values()),
                "escalations, one a rung": happened["escalated"],
                "escalations taken on": happened["taken on"],
            },
            "Hand-offs: offered = accepted + declined + lapsed + ended + waiting": {
                "offered": happened["offered"],
                **{state: of_offers[state] for state in ("accepted", "declined", "lapsed", "ended", "waiting")},
            },
        }

    def document(self) -> dict[str, Any]:
        """The report for machines."""
        books, happened = self.books, self.books.happened
        return {
            "days": self.options.days,
            "seed": self.options.seed,
            "from": self.options.first.isoformat(),
            "cases": len(books.cases),
            "events": books.events,
            "steps": {"done": self.played.done, "refused": dict(sorted(self.played.refused.items()))},
            "clocks": {"armed": happened["armed"], **books.of_clocks},
            "met_late": sum(clock.late for clock in books.clocks.values()),
            "corrected": dict(Counter(clock.corrected for clock in books.clocks.values() if clock.corrected)),
            "happened": dict(sorted(happened.items())),
            "hand_offs": {"offered": happened["offered"], **books.of_offers},
            "midnights": self.played.midnights,
            "orphaned": self.played.orphaned,
            "doubts": [*books.doubts, *self.doubts],
            "balanced": self.balanced,
            "seconds": round(self.seconds, 3),
        }


async def simulated(folder: Path, options: Options, tell: Callable[[datetime], None] = lambda _: None) -> Report:
    """Simulate on a database of its own in `folder`, from where it was cut off there, if it was. Tells the simulated
    time as it goes. Raises `DidNotWork`, `InvalidPolicy`, and what starting a database does."""
    planned = plan_of(options)
    server = EmbeddedPostgres(folder)
    try:
        await server.start()
        await _hasten(server.url)
        return await simulate_on(server.url, folder, options, planned, tell)
    finally:
        await server.stop()


async def _hasten(database_url: str) -> None:
    """Don't wait for the disk at every commit: who keeps nothing for good loses a last moment at most, and in order."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = off")
    finally:
        await connection.close()


def plan_of(options: Options) -> Plan:
    """What the staff will try. Raises `InvalidPolicy`."""
    book = rulebook(options.institution or INSTITUTION)
    return plan(
        seed=options.seed,
        cases=options.cases,
        days=options.days,
        first=options.first,
        calendar=book.calendar_of(book.institution.calendar, None),
    )


async def simulate_on(
    database_url: str,
    folder: Path,
    options: Options,
    planned: Plan,
    tell: Callable[[datetime], None] = lambda _: None,
) -> Report:
    """Simulate on a database that holds nothing else. Secrets go to `folder`."""
    started = time.perf_counter()
    come = await _recorded_until(database_url) or planned.begins
    time_ = Time(come)
    opened = stack_on(
        database_url,
        folder,
        institution=options.institution or INSTITUTION,
        clock=time_,
        shards=SHARDS,
        away=planned.away(come),
    )
    async with opened as stack:
        async with stack.client(await stack.key(actor="supervisor-1", rank=EXTENDS)) as http:
            played = await Simulation(stack, time_, planned, http).play(tell)
        books = await read_books(stack.runtimes.values())
        doubts = [*played.orphaned, *await _recounted(stack)]
    return Report(options=options, books=books, played=played, doubts=doubts, seconds=time.perf_counter() - started)


async def _recorded_until(database_url: str) -> datetime | None:
    """The latest time at which any service recorded anything, None in an empty database."""
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regclass('followup.event')") is None:
            return None
        logs = " UNION ALL ".join(f"SELECT recorded_at FROM {service}.event" for service in SERVICES)
        latest: datetime | None = await connection.fetchval(f"SELECT max(recorded_at) FROM ({logs}) AS logs")
        return latest
    finally:
        await connection.close()


async def _recounted(stack: Stack) -> list[str]:
    """What each service's own recount finds."""
    found: list[str] = []
    for runtime in stack.runtimes.values():
        if runtime.service.recount is not None:
            found += await runtime.service.recount(runtime)
    return found
