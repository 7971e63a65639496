"""`casework demo`: the whole journey, from an empty folder to a verified audit trail."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    KafkaOption,
    PrefixOption,
    explained,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casework.shared.cli.stack import RunningStack
    from casework.shared.integrator.posts import ComplaintPost
    from casework.shared.integrator.table import BadRow

SEED = 7
DEFAULT_CASES = 600


def register(app: typer.Typer) -> None:
    """Add the command to `casework`."""
    app.command()(demo)


def demo(
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Post this file instead of the sample.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="The file's format: cfpb.")] = "cfpb",
    cases: Annotated[int | None, typer.Option(min=1, help="How many complaints.")] = None,
    exit_: Annotated[bool, typer.Option("--exit", help="End after the summary instead of serving on.")] = False,
    as_json: JsonOption = False,
    split: Annotated[bool, typer.Option("--split", help="One process for each service.")] = False,
    port: Annotated[int, typer.Option(help="The port of the whole API.")] = 8000,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
) -> None:
    """Take complaints from the inbox to closure by a standing solution, verify the audit trail, and serve on."""
    from aiokafka.errors import KafkaError
    from rich.console import Console

    from casework.shared.cli.stack import StackOptions, running_stack
    from casework.shared.errors import CaseworkError
    from casework.shared.platform.installation import ShardsAreFixed
    from casework.shared.runtime.claims import AlreadyRunning, PortTaken
    from casework.shared.runtime.database import StoreUnavailable
    from casework.shared.runtime.processes import StartFailed
    from casework.shared.runtime.supervisor import ChildNews, Interrupted
    from casework.shared.runtime.topic_admin import TopicsRefused, WrongPartitions

    if format_ != "cfpb":
        raise typer.BadParameter("only cfpb files can be read", param_hint="--format")
    console = Console(stderr=True)

    def tell(news: ChildNews) -> None:
        console.print(f"  {news.child}: {news.happening} {news.detail}".rstrip(), highlight=False)

    options = StackOptions(
        data_dir=data_dir,
        port=port,
        database=database,
        kafka=kafka,
        split=split,
        topic_prefix=topic_prefix,
        straight_through=Path(str(files("casework.shared") / "policies" / "straight-through-demo.toml")),
    )

    async def work() -> None:
        try:
            console.print("Starting the parts and the four services ...")
            async with running_stack(options, tell) as stack:
                journey = _journey(stack, options.data_dir, file, cases, quiet=as_json)
                summary = await stack.supervisor.meanwhile(journey)
                if as_json:
                    typer.echo(json.dumps(summary))
                else:
                    _tell_summary(console, summary)
                if not exit_:
                    console.print(f"\n[bold]Casework serves on at {stack.url}[/bold] (Ctrl-C ends it)")
                    console.print(f"  API pages: {stack.url}/docs\n  your key:  {stack.key}", highlight=False)
                    await stack.supervisor.run()
        except Interrupted:
            console.print("Stopped.")

    with (
        explained(AlreadyRunning, PortTaken, StartFailed, ShardsAreFixed, StoreUnavailable),
        explained(KafkaError, WrongPartitions, TopicsRefused, CaseworkError),
    ):
        asyncio.run(work())


def _posts(
    file: Path | None, cases: int | None, known: int
) -> tuple[Iterator[ComplaintPost | BadRow], int | None, str]:
    """What to post. With `known` cases there already, the sample is continued and not repeated."""
    from casework.shared.integrator.cfpb import read_cfpb
    from casework.shared.integrator.sample import generate

    if file is not None:
        return islice(read_cfpb(file, cases), cases), cases, file.name
    many = cases or DEFAULT_CASES
    return generate(many, SEED + known), many, f"sample-{SEED + known}-{many}"


async def _journey(
    stack: RunningStack, data_dir: Path, file: Path | None, cases: int | None, *, quiet: bool
) -> dict[str, Any]:
    """Post, wait until every accepted complaint is closed, verify; the summary."""
    from casework.shared.cli.posting import counted, post_all, progress_bar

    loop = asyncio.get_running_loop()
    before = await _counts(stack)
    posts, total, name = _posts(file, cases, before["open"] + before["closed"])
    started = loop.time()
    report = await post_all(
        posts,
        servers=stack.kafka_servers,
        idempotent=not stack.embedded_kafka,
        topic_prefix=stack.topic_prefix,
        data_dir=data_dir,
        name=name,
        total=total,
        quiet=quiet,
    )
    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task("closed  ", total=report.accepted)
        last, since = -1, loop.time()
        while True:
            counts = await _counts(stack)
            closed = counts["closed"] - before["closed"]
            bar.update(task, completed=closed)
            if closed != last:
                last, since = closed, loop.time()
            if closed >= report.accepted or loop.time() - since > 60:
                break
            await asyncio.sleep(0.1)
    seconds = (since if last else loop.time()) - started
    if not quiet:
        typer.echo("Verifying the audit trail ...", err=True)
    verified = await _verify(stack)
    outcomes = (await _counts(stack, outcomes=True))["outcomes"]
    found = counted(report)
    del found["seconds"]
    return {
        **found,
        "closed": closed,
        "open": counts["open"],
        "outcomes": outcomes,
        "events": verified[0],
        "faults": verified[1],
        "seconds": round(seconds, 3),
        "cases_per_second": round(closed / seconds, 1) if seconds else 0.0,
    }


async def _counts(stack: RunningStack, *, outcomes: bool = False) -> dict[str, Any]:
    import httpx2 as httpx

    async with httpx.AsyncClient(timeout=10.0) as client:
        while True:
            try:
                response = await client.get(
                    f"{stack.url}/v1/case-counts",
                    params={"outcomes": outcomes},
                    headers={"authorization": f"Bearer {stack.key}"},
                )
                if response.status_code == 200:
                    return dict(response.json())
            except httpx.HTTPError:
                pass  # a service that is being started again answers in a moment; Ctrl-C ends the wait
            await asyncio.sleep(0.2)


async def _verify(stack: RunningStack) -> tuple[int, int]:
    """Events and faults of the stores."""
    from casework.shared.audit.sources import verify_stores

    report = await verify_stores(stack.database_url)
    return report.events, report.faults


def _tell_summary(console: Any, summary: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title="What happened", show_header=False)
    for name, value in summary.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), shown)
    console.print(table)
