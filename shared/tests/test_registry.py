"""The published language: every type has its name, its schema and a sample, and only fields that are safe to hash."""

from __future__ import annotations

import dataclasses
import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema  # type: ignore[import-untyped] # has no types
import pytest
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from casework.shared.contracts import export, intake, registry, resolution
from casework.shared.contracts.canonical import MAX_SAFE_INTEGER, canonical
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.registry import EVENT_TYPES, Registry, UnknownType
from casework.shared.contracts.types import Name, SafeInt
from casework.shared.errors import InvalidMessage
from casework.shared.testing.samples import SAMPLES, sample_files, store

SCHEMAS = Path(__file__).parents[2] / "schemas"
STORED_SAMPLES = sorted((SCHEMAS / "samples").glob("*.json"))


_AS_TEXT = ("UUID", "datetime", "date")
"""Types that are written as text of one form."""


def unsafe(annotation: object, at: str) -> Iterator[str]:
    """The places below `annotation` whose values could not be hashed the same way everywhere."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *metadata = get_args(annotation)
        if base is int and not _within_safe_range(metadata):
            yield f"{at}: whole number without a range"
        elif base is not int:
            yield from unsafe(base, at)
    elif origin is Literal:
        yield from (f"{at}: {value!r} in a closed set" for value in get_args(annotation) if not isinstance(value, str))
    elif origin in (Union, types.UnionType, tuple):
        for argument in get_args(annotation):
            if argument is not Ellipsis:
                yield from unsafe(argument, at)
    elif dataclasses.is_dataclass(annotation):
        assert isinstance(annotation, type)
        hints = get_type_hints(annotation, include_extras=True)
        for field in dataclasses.fields(annotation):
            yield from unsafe(hints[field.name], f"{at}.{field.name}")
    elif annotation not in (str, bool, type(None)) and getattr(annotation, "__name__", "") not in _AS_TEXT:
        yield f"{at}: {annotation}"


def _within_safe_range(metadata: list[Any]) -> bool:
    bounds = [item for field in metadata for item in (field.metadata if isinstance(field, FieldInfo) else [field])]
    lowest = any(isinstance(bound, Ge) and bound.ge >= -MAX_SAFE_INTEGER for bound in bounds)
    highest = any(isinstance(bound, Le) and bound.le <= MAX_SAFE_INTEGER for bound in bounds)
    return lowest and highest


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_payload_holds_only_fields_that_hash_the_same_everywhere(name: str) -> None:
    payload = EVENT_TYPES[name]
    assert list(unsafe(payload, payload.__name__)) == []
    assert hasattr(payload, "__slots__")
    assert payload.__dataclass_params__.frozen  # type: ignore[attr-defined] # every payload is a dataclass


@dataclasses.dataclass(frozen=True)
class _Careless:
    amount: float
    count: int
    tags: list[str]
    extra: dict[str, str]
    bounded: SafeInt
    many: tuple[Annotated[int, Le(5)], ...]


def test_the_walk_over_annotations_finds_what_it_looks_for() -> None:
    found = {place.split(":")[0].removeprefix("careless.") for place in unsafe(_Careless, "careless")}
    assert found == {"amount", "count", "tags", "extra", "many"}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_name_is_written_in_the_one_shape_and_says_its_class(name: str) -> None:
    match = re.fullmatch(r"casework\.([a-z]+)\.([a-z]+(?:-[a-z]+)*)\.v([1-9][0-9]*)", name)
    assert match
    payload = EVENT_TYPES[name]
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", payload.__name__).lower()
    assert match[2] == kebab
    # A capability's events may have a module of their own, but never another service's.
    module = payload.__module__.removeprefix("casework.shared.contracts.")
    assert module not in {*SERVICES, payload.__module__} - {match[1]}
    assert registry.type_name(payload) == name
    assert registry.service_of(name) == match[1]
    assert registry.dataschema(name) == f"/schemas/casework.{match[1]}.{kebab}/{match[3]}.json"


def test_every_payload_class_is_registered_once() -> None:
    assert len(set(EVENT_TYPES.values())) == len(EVENT_TYPES)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: registry.type_name(type(event)))
def test_an_event_survives_being_written_and_read(event: object) -> None:
    name = registry.type_name(type(event))
    data = registry.to_data(event)
    read = json.loads(canonical(data))
    assert registry.from_data(name, read) == event
    jsonschema.Draft202012Validator(registry.json_schema(name)).validate(read)


def test_what_is_absent_is_left_out_of_the_data() -> None:
    assert registry.to_data(resolution.RemedyProposed(kind="apology", description="We apologise.")) == {
        "kind": "apology",
        "description": "We apologise.",
    }


def test_a_field_this_release_does_not_know_is_ignored() -> None:
    data = {"reason": "Settled at the branch.", "channel": "email", "added_later": {"depth": [1]}}
    assert registry.from_data("casework.intake.complaint-withdrawn.v1", data) == intake.ComplaintWithdrawn(
        reason="Settled at the branch.", channel="email"
    )


def test_invalid_data_is_refused_with_pointers_and_without_quoting_it() -> None:
    with pytest.raises(InvalidMessage) as refused:
        registry.from_data(
            "casework.intake.facts-added.v1", {"facts": [{"name": "SECRET NAME", "value": "x"}], "words": "SECRET"}
        )
    assert {error.pointer for error in refused.value.errors} == {"/data/facts/0/name", "/data/words"}
    assert "SECRET" not in str(refused.value) + str(refused.value.errors)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "name",
    ["casework.intake.complaint-sung.v1", "casework.intake.facts-added.v2", "casework.sales.x.v1", "", "a.b", "x.vv"],
)
def test_an_unregistered_name_is_an_unknown_type(name: str) -> None:
    with pytest.raises(UnknownType):
        registry.from_data(name, {})
    with pytest.raises(UnknownType):
        registry.dataschema(name)
    with pytest.raises(UnknownType):
        registry.json_schema(name)


def test_the_service_of_a_newer_type_is_known_but_that_of_a_foreign_name_is_not() -> None:
    assert registry.service_of("casework.followup.clock-armed.v3") == "followup"
    with pytest.raises(UnknownType):
        registry.service_of("casework.sales.order-placed.v1")


def test_a_class_without_a_name_cannot_be_recorded() -> None:
    with pytest.raises(UnknownType, match="EVENT_TYPES"):
        registry.type_name(_Careless)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Visited:
    place: Name
    purpose: Name


def test_an_old_version_is_read_as_the_newest_through_every_upcaster() -> None:
    table = Registry(
        {"casework.followup.visited.v3": _Visited},
        {
            ("casework.followup.visited", 1): lambda old: {"place": old["town"]},
            ("casework.followup.visited", 2): lambda old: {**old, "purpose": "unknown"},
        },
    )
    first = {"town": "Leith"}
    assert table.from_data("casework.followup.visited.v1", first) == _Visited(place="Leith", purpose="unknown")
    assert first == {"town": "Leith"}
    second = {"place": "Leith"}
    assert table.from_data("casework.followup.visited.v2", second) == _Visited(place="Leith", purpose="unknown")
    third = {"place": "Leith", "purpose": "repair"}
    assert table.from_data("casework.followup.visited.v3", third) == _Visited(place="Leith", purpose="repair")
    with pytest.raises(UnknownType):
        table.from_data("casework.followup.visited.v4", third)


def test_the_committed_schemas_are_those_of_the_code() -> None:
    """When this fails: `python -m casework.shared.contracts.export schemas`, then read the difference."""
    committed = {path.relative_to(SCHEMAS).as_posix(): path for path in SCHEMAS.glob("casework.*/*.json")}
    for path, text in export.schema_files().items():
        assert committed.pop(path).read_text(encoding="utf-8") == text, path
    upcast = {f"{stem}/{version}.json" for stem, version in registry.UPCASTERS}
    assert committed.keys() == upcast, "a schema belongs to no version that can be read"


def test_the_export_writes_every_schema_file(tmp_path: Path) -> None:
    assert export.main([str(tmp_path)]) == 0
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*.json")} == set(export.schema_files())
    assert export.main([]) == 2


@pytest.mark.practice("P177")
@pytest.mark.parametrize("path", STORED_SAMPLES, ids=lambda path: path.stem)
def test_a_stored_sample_decodes_for_ever(path: Path) -> None:
    data = json.loads(path.read_bytes())
    event = registry.from_data(path.stem, data)
    if path.stem in EVENT_TYPES:
        assert registry.to_data(event) == data


@pytest.mark.practice("P177")
def test_every_type_and_version_has_a_stored_sample() -> None:
    expected = set(EVENT_TYPES) | {f"{stem}.v{version}" for stem, version in registry.UPCASTERS}
    assert {path.stem for path in STORED_SAMPLES} == expected
    assert set(sample_files()) == {f"{name}.json" for name in EVENT_TYPES}


def test_a_stored_sample_is_never_rewritten(tmp_path: Path) -> None:
    kept = tmp_path / "casework.intake.facts-added.v1.json"
    kept.write_text("{}", encoding="utf-8")
    assert store(tmp_path) == len(EVENT_TYPES) - 1
    assert kept.read_text(encoding="utf-8") == "{}"
    assert store(tmp_path) == 0
