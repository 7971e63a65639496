"""When a delivery that failed is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SCHEDULE = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Mean seconds before each further try: ten tries over at least 75 hours and 35 minutes, those of Standard Webhooks."""
LONGEST_ASKED = timedelta(days=1)
"""A receiver may ask (Retry-After) to be left alone for so long at most."""


@dataclass(frozen=True, slots=True)
class Retries:
    """`means` are the mean pauses; each is drawn between nothing and twice its mean (full jitter), so that receivers
    that come back are not met by everybody at once. The last one also makes up what the others fell short of their
    sum: of many deliveries the first to be tried for the last time decides for its webhook, and of many draws one is
    always short. `draw` gives a number from 0 to 1."""

    means: tuple[float, ...] = SCHEDULE
    draw: Callable[[], float] = random.random

    def after(self, tries: int, since_first: timedelta, asked: timedelta | None) -> timedelta | None:
        """The pause after so many tries, of which the first was so long ago, at least what the receiver asked for; None
        where that was the last try."""
        if tries > len(self.means):
            return None
        pause = timedelta(seconds=2 * self.means[tries - 1] * self.draw())
        if tries == len(self.means):
            pause = max(pause, timedelta(seconds=sum(self.means)) - since_first)
        return pause if asked is None else max(pause, min(asked, LONGEST_ASKED))


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds, or an HTTP date; None for none, a past one or nonsense."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ASKED)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at - now if at > now else None


def schedule_of(text: str) -> tuple[float, ...]:
    """The pauses of a setting such as `5,300,1800`. Raises ValueError."""
    means = tuple(float(each) for each in text.split(",") if each.strip())
    if not means or len(means) > 50 or not all(0 < each <= 7 * 86_400 for each in means):
        raise ValueError("webhook_retry_s: 1 to 50 pauses in seconds, each above 0 and at most a week")
    return means
