"""`casework load`: an integrator's client that posts a file of complaints and waits for every answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from casework.shared.cli.histories import servicenow, sf311
from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DataDirOption,
    JsonOption,
    KafkaOption,
    PrefixOption,
    explained,
    find_target,
)


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    load = typer.Typer(
        help="Post a file of complaints to the inbox, or import recorded histories.", no_args_is_help=True
    )
    for command in (cfpb, servicenow, sf311):
        load.command()(command)
    load.callback()(lambda: None)
    app.add_typer(load, name="load")


def cfpb(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CFPB export, plain or .gz.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many rows.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Post a CFPB complaint file, and repost until every row has its receipt or its rejection."""
    from casework.shared.cli.posting import counted, post_all
    from casework.shared.errors import CaseworkError
    from casework.shared.integrator.cfpb import read_cfpb
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, CaseworkError):
        target = find_target(data_dir, kafka=kafka)
        report = asyncio.run(
            post_all(
                read_cfpb(path, limit),
                servers=target.kafka,
                idempotent=not target.embedded_kafka,
                topic_prefix=topic_prefix,
                data_dir=data_dir,
                name=path.name,
                total=None,
                quiet=as_json,
            )
        )
    counts = counted(report)
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in counts.items() if name != "problems"))
        for problem in report.problems:
            typer.echo(f"  {problem}", err=True)
