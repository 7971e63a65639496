"""Is a new JSON Schema of the same event version only an addition to the old one?

Invariant: pure over two schemas. Allowed are a new optional field, a wider range, a further word in a closed
set (readers are deployed first), and other titles and descriptions. Everything else would make an event that
was recorded unreadable, or mean something else, and needs a new version with an upcaster.
Knows the keywords that `registry.json_schema` writes; a keyword it does not know may not change at all.

Each difference says which promise it breaks, in the usual words: BACKWARD (this release reads what was recorded before,
and it means what it meant), FORWARD (the release before reads what this one records), FULL (both).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_WORDING = ("title", "description", "examples", "$id", "$schema", "$defs", "$ref", "default")
_SHAPE = ("type", "properties", "required", "items", "prefixItems", "anyOf", "enum", "const")
_HANDLED = {*_UPPER, *_LOWER, *_WORDING, *_SHAPE}


Level: TypeAlias = Literal["FULL", "BACKWARD", "FORWARD", "NONE"]
_BACKWARD, _FORWARD, _FULL = frozenset({"BACKWARD"}), frozenset({"FORWARD"}), frozenset({"BACKWARD", "FORWARD"})


class Difference(NamedTuple):
    """What is more than an addition: where, what, and which promises it breaks."""

    at: str
    says: str
    breaks: frozenset[str]

    @property
    def of_presence(self) -> bool:
        """Whether it is about a field that is there or not, rather than about its values."""
        return self.says.startswith("the field ")

    @property
    def sentence(self) -> str:
        return f"{self.at}: {self.says}"

    @property
    def broken(self) -> str:
        """Such as `breaks FORWARD`; FULL where both are broken."""
        return "breaks FULL" if self.breaks == _FULL else f"breaks {min(self.breaks)}"


def differences(old: Schema, new: Schema) -> tuple[Difference, ...]:
    """What makes `new` more than an addition to `old`; empty when nothing does."""
    return tuple(_Comparison(old, new).differences(old, new, "", frozenset()))


def incompatibilities(old: Schema, new: Schema) -> tuple[str, ...]:
    """As `differences`, in sentences that name the place."""
    return tuple(each.sentence for each in differences(old, new))


def level(old: Schema, new: Schema) -> Level:
    """Which promise holds between two versions of a schema, additions counted: a further word in a closed set, a wider
    range or a further alternative is BACKWARD only, since readers of the release before do not know it."""
    found = differences(old, new)
    backward = not any("BACKWARD" in each.breaks for each in found)
    # What this release may record and the one before would refuse.
    wider = any(each.breaks != _FORWARD and not each.of_presence for each in differences(new, old))
    forward = not wider and not any("FORWARD" in each.breaks for each in found)
    return "FULL" if backward and forward else "BACKWARD" if backward else "FORWARD" if forward else "NONE"


class _Comparison:
    """Walks both schemas together. Each side resolves its local references against its own document."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def differences(self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[Difference]:
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
            was = f"was of type {_words(before) or 'any'}, is now of type {_words(after) or 'any'}"
            yield Difference(here, was, _BACKWARD if after < before or not before else _FULL)
            return
        yield from _ranges(old, new, here)
        yield from _words_of_a_closed_set(old, new, here)
        for keyword in sorted((old.keys() | new.keys()) - _HANDLED):
            if old.get(keyword) != new.get(keyword):
                yield Difference(here, f"{keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}", _FULL)
        yield from self._fields(old, new, at, seen)
        if "items" in old or "items" in new:
            yield from self.differences(old.get("items", {}), new.get("items", {}), f"{at}/items", seen)
        if old.get("prefixItems") != new.get("prefixItems"):
            yield Difference(here, "the places of the tuple changed", _FULL)

    def _fields(self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]) -> Iterator[Difference]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            # What was recorded in it is not read any more; and readers of before miss it where they rely on it.
            broken = _FULL if name in required_before else _BACKWARD
            yield Difference(f"{at}/{name}", "the field was removed or renamed", broken)
        for name in sorted(required_after - required_before):
            yield Difference(f"{at}/{name}", "the field is newly required", _BACKWARD)
        for name in sorted((required_before - required_after) & after.keys()):
            yield Difference(f"{at}/{name}", "the field was always there and may now be absent", _FORWARD)
        for name in sorted(before.keys() & after.keys()):
            default_before, default_after = before[name].get("default"), after[name].get("default")
            if default_before != default_after:
                changed = f"the default changed from {default_before!r} to {default_after!r}"
                yield Difference(f"{at}/{name}", changed, _FULL)
            yield from self.differences(before[name], after[name], f"{at}/{name}", seen)

    def _alternatives(
        self, old: Schema, new: Schema, at: str, seen: frozenset[tuple[str, str]]
    ) -> Iterator[Difference]:
        after = new.get("anyOf", [new])
        for number, alternative in enumerate(old.get("anyOf", [old])):
            found = [tuple(self.differences(alternative, other, at, seen)) for other in after]
            if all(found):
                yield Difference(at or "/", f"alternative {number + 1} is no longer allowed", _BACKWARD)


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


