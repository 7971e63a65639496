"""Options that several commands share, and how a command finds the stack it talks to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from casework.shared.runtime.data_dir import DataDir, NoStack

DataDirOption: TypeAlias = Annotated[
    Path, typer.Option("--data-dir", envvar="CASEWORK_DATA_DIR", help="The folder of the installation.")
]


def _database_url(given: str | None) -> str | None:
    # Not echoed when it is wrong: it may hold a password.
    if given is not None and re.fullmatch(r"postgres(ql)?://[^/]+/[^/]+", given) is None:
        raise typer.BadParameter("it has the form postgresql://user:password@host:port/database")
    return given


DatabaseOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="CASEWORK_DATABASE_URL",
        help="postgresql://user:password@host/db",
        callback=_database_url,
    ),
]
KafkaOption: TypeAlias = Annotated[
    str | None, typer.Option("--kafka", envvar="CASEWORK_KAFKA_SERVERS", help="host:port[,host:port]")
]
UrlOption: TypeAlias = Annotated[
    str | None, typer.Option("--url", envvar="CASEWORK_URL", help="Where the stack answers HTTP.")
]
KeyOption: TypeAlias = Annotated[str | None, typer.Option("--key", envvar="CASEWORK_KEY", help="The API key to use.")]
PrefixOption: TypeAlias = Annotated[
    str, typer.Option("--topic-prefix", envvar="CASEWORK_TOPIC_PREFIX", help="The prefix of the installation's topics.")
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]

DEFAULT_DATA_DIR = Path(".casework")


@dataclass(frozen=True, slots=True)
class Target:
    """The stack a command talks to."""

    url: str
    key: str
    database: str
    kafka: str
    embedded_kafka: bool


def find_target(
    data_dir: Path,
    *,
    url: str | None = None,
    key: str | None = None,
    database: str | None = None,
    kafka: str | None = None,
) -> Target:
    """The running stack of the data directory, with whatever is given put in its place.

    Raises `NoStack` when something is missing and no stack runs there.
    """
    try:
        stack = DataDir(data_dir).read_stack()
    except NoStack:
        if url is None and database is None and kafka is None:
            raise
        # A broker that takes no idempotent producer is none of ours here, and only the environment can say so.
        plain = os.environ.get("CASEWORK_KAFKA_IDEMPOTENCE") == "false"
        return Target(url or "", key or "", database or "", kafka or "", embedded_kafka=plain)
    return Target(
        url or stack.url,
        key or stack.key,
        database or stack.database_url,
        kafka or stack.kafka_servers,
        embedded_kafka=kafka is None and os.environ.get("CASEWORK_KAFKA_IDEMPOTENCE") != "true",
    )


_ADVICE = {
    "KeyFileError": "{}",
    "StoreUnavailable": "The database does not answer ({}). Start it, or name the right one with --database.",
    "KafkaError": "The broker does not answer ({}). Start it, or name the right one with --kafka.",
}
"""For errors whose own words are only the driver's; the first kind of an error that stands here is what it is explained
as. By name, so that commands without them need not import them."""


@contextmanager
def explained(*expected: type[Exception]) -> Iterator[None]:
    """Errors that a person can do something about end the command with their own words and code 2."""
    try:
        yield
    except expected as error:
        advice = next((_ADVICE[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _ADVICE), "{}")
        typer.echo(advice.format(error), err=True)
        raise typer.Exit(2) from None
