"""What the tests of refused practices look through: every name that a rule, an event, a policy or a route knows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from casework.shared.contracts.registry import EVENT_TYPES, json_schema
from casework.shared.http.export import described
from casework.shared.runtime.discovery import installed

_PART = re.compile(r"[a-z]+")
_TEXT = frozenset({"title", "description", "summary", "words", "source", "name_en", "name_zh", "instead"})
"""Keys below which a document explains itself to people, and names nothing."""
_WORDING = frozenset({"patterns", "unless", "causes"})
"""Keys of what texts are held to: what stands there is what nobody writes."""


def words(text: str) -> frozenset[str]:
    """Several words, written one after the other."""
    return frozenset(text.split())


def parts(name: str) -> frozenset[str]:
    """The words that a name is made of: `complainant_value` has two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return frozenset(_PART.findall(spaced.lower()))


@cache
def deciding() -> frozenset[str]:
    """The fields of every command and every state, and the closed words that stand in them: all that a decision of any
    service can rest on."""
    found = set[str]()
    for service in installed():
        hints = get_type_hints(service.decider.decide)
        for given in (hints["command"], hints["state"]):
            found |= set(_names(given, set()))
    return frozenset(found)


@cache
def kept() -> frozenset[str]:
    """The fields of the states alone: what a decision is left to remember."""
    states = (get_type_hints(service.decider.decide)["state"] for service in installed())
    return frozenset(name for state in states for name in _names(state, set()))


@cache
def recording() -> frozenset[str]:
    """The names of all types of events, their fields and their closed words."""
    found = {name for full in EVENT_TYPES for name in (full.split(".")[2], *_document(json_schema(full)))}
    for cls in EVENT_TYPES.values():
        found |= set(_names(cls, set()))
    return frozenset(found)


@cache
def ruling() -> frozenset[str]:
    """The keys of all policies that ship, and their short values, which name things."""
    return frozenset(name for file in _tomls(files("casework.shared") / "policies") for name in _document(file))


@cache
def asking() -> Mapping[str, frozenset[str]]:
    """Of each route of the four services, such as `POST /v1/complaints`: what it takes, named and closed."""
    document = described().openapi()
    schemas = document["components"]["schemas"]
    found: dict[str, frozenset[str]] = {}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            given = {each["name"]: each["schema"] for each in route.get("parameters", ())}
            taken = {"parameters": given, "body": route.get("requestBody", {})}
            found[f"{method.upper()} {path}"] = frozenset(_document(taken, schemas))
    return found


def everything() -> frozenset[str]:
    """All names there are."""
    return deciding() | recording() | ruling() | frozenset(name for names in asking().values() for name in names)


def naming(words: frozenset[str], names: frozenset[str]) -> list[str]:
    """Those of the names that are made of one of the words."""
    return sorted(name for name in names if parts(name) & words)


def _names(given: object, walked: set[object]) -> Iterator[str]:
    if get_origin(given) is Literal:
        yield from (word for word in get_args(given) if isinstance(word, str))
        return
    if isinstance(given, type) and (is_dataclass(given) or issubclass(given, BaseModel)):
        if given in walked:
            return
        walked.add(given)
        for name, hint in get_type_hints(given).items():
            yield name
            yield from _names(hint, walked)
    for part in get_args(given):
        yield from _names(part, walked)


def _document(document: Any, schemas: Mapping[str, Any] | None = None, met: set[str] | None = None) -> Iterator[str]:
    """The keys of a parsed document, and the strings in it that name something; references are followed."""
    met = set() if met is None else met
    match document:
        case {"$ref": str(reference)} if schemas is not None:
            name = reference.rpartition("/")[2]
            if name not in met:
                met.add(name)
                yield from _document(schemas[name], schemas, met)
        case Mapping():
            for key, value in document.items():
                yield key
                if key not in _WORDING and (key not in _TEXT or not isinstance(value, str | Mapping)):
                    yield from _document(value, schemas, met)
        case list() | tuple():
            for each in document:
                yield from _document(each, schemas, met)
        case str() if len(document) <= 60 and " " not in document:
            yield document
        case _:
            pass


def _tomls(folder: Traversable) -> Iterator[dict[str, Any]]:
    for each in sorted(folder.iterdir(), key=lambda item: item.name):
        if each.is_dir():
            yield from _tomls(each)
        elif each.name.endswith(".toml"):
            yield tomllib.loads(each.read_text(encoding="utf-8"))