def _ranges(old: Schema, new: Schema, here: str) -> Iterator[Difference]:
    for keyword in (*_UPPER, *_LOWER):
        before, after = old.get(keyword), new.get(keyword)
        if after is None:
            continue
        if before is None or (after < before if keyword in _UPPER else after > before):
            narrowed = f"{keyword} narrowed from {'none' if before is None else before} to {after}"
            yield Difference(here, narrowed, _BACKWARD)


def _words_of_a_closed_set(old: Schema, new: Schema, here: str) -> Iterator[Difference]:
    before, after = (set(s.get("enum", [s["const"]] if "const" in s else [])) for s in (old, new))
    if after and not before:
        yield Difference(here, f"any value was allowed, now only {_words(after)}", _BACKWARD)
    elif after and before - after:
        yield Difference(here, f"{_words(before - after)} is no longer allowed", _BACKWARD)


def _words(values: set[Any] | frozenset[str]) -> str:
    return ", ".join(sorted(map(str, values)))


Schemas: TypeAlias = Mapping[str, Schema]
"""By path below `schemas/`, such as `casework.intake.facts-added/1.json`."""


def report(before: Schemas, after: Schemas) -> tuple[list[str], list[str]]:
    """What breaks, one sentence each with the type, the field and the broken promise; and which types have grown, with
    the promise that still holds."""
    wrong: list[str] = []
    grown: list[str] = []
    for path, old in sorted(before.items()):
        name, new = _type_of(path), after.get(path)
        if new is None:
            wrong.append(f"{name}: the schema is gone; every version ever released stays; breaks FULL")
            continue
        found = differences(old, new)
        wrong += [f"{name}: {each.sentence}; {each.broken}" for each in found]
        if not found and old != new:
            grown.append(f"{name}: {level(old, new)}")
    return wrong, grown


def _type_of(path: str) -> str:
    stem, _, version = path.removesuffix(".json").rpartition("/")
    return f"{stem}.v{version}"


def _in_directory(directory: Path) -> Schemas:
    found = directory.glob("casework.*/*.json")
    return {path.relative_to(directory).as_posix(): json.loads(path.read_bytes()) for path in found}


def _at_revision(revision: str) -> Schemas:
    """What is committed under `schemas/` in the git repository of the current folder."""
    paths = _git("ls-tree", "-r", "--name-only", "--full-tree", revision, "schemas/").decode().splitlines()
    wanted = [path for path in paths if path.startswith("schemas/casework.") and path.endswith(".json")]
    return {path.removeprefix("schemas/"): json.loads(_git("show", f"{revision}:{path}")) for path in wanted}


def _released() -> str:
    """The newest release; before there is one, where this branch left main, and on main the commit before."""
    tags = _git("tag", "--list", "v*", "--sort=-v:refname").decode().split()
    if tags:
        return tags[0]
    head = _git("rev-parse", "HEAD").decode().strip()
    for main_branch in ("origin/main", "main"):
        with suppress(NoRevision):
            left = _git("merge-base", "HEAD", main_branch).decode().strip()
            if left != head:
                return left
    return "HEAD~1"


class NoRevision(Exception):
    """Git does not know what is asked for."""


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - our own arguments
    if done.returncode:
        raise NoRevision(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


USAGE = """usage: python -m casework.shared.contracts.compatibility OLD_DIR NEW_DIR
       python -m casework.shared.contracts.compatibility --against REVISION|released"""


def main(arguments: list[str]) -> int:
    """`OLD_DIR NEW_DIR`, or `--against REVISION`: the schemas of this code against those committed there. Exit 1 when a
    released schema changed by more than an addition, or is gone; 2 when there is nothing to compare with."""
    if len(arguments) != 2:
        print(USAGE, file=sys.stderr)
        return 2
    if arguments[0] == "--against":
        # The registry reads every contract; whoever only compares two folders does not need it.
        from casework.shared.contracts.export import schema_files

        try:
            revision = _released() if arguments[1] == "released" else arguments[1]
            before = _at_revision(revision)
        except NoRevision as error:
            print(f"no schemas to compare with: {error}", file=sys.stderr)
            return 2
        after: Schemas = {path: json.loads(text) for path, text in schema_files().items()}
        # Older versions have no class any more: their files stay, and are compared as they lie.
        after = {**_in_directory(Path("schemas")), **after}
    else:
        revision = arguments[0]
        before, after = (_in_directory(Path(each)) for each in arguments)
    wrong, grown = report(before, after)
    for sentence in grown:
        print(sentence)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    print(f"{len(before)} schemas of {revision}: {len(grown)} grown, {len(wrong)} incompatible changes")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
