"""`casework bench`: how fast it is here, beside what it could be."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from casework.shared.cli.options import JsonOption

CHECKOUT = Path(__file__).parents[5]


class Measurement(StrEnum):
    """What can be measured by itself."""

    COMPARE = "compare"
    APPEND = "append"
    FLAT = "flat"
    LATENCY = "latency"
    TIMER = "timer"
    VERIFY = "verify"
    PROOF = "proof"


def register(app: typer.Typer) -> None:
    """Add the command to `casework`."""
    app.command()(bench)


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Smaller sizes: minutes instead of half an hour.")] = False,
    as_json: JsonOption = False,
    only: Annotated[list[Measurement] | None, typer.Option(help="One measurement; give it several times.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Put the table between this file's two markers.")
    ] = None,
) -> None:
    """Measure Casework beside its yardsticks; each run has parts and folders of its own. Code 1: something wanted
    was not reached."""
    if not (CHECKOUT / "benchmarks" / "__main__.py").exists():
        typer.echo(
            "The yardsticks are not installed with Casework: run this from a checkout of its repository.", err=True
        )
        raise typer.Exit(2)
    arguments = ["--quick"] * quick + ["--json"] * as_json
    if only:
        arguments += ["--only", *(measurement.value for measurement in only)]
    if markdown is not None:
        arguments += ["--markdown", str(markdown.resolve())]
    os.chdir(CHECKOUT)
    # In this process's place, so that whatever is sent to end it reaches what does the work.
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *arguments])  # noqa: S606  (no shell is meant)
