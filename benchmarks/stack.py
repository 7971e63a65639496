"""The parts a yardstick runs on: an embedded PostgreSQL and an embedded broker of its own, in a temporary folder.

Both are the ones `casework up` starts on a laptop, so that no pipeline is measured on better parts than another.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from benchmarks.crew import Parts, run
from benchmarks.results import PipelineResult
from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.topics import Topic

PARTITIONS = DEFAULT_SHARDS


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[str]:
    """The URL of a PostgreSQL that keeps its data in `folder`; ended with the block."""
    postgres = EmbeddedPostgres(folder / "postgres")
    try:
        await postgres.start()
        yield postgres.url
    finally:
        await postgres.stop()


@asynccontextmanager
async def parts(topics: Sequence[Topic]) -> AsyncIterator[Parts]:
    """Fresh parts with exactly these topics; ended and deleted with the block."""
    with temporary_folder() as folder:
        async with database(folder) as url:
            kafka = EmbeddedKafka(topics=topics, log_path=folder / "kafka.log")
            try:
                await kafka.start()
                yield Parts(url, kafka.servers)
            finally:
                await kafka.stop()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for one run, deleted with the block."""
    with tempfile.TemporaryDirectory(prefix="casework-bench-") as folder:
        yield Path(folder)


def measure_alone(
    module: str,
    measure: Callable[[Parts, int], Awaitable[PipelineResult]],
    topics: Sequence[Topic],
    *,
    default_cases: int,
) -> None:
    """The command line of one pipeline: CASES in, its result as JSON out."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("cases", type=int, nargs="?", default=default_cases)
    chosen = parser.parse_args()

    async def main() -> PipelineResult:
        async with parts(topics) as where:
            return await measure(where, chosen.cases)

    print(run(main()).json())
