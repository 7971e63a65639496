"""The lists of codes: those that ship, or an institution's own file in their place."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from casework.shared.codes.list_files import parse_codes
from casework.shared.codes.lists import CodeLists
from casework.shared.contracts.policy_text import InvalidPolicy


def codes_of_package() -> CodeLists:
    """The shipped lists."""
    return read_codes(files("casework.shared") / "policies" / "codes" / "internal.toml")


def read_codes(file: Traversable) -> CodeLists:
    """The lists of a file; a `Path` is one, too.

    Raises `InvalidPolicy` where it is wrong or no UTF-8, and OSError where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
    return parse_codes(text, file.name)
