"""A simulation that is cut off again and again comes to the same books and the same end of every clock."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from casework.shared.runtime.failpoints import Failpoint
from casework.shared.simulation.office import Options, simulated

pytestmark = pytest.mark.faults

CUT = 137
"""The exit code of a process that ended at its failpoint: proof that it got there."""
KILLS = 6
COME_UP_S = 3.0
"""By then it plays: what kills it earlier hits only its start."""
OPTIONS = Options(days=8, cases=10, seed=5, first=date(2026, 3, 2))
STORM = Options(days=60, cases=60, seed=6, first=date(2026, 3, 2))
"""More than is played between all the kills."""
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
    cut, _ = folders
    dice = random.Random(OPTIONS.seed)
    for point, most in dice.sample(POINTS, len(POINTS)):
        code = await _life(cut, f"{point}:{dice.randint(1, most)}")
        assert code == CUT, f"it ended with {code} instead of at {point}"
    await _ends_alike(folders, OPTIONS)


@pytest.mark.timeout(900)
async def test_the_books_are_the_same_however_often_it_is_killed(folders: Sequence[Path]) -> None:
    dice = random.Random(STORM.seed)
    for _ in range(KILLS):
        process = await _started(folders[0], STORM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), COME_UP_S + dice.uniform(0.0, 1.5))
        assert process.returncode is None, "it was done before it was killed"
        process.kill()
        await process.wait()
    await _ends_alike(folders, STORM)


async def _ends_alike(folders: Sequence[Path], options: Options) -> None:
    """Let the one that was disturbed come to its end, and another undisturbed; the books of both."""
    cut, whole = folders
    disturbed, undisturbed = await simulated(cut, options), await simulated(whole, options)
    assert disturbed.balanced, (disturbed.books.doubts, disturbed.doubts)
    assert undisturbed.balanced, (undisturbed.books.doubts, undisturbed.doubts)
    assert disturbed.books.outcomes() == undisturbed.books.outcomes()
    assert disturbed.books.happened == undisturbed.books.happened
    assert undisturbed.books.happened["armed"] > 30


async def _life(folder: Path, failpoint: str) -> int:
    """The command until it ends by itself or at its failpoint. Returns the exit code."""
    process = await _started(folder, OPTIONS, {"CASEWORK_FAILPOINT": failpoint})
    return await process.wait()


async def _started(folder: Path, options: Options, more: Mapping[str, str] | None = None) -> Process:
    size = ("--days", str(options.days), "--cases", str(options.cases), "--seed", str(options.seed))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", "simulate", *size, "--keep", str(folder), "--json"),
        env=os.environ | (more or {}),
        stdout=asyncio.subprocess.DEVNULL,
    )
