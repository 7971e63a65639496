"""Reading deadline policies from files: those that are shipped, and an institution's own.

Invariant: a set is read whole or not at all, so nobody runs on half of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from casework.shared.clocks.deadline_files import parse_deadlines, require_unambiguous
from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.contracts.policy_text import InvalidPolicy


def deadlines_of_package() -> tuple[DeadlinePolicy, ...]:
    """The shipped policies. Raises `InvalidPolicy` where a file is wrong."""
    return read_deadlines(files("casework.shared") / "policies" / "deadlines")


def read_deadlines(*folders: Traversable) -> tuple[DeadlinePolicy, ...]:
    """The policies of every `*.toml` in the folders, in the order of folders and names; a `Path` is a folder, too.

    Raises `InvalidPolicy` where a file is wrong, is no UTF-8, or contradicts another, and OSError where a folder
    cannot be read. To replace a shipped policy, put the same id with a higher version in a folder of your own.
    """
    policies = tuple(policy for folder in folders for policy in _of_folder(folder))
    require_unambiguous(policies)
    return policies


def _of_folder(folder: Traversable) -> Iterator[DeadlinePolicy]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
            yield from parse_deadlines(text, file.name)
