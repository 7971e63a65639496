"""`casework simulate`: weeks of an office's work in seconds, and the books of what its clocks came to."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casework.shared.cli.options import JsonOption, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casework.shared.simulation.office import Report

FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday, with a holiday some weeks later in most calendars that ship."""


def register(app: typer.Typer) -> None:
    """Add the command to `casework`."""
    app.command()(simulate)


def simulate(
    days: Annotated[int, typer.Option(min=1, max=1_000, help="How many days pass.")] = 60,
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="How many complaints arrive in them.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed, another quarter; the same seed, the same one.")] = 7,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = FIRST_DAY,
    institution: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="An institution file: its calendar and deadlines.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Keep the database in this folder. What was cut off goes on from there, with the same options."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let days pass in simulated time, and print what was warned, met, missed and escalated.

    The four services run as they are, on a database of their own and without a broker. Ends with 1 if the books do
    not balance.
    """
    from casework.shared.contracts.policy_text import InvalidPolicy
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.logging import configure_logging
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.simulation.office import Options, simulated
    from casework.shared.simulation.run import DidNotWork

    configure_logging("ERROR")
    options = Options(days=days, cases=cases, seed=seed, first=first.date(), institution=institution)
    with _folder(keep) as folder, explained(AlreadyRunning, StartFailed, StoreUnavailable, InvalidPolicy, DidNotWork):
        report = asyncio.run(_with_bar(simulated, folder, options, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(report.document()))
    else:
        _tell(report)
    if not report.balanced:
        raise typer.Exit(1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="casework-simulate-") as folder:
        yield Path(folder)


async def _with_bar(simulated: Any, folder: Path, options: Any, *, quiet: bool) -> Report:
    from casework.shared.cli.posting import progress_bar

    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task("starting", total=options.days)

        def tell(now: datetime) -> None:
            passed = (now.date() - options.first).days
            bar.update(task, description=f"{now:%Y-%m-%d}", completed=min(max(passed, 0), options.days))

        report: Report = await simulated(folder, options, tell)
        bar.update(task, completed=options.days)
    return report


def _tell(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, rows in report.tables().items():
        table = Table(title=title, show_header=False, title_justify="left")
        for name, value in rows.items():
            table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
        console.print(table)
    for doubt in report.doubts[:20]:
        console.print(f"does not fit: {doubt}", style="red", highlight=False)
    console.print("The books balance." if report.balanced else "[red]The books do not balance.[/red]")
