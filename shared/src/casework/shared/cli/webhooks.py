"""`casework webhooks`: who is told of events, what became of the deliveries, and sending them again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

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

WebhookArgument = Annotated[UUID, typer.Argument(help="The id of the webhook; `casework webhooks list` shows them.")]
MOST_PAGE = 200


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    webhooks = typer.Typer(help="Webhooks: who is told of events, and whether it arrived.", no_args_is_help=True)
    webhooks.command("list")(list_webhooks)
    webhooks.command()(deliveries)
    webhooks.command()(redeliver)
    app.add_typer(webhooks, name="webhooks")


def list_webhooks(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the webhooks. Exit code 1: one of them is stopped because its receiver failed."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        found: list[dict[str, Any]] = ask(client, "GET", "/v1/webhooks")
    if as_json:
        typer.echo(json.dumps(found))
    elif not found:
        typer.echo("there is no webhook")
    for each in [] if as_json else found:
        last = each["last_success_at"] or "never"
        typer.echo(f"{each['id']}  {each['state']:<8}  last arrived {last}  {each['url']}  {each['description']}")
    raise typer.Exit(1 if any(each["state"] in ("disabled", "gone") for each in found) else 0)


def deliveries(
    webhook: WebhookArgument,
    state: Annotated[str | None, typer.Option(help="waiting, delivered or failed; all when absent.")] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 50,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what became of deliveries, newest first."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    if state not in (None, "waiting", "delivered", "failed"):
        raise typer.BadParameter("--state is waiting, delivered or failed")
    found: list[dict[str, Any]] = []
    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        filtered, cursor = "" if state is None else f"&state={state}", ""
        while len(found) < most:
            limit = min(most - len(found), MOST_PAGE)
            page = ask(client, "GET", f"/v1/webhooks/{webhook}/deliveries?limit={limit}{filtered}{cursor}")
            found += page["items"]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
    if as_json:
        typer.echo(json.dumps(found))
    elif not found:
        typer.echo("there is no such delivery")
    for each in [] if as_json else found:
        last = each["tries"][-1] if each["tries"] else None
        said = "not tried yet" if last is None else f"{last['reason']} {last['status'] or ''}".strip()
        typer.echo(
            f"{each['id']}  {each['made_at']}  {each['state']:<9}  {each['attempts']} tries, {said}  {each['type']}"
        )


def redeliver(
    webhook: WebhookArgument,
    delivery: Annotated[UUID | None, typer.Argument(help="One delivery, whatever became of it.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
            help="All that failed of what was made since then (UTC unless it says otherwise).",
        ),
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send one delivery again, or all failed ones since a time. Exit code 1: there was none."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    if (delivery is None) == (since is None):
        raise typer.BadParameter("name one delivery, or give --since")
    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        if since is None:
            done = ask(client, "POST", f"/v1/webhooks/{webhook}/deliveries/{delivery}/redelivery", {})
        else:
            at = since if since.tzinfo is not None else since.replace(tzinfo=UTC)
            done = ask(client, "POST", f"/v1/webhooks/{webhook}/redeliveries", {"since": at.isoformat()})
    typer.echo(json.dumps(done) if as_json else f"{done['put_back']} put back into their lines")
    raise typer.Exit(0 if done["put_back"] else 1)
