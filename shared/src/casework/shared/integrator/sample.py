"""The project's own complaints: sixty written for it, and as many more as wanted, put together from their sentences.

Invariant: the same seed gives the same posts, byte for byte, and the first n of a longer run are the shorter
run; references of different seeds differ. Nobody in them exists: names are invented, telephone numbers and
e-mail domains are of the ranges kept free for fiction.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import as_file, files
from itertools import chain
from random import Random
from typing import get_args

from casework.shared.integrator.cfpb import read_cfpb
from casework.shared.integrator.posts import Channel, Complainant, ComplaintPost, Language
from casework.shared.integrator.table import BadRow

SOURCE = "sample"
SHORTEST, LONGEST = 80, 3_000
"""Bounds of a generated complaint's words, in characters."""

_MEDIAN: Mapping[Language, int] = {"en": 500, "zh": 200}  # The same thing takes fewer characters to say in Chinese.
_SPREAD = 0.85
_FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 24 * 60 * 60
_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_SENTENCE_ENDS: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<=[.?!])\s+|(?<=[.?!]\")\s+"),
    "zh": re.compile(r"(?<=[。？！])(?!”)"),
}
_JOINTS: Mapping[Language, str] = {"en": " ", "zh": ""}
_WISHES: Mapping[Language, tuple[str, ...]] = {
    "en": ("A refund", "An apology in writing", "An explanation", "That it is put right", "That it never recurs"),
    "zh": ("退款", "书面道歉", "一个解释", "把问题解决", "以后不要再发生"),
}
_GIVEN: Mapping[Language, tuple[str, ...]] = {
    "en": ("Edda", "Ivo", "Linnet", "Milo", "Noor", "Runa", "Tamsin", "Yusuf"),
    "zh": ("小禾", "知秋", "望川", "晓棠"),
}
_FAMILY: Mapping[Language, tuple[str, ...]] = {
    "en": ("Ashgrove", "Fennick", "Marrowby", "Oduvale", "Quillan", "Tansley"),
    "zh": ("林", "沈", "顾", "陆", "许"),
}


@cache
def sample() -> tuple[ComplaintPost, ...]:
    """The sixty complaints as written, half English and half Chinese, from ten sectors."""
    with as_file(files(__package__) / "data" / "sample.csv") as path:
        rows = list(read_cfpb(path, source=SOURCE))
    if bad := [row for row in rows if isinstance(row, BadRow)]:
        raise ValueError(f"data/sample.csv, line {bad[0].line}: {bad[0].reason}")
    return tuple(row for row in rows if isinstance(row, ComplaintPost))


def generate(n: int, seed: int) -> Iterator[ComplaintPost]:
    """`n` complaints with varying categories, days of 2025, channels, complainants and length of words."""
    rng = Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret
    for number in range(n):
        model = rng.choice(sample())
        yield replace(
            model,
            source_reference=f"g{seed}-{number:07d}",
            channel=rng.choice(_CHANNELS),
            received_at=_FIRST_DAY + timedelta(seconds=rng.randrange(_SECONDS)),
            words=_words(rng, model),
            complainant=_complainant(rng, model.language),
            wish=rng.choice(_WISHES[model.language]) if rng.random() < 0.5 else None,
            facts=tuple(fact for fact in model.facts if fact.name in ("sub_product", "sub_issue")),
        )


def _words(rng: Random, model: ComplaintPost) -> str:
    """An opening sentence, more of the same matter, and if it must be long, whatever else people complain of."""
    wanted = min(max(rng.lognormvariate(math.log(_MEDIAN[model.language]), _SPREAD), SHORTEST), LONGEST)
    phrases = _phrases()[model.language, model.category]
    joint = _JOINTS[model.language]
    text = rng.choice(phrases.openings)
    for sentence in chain(_shuffled(rng, phrases.matter), _shuffled(rng, phrases.other)):
        if len(text) >= wanted or len(text) + len(joint) + len(sentence) > LONGEST:
            break
        text += joint + sentence
    return text


def _shuffled(rng: Random, sentences: Sequence[str]) -> Iterator[str]:
    """Lazily, since most complaints need only a few of them."""
    yield from rng.sample(sentences, len(sentences))


def _complainant(rng: Random, language: Language) -> Complainant | None:
    if rng.random() < 0.2:
        return None
    given, family = rng.choice(_GIVEN[language]), rng.choice(_FAMILY[language])
    number = rng.randrange(100)
    return Complainant(
        name=f"{given} {family}" if language == "en" else family + given,
        phone=f"555-01{number:02d}" if rng.random() < 0.7 else None,
        email=f"complainant{number}@example.org" if rng.random() < 0.5 else None,
    )


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Sentences of one language and category, and those of its other categories."""

    openings: Sequence[str]
    matter: Sequence[str]
    other: Sequence[str]


@cache
def _phrases() -> Mapping[tuple[Language, str], _Phrases]:
    openings: dict[tuple[Language, str], list[str]] = defaultdict(list)
    matter: dict[tuple[Language, str], list[str]] = defaultdict(list)
    for post in sample():
        sentences = [part for part in _SENTENCE_ENDS[post.language].split(post.words or "") if part]
        openings[post.language, post.category].append(sentences[0])
        matter[post.language, post.category].extend(sentences[1:])
    return {
        key: _Phrases(opening, matter[key], [s for at in matter if at[0] == key[0] and at != key for s in matter[at]])
        for key, opening in openings.items()
    }
