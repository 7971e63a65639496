"""`casework report`: figures over all cases."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DataDirOption,
    JsonOption,
    KeyOption,
    UrlOption,
    explained,
    find_target,
)


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    report = typer.Typer(help="Figures over all cases.", no_args_is_help=True)
    report.command()(clocks)
    report.callback()(lambda: None)
    app.add_typer(report, name="report")


def clocks(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what was met and missed, deadline by deadline, and how long cases were in each stage."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        report = ask(client, "GET", "/v1/clock-report")
    if as_json:
        typer.echo(json.dumps(report))
        return
    counts = ("armed", "met", "missed", "passed", "withdrawn", "restarted", "running", "provisional")
    _table(("deadline", *counts), [(each["policy"], *(each[name] for name in counts)) for each in report["clocks"]])
    typer.echo("")
    percentiles = ("p50", "p75", "p90", "p99")
    _table(
        ("stage", "cases", *percentiles),
        [
            (f"{each['from']} to {each['to']}", each["cases"], *_lengths(each["seconds"], percentiles))
            for each in report["stages"]
        ],
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The first column to the left, figures to the right."""
    cells = [header, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    for row in cells:
        figures = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        typer.echo("  ".join((row[0].ljust(widths[0]), *figures)))


def _lengths(seconds: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [_length(int(seconds[name])) for name in names]


def _length(seconds: int) -> str:
    """Days and hours, or hours and minutes, or seconds: two units at most."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours:02} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s"
