"""The lists of codes of an institution, out of their TOML text.

Invariant: whole or not at all. The refusal names file, line and field. The text is read elsewhere.

    [[list]]                                            [[list]]
    name = "type"                                       name = "type"
    version = 1                                         version = 2
    [[list.code]]                                       before = { reception = "service" }
    code = "reception"                                  [[list.code]]
    title = { en = "Reception", zh = "接待" }           code = "service"
                                                        title = { en = "Service", zh = "服务" }
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import get_args

from pydantic import TypeAdapter

from casework.shared.codes.lists import CodeList, CodeLists, ListName
from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_typed
from casework.shared.errors import FieldError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    list: tuple[CodeList, ...]


@cache
def _adapter() -> TypeAdapter[_Document]:
    return TypeAdapter(_Document)


def parse_codes(text: str, file_name: str) -> CodeLists:
    """The `[[list]]` tables of a TOML text; `file_name` is for messages only.

    Raises `InvalidPolicy` with file, line and field of the first mistake, and all of its sort as `errors`: a wrong
    type or an unknown key; then a list that is missing, a version left out, a code that stands twice or leads nowhere.
    """
    lists = read_typed(text, file_name, _adapter()).list
    mistakes = list(_mistakes(lists))
    if mistakes:
        errors = tuple(FieldError("/".join(("", *map(str, at))), detail) for at, detail in mistakes)
        raise InvalidPolicy(f"{file_name}{place(text, mistakes[0][0])}: {errors[0].detail}", errors)
    return CodeLists(lists)


def _mistakes(lists: tuple[CodeList, ...]) -> Iterator[tuple[Location, str]]:
    for name in get_args(ListName):
        at = sorted((each.version, index) for index, each in enumerate(lists) if each.name == name)
        if not at:
            yield (), f"there is no list {name}; write its versions as [[list]] with name = {name!r}"
        before: CodeList | None = None
        for expected, (version, index) in enumerate(at, start=1):
            if version != expected:
                yield ("list", index, "version"), f"the versions of {name} count from 1, each once: {expected} is next"
                break
            yield from _of_list(lists[index], index, before)
            before = lists[index]


def _of_list(each: CodeList, index: int, before: CodeList | None) -> Iterator[tuple[Location, str]]:
    if not each.code:
        yield ("list", index, "code"), "a list has at least one code"
    for at, code in enumerate(each.code):
        if code.code in each.words[:at]:
            yield ("list", index, "code", at, "code"), f"{code.code} stands twice"
    if before is None:
        if each.before is not None:
            yield ("list", index, "before"), "version 1 has none before it"
        return
    table = each.before or {}
    for word in before.words:
        if word not in table:
            yield ("list", index, "before"), f"{word} of version {before.version} leads to no code; name one"
    for word, to in table.items():
        if word not in before.words:
            yield ("list", index, "before"), f"{word} is no code of version {before.version}"
        if to not in each.words:
            yield ("list", index, "before"), f"{to} is no code of version {each.version}"
