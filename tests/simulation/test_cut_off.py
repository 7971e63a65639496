"""A simulation that is cut off again and again comes to the same books and the same end of every clock."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from casework.shared.runtime.failpoints import Failpoint
from casework.shared.simulation.office import Options, simulated

pytestmark = pytest.mark.faults

CUT = 137
"""The exit code of a process that ended at its failpoint: proof that it got there."""
OPTIONS = Options(days=8, cases=10, seed=5, first=date(2026, 3, 2))
POINTS: Sequence[tuple[Failpoint, int]] = (
    ("command.appended", 8),
    ("command.committed", 8),
    ("consumer.decided", 20),
    ("consumer.appended", 20),
    ("consumer.committed", 20),
    ("timer.appended", 4),
    ("timer.fired", 4),
)
"""Where the process ends, and at which passage at the latest."""


@pytest_asyncio.fixture
async def folders() -> AsyncIterator[Sequence[Path]]:
    """Two folders that PostgreSQL's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="casework-cut-") as one, tempfile.TemporaryDirectory() as other:
        yield Path(one), Path(other)


@pytest.mark.timeout(900)
async def test_the_books_are_the_same_however_often_it_is_cut_off(folders: Sequence[Path]) -> None:
    cut, whole = folders
    dice = random.Random(OPTIONS.seed)
    for point, most in dice.sample(POINTS, len(POINTS)):
        code = await _life(cut, f"{point}:{dice.randint(1, most)}")
        assert code == CUT, f"it ended with {code} instead of at {point}"
    disturbed, undisturbed = await simulated(cut, OPTIONS), await simulated(whole, OPTIONS)
    assert disturbed.balanced, (disturbed.books.doubts, disturbed.doubts)
    assert undisturbed.balanced, (undisturbed.books.doubts, undisturbed.doubts)
    assert disturbed.books.outcomes() == undisturbed.books.outcomes()
    assert disturbed.books.happened == undisturbed.books.happened
    assert undisturbed.books.happened["armed"] > 30


async def _life(folder: Path, failpoint: str) -> int:
    """The command until it ends by itself or at its failpoint. Returns the exit code."""
    size = ("--days", str(OPTIONS.days), "--cases", str(OPTIONS.cases), "--seed", str(OPTIONS.seed))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", "simulate", *size, "--keep", str(folder), "--json"),
        env=os.environ | {"CASEWORK_FAILPOINT": failpoint},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()
