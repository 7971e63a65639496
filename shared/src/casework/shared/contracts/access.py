"""Reading what is restricted is an event too: who opened which part of a case file, and what for.

Each service subclasses these, so that a class stands for exactly one registered type name.
"""

from __future__ import annotations

from dataclasses import dataclass

from casework.shared.contracts.types import Sentence, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The envelope's actor read a restricted part of the case file. `purpose` is theirs, and holds nothing personal."""

    part: Word
    purpose: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The envelope's actor asked for a restricted part of the case file and was not given it."""

    part: Word
    purpose: Sentence
