"""`casework parked`: the cases that wait for somebody to look, and taking them up again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from casework.shared.cli.options import (
    DEFAULT_DATA_DIR,
    DatabaseOption,
    DataDirOption,
    JsonOption,
    KeyOption,
    UrlOption,
    explained,
    find_target,
)
from casework.shared.cli.relay import ServiceChoice

ServicesOption = Annotated[list[ServiceChoice] | None, typer.Option(help="Only this service; give it several times.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    parked = typer.Typer(help="Cases that wait, because an event of theirs failed.", no_args_is_help=True)
    parked.command("list")(list_parked)
    parked.command()(retry)
    app.add_typer(parked, name="parked")


def list_parked(
    service: ServicesOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the parked cases out of the stores, whether the services run or not."""
    import asyncio

    from casework.shared.audit.walk import open_stores
    from casework.shared.cli.at_rest import database_of_installation
    from casework.shared.contracts.types import rfc3339
    from casework.shared.inbox import parking
    from casework.shared.platform.installation import NotInstalled
    from casework.shared.runtime.claims import AlreadyRunning
    from casework.shared.runtime.data_dir import NoStack
    from casework.shared.runtime.database import StoreUnavailable, begin
    from casework.shared.runtime.processes import StartFailed

    async def work() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with database_of_installation(data_dir, database) as url, open_stores(url) as stores:
            for name in _names(service):
                async with begin(stores.engines[name]) as transaction:
                    for consumer in await parking.consumers(transaction):
                        found += [
                            {
                                "service": name,
                                "consumer": consumer,
                                "case_id": str(case.case_id),
                                "reason": case.reason,
                                "unknown_type": case.unknown_type,
                                "parked_at": rfc3339(case.parked_at),
                                "waiting": case.waiting,
                            }
                            for case in await parking.list_parked(transaction, consumer)
                        ]
        return found

    with explained(NoStack, AlreadyRunning, StartFailed, NotInstalled, StoreUnavailable):
        found = asyncio.run(work())
    if as_json:
        typer.echo(json.dumps(found))
    elif not found:
        typer.echo("no case is parked")
    for case in [] if as_json else found:
        why = f"{case['reason']} ({case['unknown_type']})" if case["unknown_type"] else case["reason"]
        typer.echo(f"{case['case_id']}  {case['service']:<13}  {case['parked_at']}  {case['waiting']} waiting  {why}")


def retry(
    case: Annotated[UUID | None, typer.Argument(help="The case to take up again.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every parked case.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it; nothing changes.")] = False,
    service: ServicesOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a parked case up again, in the running service whose event failed: what waits in it, in order, each event
    once. Exit code 1: something waits on."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    if (case is None) == (not everything):
        raise typer.BadParameter("name one case, or ask for --all")
    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        waiting = [
            (name, parked["case_id"])
            for name in _names(service)
            for parked in ask(client, "GET", f"/v1/parked/{name}")["cases"]
            if everything or parked["case_id"] == str(case)
        ]
        asked = "?dry_run=true" if dry_run else ""
        results = [ask(client, "POST", f"/v1/parked/{name}/{case_id}/retry{asked}") for name, case_id in waiting]
    if as_json:
        typer.echo(json.dumps(results))
    else:
        for result in results:
            typer.echo(f"{result['case_id']}  {result['service']:<13}  {_came_of(result)}")
        if not results:
            typer.echo("no case is parked" if case is None else f"case {case} is not parked")
        else:
            typer.echo(_counted(results))
    raise typer.Exit(1 if any(not result["released"] for result in results) or (case and not results) else 0)


def _came_of(result: Mapping[str, Any]) -> str:
    match result["dry_run"], result["released"]:
        case True, True:
            return "would flow again"
        case True, False:
            return "would fail again and wait on: see the service's log"
        case False, True:
            return "flows again"
    return "failed again and waits on: see the service's log"


def _counted(results: Sequence[Mapping[str, Any]]) -> str:
    """Such as `3 events, 1 case, 0 duplicates`: what waited, in how many cases, and what was left out."""
    counts = {
        "event": sum(result["events"] for result in results),
        "case": len({result["case_id"] for result in results}),
        "duplicate": sum(result["duplicates"] for result in results),
    }
    return ", ".join(f"{many} {what}{'' if many == 1 else 's'}" for what, many in counts.items())


def _names(chosen: list[ServiceChoice] | None) -> list[Any]:
    return [choice.value for choice in chosen or ServiceChoice]
