"""Rules of an institution, for tests that need others than those that ship."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from casework.shared.clocks.calendars import Calendar
from casework.shared.clocks.deadlines import Bilingual, DeadlinePolicy, PauseCause
from casework.shared.clocks.ladders import Ladder
from casework.shared.clocks.rulebook import Institution, Rulebook
from casework.shared.contracts.lengths import Length
from casework.shared.policies.shipped_rulebook import rulebook

ALWAYS = ("internal.answer", "internal.finish")
"""Without these two an open case could be without a due time."""


def rules(
    *policies: str,
    calendar: str = "UK-ENG",
    own: Sequence[DeadlinePolicy] = (),
    ladders: Sequence[Ladder] = (),
    calendar_of: Callable[[str, str | None], Calendar] | None = None,
) -> Rulebook:
    """The shipped rules with the institution's own over them; `policies` are what it asks for, beside `ALWAYS`."""
    shipped = rulebook()
    return Rulebook(
        institution=Institution(calendar=calendar, policies=(*policies, *ALWAYS)),
        policies=(*shipped.policies, *own),
        ladders=(*ladders, *shipped.ladders),
        calendar_of=calendar_of or shipped.calendar_of,
    )


def shipped(policy: str) -> DeadlinePolicy:
    """A shipped policy."""
    return next(each for each in rulebook().policies if each.id == policy)


def of_length(policy: str, length: Length, *, version: int = 2) -> DeadlinePolicy:
    """A shipped policy with another length, as a higher version."""
    return replace(shipped(policy), version=version, length=length)


def that_pauses(policy: DeadlinePolicy, cause: str, cap: Length) -> DeadlinePolicy:
    """A policy that stands still for a cause, without proof."""
    title = Bilingual(en="A supplier must answer first.", zh="须等待供应商答复。")
    return replace(policy, pauses=(PauseCause(cause=cause, title=title, cap=cap, proof=False),))
