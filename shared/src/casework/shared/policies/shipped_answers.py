"""What an institution says of its answers: the wording that is not sent and the ways outside, shipped or its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from casework.shared.answers.routes import Route, parse_routes
from casework.shared.answers.wording import Wording, parse_wording
from casework.shared.contracts.policy_text import InvalidPolicy

SHIPPED = files("casework.shared") / "policies"


def wording(own: Path | None = None) -> Wording:
    """The wording of the institution's own file, or the shipped one. Raises `InvalidPolicy` where it is wrong or no
    UTF-8, and OSError where it cannot be read."""
    return _shipped_wording() if own is None else parse_wording(_text(own), own.name)


def routes(own: Path | None = None) -> tuple[Route, ...]:
    """The ways outside of the institution's own file, or those that ship. Raises as `wording` does."""
    return _shipped_routes() if own is None else parse_routes(_text(own), own.name)


@cache
def _shipped_routes() -> tuple[Route, ...]:
    folder = sorted((SHIPPED / "routes").iterdir(), key=lambda file: file.name)
    return tuple(
        route
        for file in folder
        if file.name.endswith(".toml")
        for route in parse_routes(file.read_text(encoding="utf-8"), file.name)
    )


@cache
def _shipped_wording() -> Wording:
    name = "internal.toml"
    return parse_wording((SHIPPED / "wording" / name).read_text(encoding="utf-8"), name)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
