"""A way by which notices go out: mail today, a webhook when there is one.

Invariant: a channel never says `NotTaken` or `Refused` of a letter that may have been taken. Where it cannot know, it
says `Unknown`, and the letter is not sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from casework.followup.letters import Letter


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side does not want it, now or later. `code` is its answer, such as `550`."""

    code: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The other side surely does not have it, and may take it later. `code` is its answer, or the kind of failure."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the other side has it. `code` is the kind of failure."""

    code: str


Outcome: TypeAlias = Taken | Refused | NotTaken | Unknown


class ChannelAway(Exception):
    """The channel cannot be used now. Nothing was sent. `code` says why, in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Channel(Protocol):
    """`name` stands in the outbox. `open` comes before the first `send` and again after a `close`."""

    name: str

    async def open(self) -> None:
        """Make ready to send; nothing where it is ready. Raises `ChannelAway`."""

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one letter. Raises nothing of its own."""

    async def close(self) -> None:
        """Let go of what `open` made. Raises nothing."""
