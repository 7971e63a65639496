"""What tells whose a refused message is: how somebody is reached, what they said, and the references of their case.

Invariant: only what hardly anybody else would write tells from within a longer text. A name, a short word or a wish
tells as the whole of a value, and not where a complaint has its labels: what is emptied by mistake never comes back,
and "refund" is everybody's word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import ValidationError

from casework.shared.contracts.inbox import ComplainantPart, ReferencePart

Reference: TypeAlias = tuple[str, str]
"""A sender, and its number of the complaint."""
_LONG = 20
"""A text of so many characters is nobody else's."""
_SHORTEST_WAY = 4
_SHORTEST_UNREADABLE, _SHORTEST_UNREADABLE_ASCII = 2, 4
"""What is shorter stands in too many messages to tell anything, where nobody knows a value's beginning and end."""
_LABELS = frozenset({"source", "channel", "language", "organisation", "category", "issue", "facts"})
"""The fields of a complaint in which senders put nothing personal."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody: what tells wherever it stands, and what tells as the whole of a value."""

    within: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    references: frozenset[Reference] = frozenset()

    def __or__(self, other: Known) -> Known:
        return Known(self.within | other.within, self.whole | other.whole, self.references | other.references)


def said(text: str) -> Known:
    """By what somebody wrote, or their name."""
    plain = text.strip()
    if len(plain) >= _LONG:
        return Known(within=frozenset({plain}))
    return Known(whole=frozenset({plain})) if plain else Known()


def reached(text: str) -> Known:
    """By a number, an e-mail address or the like; what has neither digit nor @ in it, such as `unknown`, is none."""
    plain = text.strip()
    tells = len(plain) >= _SHORTEST_WAY and any(each.isdecimal() or each == "@" for each in plain)
    return Known(within=frozenset({plain})) if tells else Known()


def complains(text: str) -> Known:
    """By what was sealed of a complainant: a `ComplainantPart` as JSON."""
    try:
        who = ComplainantPart.model_validate_json(text)
    except ValidationError:
        return said(text)
    known = Known()
    for name, value in who.model_dump(exclude_none=True).items():
        if name != "name":
            known |= reached(value)
        if name in ("name", "address"):
            known |= said(value)
    return known


def speaks_for(text: str) -> Known:
    """By what was sealed of a representative: `RepresentativePart.known_as`, which is a name or a name and a way."""
    name, comma, reach = text.rpartition(", ")
    return said(text) | said(name) | reached(reach) if comma else said(text)


def needles(known: Known) -> list[bytes]:
    """One of these stands in every message to which `tells` says yes, unless something is escaped there."""
    return sorted(each.encode() for each in _all(known))


def tells(original: bytes, known: Known) -> bool:
    """Whether a refused message is about whom that is known of."""
    try:
        document = _read(original)
    except (ValueError, RecursionError):
        return _tells_unreadable(original, known)
    for text, may_be_whole in _texts(document):
        if any(each in text for each in known.within) or (may_be_whole and text.strip() in known.whole):
            return True
    return not known.references.isdisjoint(_references(document))


def references_in(original: bytes) -> frozenset[Reference]:
    """The references that a message names, as its own or as that of the same complaint by another road; none where it
    cannot be read to the end."""
    try:
        return frozenset(_references(_read(original)))
    except (ValueError, RecursionError):
        return frozenset()


def _read(original: bytes) -> Any:
    # Objects as pairs, since a name that is there twice has two values; numbers as they are written.
    return json.loads(original, object_pairs_hook=tuple, parse_int=str, parse_float=str)


def _texts(document: Any) -> Iterator[tuple[str, bool]]:
    """Every text of a document, and whether it is a value that may be about a person."""
    left: list[tuple[Any, bool]] = [(document, True)]
    while left:
        value, personal = left.pop()
        match value:
            case str():
                yield value, personal
            case list():
                left += ((each, personal) for each in value)
            case tuple():
                for name, under in value:
                    yield name, False
                    left.append((under, personal and name not in _LABELS))


def _references(document: Any) -> Iterator[Reference]:
    """Wherever an object names both halves of one: every mode has the complaint at another depth."""
    left = [document]
    while left:
        match left.pop():
            case list() as items:
                left += items
            case tuple() as pairs:
                left += (under for _, under in pairs)
                named = dict(pairs)
                try:
                    found = ReferencePart.model_validate({half: named.get(half) for half in ReferencePart.model_fields})
                except ValidationError:
                    continue
                yield found.source, found.source_reference


def _tells_unreadable(original: bytes, known: Known) -> bool:
    texts = (
        each
        for each in _all(known)
        if len(each) >= (_SHORTEST_UNREADABLE_ASCII if each.isascii() else _SHORTEST_UNREADABLE)
    )
    return any(spelled in original for each in texts for spelled in _spellings(each))


def _all(known: Known) -> frozenset[str]:
    return known.within | known.whole | {reference for _, reference in known.references}


def _spellings(text: str) -> tuple[bytes, ...]:
    """How a text stands in what looks like JSON: as it is, and with each way of escaping."""
    plain, ascii_only = (json.dumps(text, ensure_ascii=escaped)[1:-1].encode() for escaped in (False, True))
    return (text.encode(), plain, ascii_only)
