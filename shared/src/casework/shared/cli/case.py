"""`casework case`: where a case stands and what happened in it, as a manager or a call centre reads it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

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

if TYPE_CHECKING:
    import httpx2 as httpx

    from casework.shared.cli.case_page import Speech

WIDTH = 100
"""How wide a page is where nobody says so: not on a terminal."""
NARROWEST, WIDEST = 60, 140
FORBIDDEN, UNKNOWN = 403, 404


def register(app: typer.Typer) -> None:
    """Add the commands to `casework`."""
    case = typer.Typer(help="One case.", no_args_is_help=True)
    case.command()(show)
    case.callback()(lambda: None)
    app.add_typer(case, name="case")


def _language(given: str | None) -> str | None:
    if given not in (None, "en", "zh"):
        raise typer.BadParameter("it is en or zh")
    return given


def _zone(given: str | None) -> str | None:
    try:
        return given if given is None else ZoneInfo(given).key
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(f"there is no zone {given}; name one such as Asia/Shanghai") from None


def show(
    case: Annotated[UUID, typer.Argument(help="The case id.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what only the machinery did.")] = False,
    lang: Annotated[
        str | None, typer.Option(help="en or zh; else that of the environment.", callback=_language)
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="The zone of the times, else this machine's.", callback=_zone)
    ] = None,
    parts: Annotated[
        list[str] | None, typer.Option("--open", help="Open a restricted part, such as intake/words. It is recorded.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="What the restricted part is read for.")] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a case on one page: where it stands, what it is about, what was found, answered and promised, its story."""
    from casework.shared.cli.calls import NotAnswered, client_of
    from casework.shared.cli.case_page import Speech
    from casework.shared.runtime.data_dir import NoStack

    if parts and not purpose:
        raise typer.BadParameter("say what for: --purpose TEXT", param_hint="--open")
    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        found = read_case(client, case)
        found["opened"] = [_opened(client, case, part, purpose or "", found["files"]) for part in parts or ()]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    speech = Speech("zh" if (lang or _of_environment()) == "zh" else "en", None if zone is None else ZoneInfo(zone))
    typer.echo(_drawn(found, speech, everything=everything), nl=False)


def read_case(client: httpx.Client, case: UUID) -> dict[str, Any]:
    """What the services answer of a case. The file of a service that the key may not read is left out; one that does
    not know the case yet has nothing in its file. Raises `NotAnswered`."""
    from casework.shared.cli.calls import ask
    from casework.shared.contracts.ids import SERVICES

    path = f"/v1/cases/{case}"
    found = {
        "status": ask(client, "GET", path),
        "events": ask(client, "GET", f"{path}/events"),
        "clocks": ask(client, "GET", f"{path}/clocks", unless=(UNKNOWN,)) or [],
    }
    files: dict[str, Any] = {}
    for service in SERVICES:
        version = found["status"]["versions"].get(service, 0)
        answer = ask(client, "GET", f"{path}/files/{service}", unless=(FORBIDDEN, UNKNOWN))
        if answer is not None or version == 0:
            files[service] = answer or {"file": {}, "restricted": []}
    return found | {"files": files}


def _opened(
    client: httpx.Client, case: UUID, part: str, purpose: str, files: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """A restricted part, opened on record. Raises `NotAnswered` where it is none or may not be read."""
    from casework.shared.cli.calls import NotAnswered, ask

    service, _, name = part.rpartition("/")
    having = [one for one, file in files.items() if name in file["restricted"] and service in ("", one)]
    if len(having) != 1:
        known = ", ".join(f"{one}/{each}" for one, file in files.items() for each in file["restricted"])
        which = "is in several files; say which" if having else "is no restricted part"
        raise NotAnswered(f"{part} {which}: {known or 'the files that this key may read have none'}.")
    body = {"part": name, "purpose": purpose}
    answer = ask(client, "POST", f"/v1/cases/{case}/files/{having[0]}/openings", body)
    return {"service": having[0], "part": name, "file": answer["file"]}


def _of_environment() -> str:
    """The language of the environment, by the first variable that names one."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((one for one in named if one), "")[:2]


def _drawn(found: Mapping[str, Any], speech: Speech, *, everything: bool) -> str:
    from casework.shared.cli.case_page import Found, drawn, page_of

    opened: Sequence[Mapping[str, Any]] = found["opened"]
    known = Found(found["status"], found["events"], found["clocks"], found["files"], datetime.now(UTC))
    terminal = sys.stdout.isatty()
    width = max(NARROWEST, min(shutil.get_terminal_size((WIDTH, 0)).columns, WIDEST))
    sections = page_of(known, speech, everything=everything, opened=opened)
    return drawn(sections, width=width, color=terminal and "NO_COLOR" not in os.environ)
