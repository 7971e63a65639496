"""`casework privacy`: erasing a person, and what became of it."""

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
    privacy = typer.Typer(help="A person's rights over their data.", no_args_is_help=True)
    privacy.command()(erase)
    privacy.command()(report)
    app.add_typer(privacy, name="privacy")


def erase(
    case: Annotated[UUID | None, typer.Option(help="Erase the complainant of this case.")] = None,
    person: Annotated[UUID | None, typer.Option(help="Erase this person, in all their cases.")] = None,
    reason: Annotated[str, typer.Option(help="request, consent-withdrawn or unlawful.")] = "request",
    reference: Annotated[str | None, typer.Option(help="How the requester knows the request; no spaces.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: this cannot be undone.")] = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy the keys of a person, for good. Refused while a case of theirs is open or under legal hold."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    if (case is None) == (person is None):
        raise typer.BadParameter("name one case, or one person")
    if not yes:
        typer.confirm("What they wrote can never be read again. Erase?", abort=True)
    body: dict[str, Any] = {"reason": reason}
    body |= {"case_id": str(case)} if case is not None else {"person": str(person)}
    if reference is not None:
        body["reference"] = reference
    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        done = ask(client, "POST", "/v1/erasures", body)
    if as_json:
        typer.echo(json.dumps(done))
    elif done["erasure_id"] is None:
        typer.echo("nothing was left to erase")
    else:
        cases = len(done["cases"])
        typer.echo(f"erased: {cases} case{'s' * (cases != 1)}; casework privacy report {done['erasure_id']}")


def report(
    erasure: Annotated[UUID, typer.Argument(help="The erasure.")],
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was purged where, and what is waited for. Exit code 1: it is not complete yet."""
    from casework.shared.cli.calls import NotAnswered, ask, client_of
    from casework.shared.runtime.data_dir import NoStack

    with explained(NoStack, NotAnswered), client_of(find_target(data_dir, url=url, key=key)) as client:
        found = ask(client, "GET", f"/v1/erasures/{erasure}")
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for each in found["purged"]:
            rows = "" if each["rows"] is None else f"  {each['rows']}"
            typer.echo(f"{each['purged_at']}  {each['where']:<13}  {each['place']}{rows}")
        for waits in found["waiting_for"]:
            typer.echo(f"waiting for {waits}")
    raise typer.Exit(0 if found["complete"] else 1)
