"""The kinds of hand-off and the teams: those that ship, or an institution's own file in their place."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.handoffs.kind_files import parse_hand_offs
from casework.shared.handoffs.kinds import HandOffRules
from casework.shared.policies.shipped_calendars import calendar


def hand_offs_of_package() -> HandOffRules:
    """The shipped kinds; teams are every institution's own, so none ships."""
    return read_hand_offs(files("casework.shared") / "policies" / "handoffs" / "internal.toml")


def read_hand_offs(file: Traversable) -> HandOffRules:
    """The kinds and teams of a file; a `Path` is one, too. Its teams are open by the shipped calendars.

    Raises `InvalidPolicy` where it is wrong or no UTF-8, and OSError where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
    return parse_hand_offs(text, file.name, calendar)
