"""Posting with a progress bar: what `load` and `demo` have in common."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from casework.shared.contracts.ids import DEFAULT_SHARDS
from casework.shared.integrator.journal import Journal
from casework.shared.integrator.loader import LoadReport, load
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.table import BadRow
from casework.shared.runtime.topics import Topics
from casework.shared.runtime.wires import WireSettings, kafka_wire


def progress_bar(*, quiet: bool) -> Progress:
    """A bar on standard error; nothing where it would only be in the way."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


async def post_all(
    posts: Iterable[ComplaintPost | BadRow],
    *,
    servers: str,
    idempotent: bool,
    topic_prefix: str,
    data_dir: Path,
    name: str,
    total: int | None,
    quiet: bool,
) -> LoadReport:
    """Post everything, journalled in the data directory, and wait for every answer."""
    # Topic names do not depend on the shard count; the loader reads partitions from the broker.
    topics = Topics.of(topic_prefix, DEFAULT_SHARDS)
    with Journal.of(data_dir, name) as journal, progress_bar(quiet=quiet) as bar:
        task = bar.add_task("answered", total=total)

        def show(report: LoadReport) -> None:
            bar.update(task, completed=report.submitted - report.unanswered, total=total or report.submitted)

        return await load(
            posts,
            servers=servers,
            topics=topics,
            journal=journal,
            idempotent=idempotent,
            progress=show,
            security=kafka_wire(WireSettings(), servers).options(),
        )


def counted(report: LoadReport) -> dict[str, Any]:
    """The report as people and machines read it."""
    return {
        "submitted": report.submitted,
        "accepted": report.accepted,
        "updated": report.updated,
        "duplicates": report.duplicates,
        "rejected": report.rejected,
        "seconds": round(report.seconds, 3),
    }
