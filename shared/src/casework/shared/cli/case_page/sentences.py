"""The closed table of sentences: what each type of event says to people, in English and Chinese.

A sentence names fields in braces, `{policy.id}` for one inside another, `{actor}` for who did it, and `{about_it}` for
what a deadline is about. What stands in square brackets is left out where one of its fields is absent, empty or false;
`{?late}` says nothing and wants `late` to be true, `{!late}` wants it not to be. A field outside of brackets is one
that the type always has.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from casework.shared.cli.case_page.speech import Lang, Speech
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.registry import split_name

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{([?!]?)([a-z0-9_.]+)\}")
_ENDS = tuple(".!?:。！？：…”")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said of a type. `folded`: it is the machinery's, told only to who wants everything."""

    en: str
    zh: str
    folded: bool = False

    def of(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@cache
def sentences() -> Mapping[str, Sentence]:
    """The table, by type without version, such as `casework.intake.complaint-received`."""
    table: dict[str, Sentence] = {}
    for service in SERVICES:
        text = (files(__package__) / "words" / f"{service}.toml").read_text(encoding="utf-8")
        table |= {f"casework.{service}.{name}": Sentence(**said) for name, said in tomllib.loads(text).items()}
    return table


def sentence_of(event: Mapping[str, Any]) -> Sentence | None:
    """What is said of an event; None for a type that a newer release writes."""
    return sentences().get(_stem(event))


def _stem(event: Mapping[str, Any]) -> str:
    return split_name(str(event["type"]))[1]


def told(event: Mapping[str, Any], speech: Speech, about: Mapping[str, str]) -> str:
    """The sentence of an event. `about` says what the ids stand for that deadlines are about."""
    sentence = sentence_of(event)
    if sentence is None:
        return f"{speech.who(event)}: {_stem(event).rpartition('.')[2].replace('-', ' ')}"
    data = {**event.get("data", {}), "actor": speech.who(event)}
    ids = [each for each in (data.get("clock"), data.get("about")) if isinstance(each, str) and each in about]
    if ids:
        data["about_it"] = about[ids[0]]

    def filled(text: str) -> str:
        return _FIELD.sub(lambda found: "" if found[1] else _said(data, found[2], speech), text)

    def optional(found: re.Match[str]) -> str:
        return filled(found[1]) if all(_holds(data, *each) for each in _FIELD.findall(found[1])) else ""

    # Brackets first and once: what a field says may hold brackets and braces of its own.
    parts: list[str] = []
    end = 0
    template = sentence.of(speech.lang)
    for found in _OPTIONAL.finditer(template):
        parts += [filled(template[end : found.start()]), optional(found)]
        end = found.end()
    parts.append(filled(template[end:]))
    text = "".join(parts)
    doubled = {"..": ".", "。。": "。", ".。": "。"}
    if (twice := doubled.get(text[-2:])) is not None:
        text = text[:-2] + twice
    return text if text.endswith(_ENDS) else text + speech(".", "。")


def fields_of(template: str) -> tuple[set[str], set[str]]:
    """The fields that a sentence always wants, and those in brackets, without what is inside of them."""
    inside = {name for part in _OPTIONAL.findall(template) for _, name in _FIELD.findall(part)}
    outside = {name for _, name in _FIELD.findall(_OPTIONAL.sub("", template))}
    return ({name.partition(".")[0] for name in outside}, {name.partition(".")[0] for name in inside})


def _found(data: Mapping[str, Any], name: str) -> Any:
    found: Any = data
    for part in name.split("."):
        if isinstance(found, list):
            found = [each.get(part) for each in found]
        else:
            found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _holds(data: Mapping[str, Any], mark: str, name: str) -> bool:
    found = _found(data, name)
    if mark:
        return bool(found) == (mark == "?")
    return found is not None and found != [] and found is not False


def _said(data: Mapping[str, Any], name: str, speech: Speech) -> str:
    found = _found(data, name)
    return "…" if found is None else speech.value(found)
