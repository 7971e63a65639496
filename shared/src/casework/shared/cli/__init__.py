"""The command `casework`: the one door for people. Each command imports what it needs when it is called."""

from __future__ import annotations

import sys

import typer

from casework.shared.cli import (
    audit,
    bench,
    case,
    demo,
    keys,
    load,
    parked,
    privacy,
    relay,
    report,
    simulate,
    store,
    up,
    webhooks,
)
from casework.shared.errors import PlaintextRefused

app = typer.Typer(
    name="casework",
    help="Complaints from receipt to closure, as ISO 10002 asks for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (up, demo, simulate, load, case, report, audit, store, parked, relay, webhooks, privacy, keys, bench):
    command.register(app)


def main() -> None:
    """Run the command line. Whatever command would send something in plain text to another machine ends with code 2."""
    try:
        app()
    except PlaintextRefused as refused:
        typer.echo(str(refused), err=True)
        sys.exit(2)
