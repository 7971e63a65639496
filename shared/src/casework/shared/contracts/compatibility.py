"""Is a new JSON Schema of the same event version only an addition to the old one?

Invariant: pure over two schemas. Allowed are a new optional field, a wider range, a further word in a closed
set (readers are deployed first), and other titles and descriptions. Everything else would make an event that
was recorded unreadable, or mean something else, and needs a new version with an upcaster.
Knows the keywords that `registry.json_schema` writes; a keyword it does not know may not change at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_WORDING = ("title", "description", "examples", "$id", "$schema", "$defs", "$ref", "default")
_SHAPE = ("type", "properties", "required", "items", "prefixItems", "anyOf", "enum", "const")
_HANDLED = {*_UPPER, *_LOWER, *_WORDING, *_SHAPE}


def incompatibilities(old: Schema, new: Schema) -> tuple[str, ...]:
    """What makes `new` more than an addition to `old`: sentences that name the place, empty when nothing does."""
    return tuple(_Comparison(old, new).differences(old, new, "", frozenset()))


class _Comparison:
    """Walks both schemas together. Each side resolves its local references against its own document."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def differences(self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        references = (old.get("$ref", ""), new.get("$ref", ""))
        if all(references):
            if references in seen:
                return
            seen |= {references}
        old, new = _resolve(old, self._old), _resolve(new, self._new)
        here = at or "/"
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, at, seen)
            return
        before, after = _types(old), _types(new)
        if before - after or (after and not before):
            yield f"{here}: was of type {_words(before) or 'any'}, is now of type {_words(after) or 'any'}"
            return
        yield from _ranges(old, new, here)
        yield from _words_of_a_closed_set(old, new, here)
        for keyword in sorted((old.keys() | new.keys()) - _HANDLED):
            if old.get(keyword) != new.get(keyword):
                yield f"{here}: {keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}"
        yield from self._fields(old, new, at, seen)
        if "items" in old or "items" in new:
            yield from self.differences(old.get("items", {}), new.get("items", {}), f"{at}/items", seen)
        if old.get("prefixItems") != new.get("prefixItems"):
            yield f"{here}: the places of the tuple changed"

    def _fields(self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{at}/{name}: the field was removed or renamed"
        for name in sorted(required_after - required_before):
            yield f"{at}/{name}: the field is newly required"
        for name in sorted((required_before - required_after) & after.keys()):
            yield f"{at}/{name}: the field was always there and may now be absent"
        for name in sorted(before.keys() & after.keys()):
            default_before, default_after = before[name].get("default"), after[name].get("default")
            if default_before != default_after:
                yield f"{at}/{name}: the default changed from {default_before!r} to {default_after!r}"
            yield from self.differences(before[name], after[name], f"{at}/{name}", seen)

    def _alternatives(self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
        after = new.get("anyOf", [new])
        for number, alternative in enumerate(old.get("anyOf", [old])):
            found = [tuple(self.differences(alternative, other, at, seen)) for other in after]
            if all(found):
                yield f"{at or '/'}: alternative {number + 1} is no longer allowed"


def _resolve(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = document
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema


def _types(schema: Schema) -> frozenset[str]:
    named = schema.get("type", ())
    return frozenset([named] if isinstance(named, str) else named)


def _ranges(old: Schema, new: Schema, here: str) -> Iterator[str]:
    for keyword in (*_UPPER, *_LOWER):
        before, after = old.get(keyword), new.get(keyword)
        if after is None:
            continue
        if before is None or (after < before if keyword in _UPPER else after > before):
            yield f"{here}: {keyword} narrowed from {'none' if before is None else before} to {after}"


def _words_of_a_closed_set(old: Schema, new: Schema, here: str) -> Iterator[str]:
    before, after = (set(s.get("enum", [s["const"]] if "const" in s else [])) for s in (old, new))
    if after and not before:
        yield f"{here}: any value was allowed, now only {_words(after)}"
    elif after and before - after:
        yield f"{here}: {_words(before - after)} is no longer allowed"


def _words(values: set[Any] | frozenset[str]) -> str:
    return ", ".join(sorted(map(str, values)))


def main(arguments: list[str]) -> int:
    """`python -m casework.shared.contracts.compatibility OLD_DIR NEW_DIR`: exit 1 when a released schema changed
    by more than an addition, or is gone."""
    if len(arguments) != 2:
        print("usage: python -m casework.shared.contracts.compatibility OLD_DIR NEW_DIR", file=sys.stderr)
        return 2
    before, after = Path(arguments[0]), Path(arguments[1])
    wrong = 0
    for path in sorted(before.glob("casework.*/*.json")):
        name = path.relative_to(before)
        found: tuple[str, ...] = ("the schema is gone; every version ever released stays",)
        if (after / name).exists():
            found = incompatibilities(json.loads(path.read_bytes()), json.loads((after / name).read_bytes()))
        for sentence in found:
            print(f"{name}: {sentence}", file=sys.stderr)
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
