"""The wording that is not sent: six taboos, the bad phrases that break them, and where a text breaks which.

Invariant: pure. The same text and wording always give the same findings; what is found is quoted, nothing is changed.

    id = "internal.wording"
    version = 1

    [[taboo]]
    id = "evades"
    title = { en = "Evades", zh = "推卸责任" }
    instead = { en = "Say what we do about it.", zh = "说明我们会怎么处理。" }
    patterns = ["not our (?:problem|department)", "不归我们管"]
    unless = []

    [[phrase]]
    id = "nothing-to-do-with-us"
    breaks = "evades"
    patterns = ["nothing to do with us", "与我们无关"]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter

from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_typed
from casework.shared.contracts.types import SafeInt, Sentence, Word
from casework.shared.errors import FieldError

Patterns = Annotated[tuple[str, ...], Field(max_length=100)]
"""Regular expressions, of English or Chinese, sought anywhere in the text without regard to case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InBoth:
    """One text in English and in Chinese."""

    en: Sentence
    zh: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Taboo:
    """What no text does, what to write `instead`, and what gives it away. `unless` is what makes it no taboo."""

    id: Word
    title: InBoth
    instead: InBoth
    patterns: Patterns = ()
    unless: Patterns = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A phrase that is known to make things worse, and the taboo that it breaks."""

    id: Word
    breaks: Word
    patterns: Annotated[Patterns, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What an institution does not write. `causes` give away that a text names a cause, or owns up to one."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]*$", max_length=100)]
    version: Annotated[SafeInt, Field(ge=1)]
    taboo: tuple[Taboo, ...]
    phrase: tuple[Phrase, ...] = ()
    causes: Patterns = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A taboo that a text breaks: the words that do, and the bad phrase, where it is a known one."""

    taboo: Taboo
    words: str
    phrase: str | None = None


def parse_wording(text: str, file_name: str) -> Wording:
    """The wording of a TOML text. Raises `InvalidPolicy` with file, line and field of the first mistake: a wrong type,
    an unknown key, a pattern that is none, an id that stands twice, a phrase that breaks what is not there."""
    wording = read_typed(text, file_name, _adapter())
    mistakes = list(_mistakes(wording))
    if mistakes:
        errors = tuple(FieldError("/" + "/".join(map(str, at)), detail) for at, detail in mistakes)
        raise InvalidPolicy(f"{file_name}{place(text, mistakes[0][0])}: {errors[0].detail}", errors)
    return wording


def broken_by(text: str, wording: Wording) -> tuple[Broken, ...]:
    """The taboos that `text` breaks, each once, in the policy's order. A known phrase goes before other words."""
    plain = _plain(text)
    return tuple(found for taboo in wording.taboo if (found := _broken(plain, taboo, wording.phrase)) is not None)


def cause_in(text: str, wording: Wording) -> str | None:
    """The words by which `text` names a cause or owns up to one; None where it does neither."""
    return _first(_plain(text), wording.causes)


def _broken(plain: str, taboo: Taboo, phrases: Sequence[Phrase]) -> Broken | None:
    for phrase in phrases:
        if phrase.breaks == taboo.id and (words := _first(plain, phrase.patterns)) is not None:
            return Broken(taboo=taboo, words=words, phrase=phrase.id)
    words = _first(plain, taboo.patterns)
    if words is None or _first(plain, taboo.unless) is not None:
        return None
    return Broken(taboo=taboo, words=words)


def _first(plain: str, patterns: Sequence[str]) -> str | None:
    found = (_compiled(pattern).search(plain) for pattern in patterns)
    return next((each.group() for each in found if each is not None), None)


def _plain(text: str) -> str:
    """The text as the patterns are written: full-width letters and typographic apostrophes as plain ones."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u2019", "'").split())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _adapter() -> TypeAdapter[Wording]:
    return TypeAdapter(Wording)


def _mistakes(wording: Wording) -> Iterator[tuple[Location, str]]:
    seen = set[str]()
    for at, taboo in enumerate(wording.taboo):
        if taboo.id in seen:
            yield ("taboo", at, "id"), f"{taboo.id} stands twice"
        seen.add(taboo.id)
        yield from _no_patterns(("taboo", at, "patterns"), taboo.patterns)
        yield from _no_patterns(("taboo", at, "unless"), taboo.unless)
    for at, phrase in enumerate(wording.phrase):
        if phrase.breaks not in seen:
            yield ("phrase", at, "breaks"), f"there is no taboo {phrase.breaks}"
        yield from _no_patterns(("phrase", at, "patterns"), phrase.patterns)
    yield from _no_patterns(("causes",), wording.causes)


def _no_patterns(at: Location, patterns: Sequence[str]) -> Iterator[tuple[Location, str]]:
    for number, pattern in enumerate(patterns):
        try:
            _compiled(pattern)
        except re.error as error:
            yield (*at, number), f"{pattern!r} is no regular expression: {error}"
