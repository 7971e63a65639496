"""The limits of authority and the catalogue of remedies: those that ship, or an institution's own files in their
place."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.remedies.catalogue import Catalogue, parse_catalogue
from casework.shared.remedies.limits import Authority, parse_authority

_SHIPPED = files("casework.shared") / "policies"


def authority(file: Traversable | None = None) -> Authority:
    """The limits of a file (a `Path` is one), else the shipped ones. Raises `InvalidPolicy` and OSError."""
    return parse_authority(*_text(file or _SHIPPED / "authority" / "internal.toml"))


def catalogue(file: Traversable | None = None) -> Catalogue:
    """The catalogue of a file (a `Path` is one), else the shipped one. Raises `InvalidPolicy` and OSError."""
    return parse_catalogue(*_text(file or _SHIPPED / "remedies" / "internal.toml"))


def _text(file: Traversable) -> tuple[str, str]:
    try:
        return file.read_text(encoding="utf-8"), file.name
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
