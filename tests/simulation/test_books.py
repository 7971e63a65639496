"""Simulated offices: their books balance, whatever the seed, and in some office or other everything happens."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from casework.shared.simulation.office import Options, Report, plan_of, simulate_on
from casework.shared.testing.parts import PostgresServer

SEEDS = 20
FIRST = date(2026, 3, 2)


async def office_of(seed: int, server: PostgresServer, template: str, folder: Path, days: int, cases: int) -> Report:
    options = Options(seed=seed, first=FIRST, days=days, cases=cases)
    async with server.database("simulated", template) as url:
        return await simulate_on(url, folder, options, plan_of(options))


async def test_the_books_balance_whatever_the_seed(
    postgres_server: PostgresServer, template: str, tmp_path: Path
) -> None:
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        report = await office_of(seed, postgres_server, template, folder, days=5, cases=4)
        books = report.books
        assert report.balanced, (seed, books.doubts, report.doubts)
        assert len(books.cases) == 4, seed
        assert report.played.midnights == 5
        assert books.happened["armed"] == len(books.clocks) == sum(books.of_clocks.values())
        assert books.happened["offered"] == len(books.offers) == sum(books.of_offers.values())
        seen += books.happened
        seen += Counter(clock.state for clock in books.clocks.values())
        seen += Counter(offer.state for offer in books.offers.values())
    missing = {"met", "expired", "withdrawn", "running", "accepted", "waiting", "warned", "escalated"} - seen.keys()
    assert not missing, seen


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_the_books_of_two_months_balance_whatever_the_seed(
    postgres_server: PostgresServer, template: str, tmp_path: Path, seed: int
) -> None:
    report = await office_of(seed, postgres_server, template, tmp_path, days=60, cases=50)
    assert report.balanced, (report.books.doubts, report.doubts)
    assert not report.played.orphaned
    assert len(report.books.cases) == 50
    print(f"seed {seed}: {dict(report.books.of_clocks)} {dict(report.books.of_offers)}")


def test_a_plan_follows_from_its_seed_alone() -> None:
    options = Options(days=60, cases=200, seed=3, first=FIRST)
    planned = plan_of(options)
    assert planned == plan_of(options)
    assert planned.acts != plan_of(Options(days=60, cases=200, seed=4, first=FIRST)).acts
    together = Counter((act.at, act.case) for act in planned.acts)
    assert max(together.values()) == 1, "a case that two act on at one instant would hang on who comes first"
    assert {act.case for act in planned.acts if act.step == "receipt"} == set(range(200))
    assert {"pause", "resumption", "extension", "taking", "facts", "withdrawal", "reopening"} <= {
        act.step for act in planned.acts
    }
    nights = [act for act in planned.acts if act.step == "receipt" and not 9 <= act.at.hour < 17]
    assert nights, "some arrive at night"


@pytest.mark.parametrize("seed", [7])
async def test_the_same_seed_is_the_same_quarter(
    postgres_server: PostgresServer, template: str, tmp_path: Path, seed: int
) -> None:
    found = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        found.append((await office_of(seed, postgres_server, template, folder, days=8, cases=8)).books.outcomes())
    assert found[0] == found[1]
