"""`casework case`: where a case stands, as a call centre reads it."""

from __future__ import annotations

import json
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


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    case = typer.Typer(help="One case.", no_args_is_help=True)
    case.command()(show)
    case.callback()(lambda: None)
    app.add_typer(case, name="case")


def show(
    case: Annotated[UUID, typer.Argument(help="The case id.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where a case stands, in English and Chinese, and what has happened in it."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        status = ask(client, "GET", f"/v1/cases/{case}")
        events = ask(client, "GET", f"/v1/cases/{case}/events")
    if as_json:
        typer.echo(json.dumps({"status": status, "events": events}, ensure_ascii=False))
        return
    _tell(status)
    typer.echo("")
    for item in events:
        event = item["event"]
        words = event["type"].split(".")[2].replace("-", " ")
        typer.echo(f"{event['time']}  {item['service']:<13}  {words}  (by {event['actor']})")


def _tell(status: dict[str, Any]) -> None:
    words, action = status["stage_words"], status["next_action"]
    lines = [
        ("case / 案件", status["case_id"]),
        ("stage / 阶段", f"{words['en']} / {words['zh']}"),
        ("owner / 负责人", status["owner"]),
        ("held by / 经办", status["holder"] or "nobody / 无"),
        ("next / 下一步", f"{action['en']} / {action['zh']}"),
        ("received / 受理", status["received_at"]),
        ("changed / 更新", status["changed_at"]),
    ]
    lines += [(name, status[name]) for name in ("decision", "reply", "outcome") if name in status]
    for name, value in lines:
        typer.echo(f"{name}: {value}")
