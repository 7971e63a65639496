"""`casework load servicenow` and `casework load sf311`: recorded histories, posted and lived through again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DataDirOption,
    JsonOption,
    KafkaOption,
    KeyOption,
    PrefixOption,
    Target,
    UrlOption,
    explained,
    find_target,
)

if TYPE_CHECKING:
    from uuid import UUID

    from casework.shared.integrator.histories import History
    from casework.shared.integrator.table import BadRow

Read: TypeAlias = "Callable[[Path, int | None], Iterator[History | BadRow]]"

_SHOWN = 20


def servicenow(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An incident log, plain or .gz.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases.")] = None,
    at_once: Annotated[int | None, typer.Option(min=1, max=200, help="How many cases go on at a time.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Import an incident log of ServiceNow: every case with its steps, at the times when they happened.

    Running it again is harmless. Exit code 1: a case stopped before its last step.
    """
    from casework.shared.integrator.servicenow import read_servicenow

    target = _target(data_dir, url, key, kafka)
    _import(read_servicenow, path, limit, at_once, target, topic_prefix, data_dir, as_json=as_json)


def sf311(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file of requests, plain or .gz.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many cases.")] = None,
    at_once: Annotated[int | None, typer.Option(min=1, max=200, help="How many cases go on at a time.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    kafka: KafkaOption = None,
    topic_prefix: PrefixOption = "",
    as_json: JsonOption = False,
) -> None:
    """Import service requests of San Francisco's 311, with their steps at the times when they happened.

    Running it again is harmless. Exit code 1: a case stopped before its last step.
    """
    from casework.shared.integrator.sf311 import read_sf311

    target = _target(data_dir, url, key, kafka)
    _import(read_sf311, path, limit, at_once, target, topic_prefix, data_dir, as_json=as_json)


def _target(data_dir: Path, url: str | None, key: str | None, kafka: str | None) -> Target:
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack):
        target = find_target(data_dir, url=url, key=key, kafka=kafka)
    for value, option in ((target.url, "--url"), (target.key, "--key"), (target.kafka, "--kafka")):
        if not value:
            raise typer.BadParameter("no stack runs here, so it must be given", param_hint=option)
    return target


def _import(
    read: Read,
    path: Path,
    limit: int | None,
    at_once: int | None,
    target: Target,
    topic_prefix: str,
    data_dir: Path,
    *,
    as_json: bool,
) -> None:
    from casework.shared.errors import CaseworkError

    with explained(CaseworkError):
        summary = asyncio.run(
            import_histories(read, path, limit, at_once, target, topic_prefix, data_dir, quiet=as_json)
        )
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in summary.items() if not isinstance(value, list)))
        for problem in (*summary["rejections"], *summary["stops"]):
            typer.echo(f"  {problem}", err=True)
    if summary["stopped"]:
        raise typer.Exit(1)


async def import_histories(
    read: Read,
    path: Path,
    limit: int | None,
    at_once: int | None,
    target: Target,
    topic_prefix: str,
    data_dir: Path,
    *,
    quiet: bool,
) -> dict[str, Any]:
    """Post every complaint, wait for the answers, then do the steps of those that have a case; the summary."""
    import httpx2 as httpx

    from casework.shared.cli.posting import counted, post_all, progress_bar
    from casework.shared.integrator.driver import AT_ONCE, Driven, drive
    from casework.shared.integrator.histories import History

    rows: Counter[str] = Counter()

    def posts() -> Iterator[Any]:
        for item in read(path, limit):
            if isinstance(item, History):
                rows["rows"] += item.rows
                rows["steps"] += len(item.steps)
            yield item.post if isinstance(item, History) else item

    report = await post_all(
        posts(),
        servers=target.kafka,
        idempotent=not target.embedded_kafka,
        topic_prefix=topic_prefix,
        data_dir=data_dir,
        name=path.name,
        total=None,
        quiet=quiet,
    )
    cases = _cases(data_dir, path.name)
    many = at_once or AT_ONCE
    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task("steps   ", total=rows["steps"])

        def show(driven: Driven) -> None:
            bar.update(task, completed=driven.steps)

        async with httpx.AsyncClient(
            base_url=target.url,
            headers={"authorization": f"Bearer {target.key}"},
            timeout=30.0,
            limits=httpx.Limits(max_connections=many, max_keepalive_connections=many),
        ) as http:
            driven = await drive(_with_case(read(path, limit), cases), http, at_once=many, progress=show)
    posted = counted(report)
    return {
        "rows": rows["rows"],
        "cases": driven.cases,
        **{name: posted[name] for name in ("submitted", "accepted", "updated", "duplicates", "rejected")},
        "steps": driven.steps,
        "steps_known": driven.known,
        "asked_again": driven.asked_again,
        "stopped": len(driven.stopped),
        "seconds": round(report.seconds + driven.seconds, 3),
        "steps_per_second": round(driven.steps / driven.seconds, 1) if driven.seconds else 0.0,
        "rejections": list(report.problems),
        "stops": [f"{each.source_reference}: {each.step}: {each.reason}" for each in driven.stopped[:_SHOWN]],
    }


def _cases(data_dir: Path, name: str) -> dict[tuple[str, str], UUID]:
    """The case of each complaint, by the receipts in the journal."""
    from uuid import UUID

    from casework.shared.integrator.journal import Journal

    with Journal.of(data_dir, name) as journal:
        return {(e.source, e.source_reference): UUID(e.case_id) for e in journal.entries() if e.case_id is not None}


def _with_case(found: Iterator[History | BadRow], cases: dict[tuple[str, str], UUID]) -> Iterator[tuple[History, UUID]]:
    """The histories whose complaint has a case: what was rejected has none."""
    from casework.shared.integrator.histories import History

    for item in found:
        if isinstance(item, History):
            case_id = cases.get((item.post.source, item.post.source_reference))
            if case_id is not None:
                yield item, case_id
