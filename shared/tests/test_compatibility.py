"""Within a version, a schema may only grow."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from casework.shared.contracts import compatibility
from casework.shared.contracts.compatibility import incompatibilities, level
from casework.shared.contracts.export import export
from casework.shared.contracts.registry import EVENT_TYPES, json_schema

OLD: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "count", "money"],
    "properties": {
        "kind": {"type": "string", "enum": ["refund", "repair"]},
        "count": {"type": "integer", "minimum": 0, "maximum": 10},
        "note": {"type": "string", "maxLength": 20, "minLength": 1, "pattern": "^a"},
        "money": {"$ref": "#/$defs/Money"},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}, "default": []},
    },
    "$defs": {
        "Money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "string"}}},
        "Tag": {"type": "object", "properties": {"name": {"type": "string"}, "below": {"$ref": "#/$defs/Tag"}}},
    },
}
Edit = Callable[[dict[str, Any]], object]


def edited(edit: Edit) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    edit(new)
    return new


ADDITIONS: dict[str, Edit] = {
    "nothing": lambda s: None,
    "new optional field": lambda s: s["properties"].update(extra={"type": "string"}),
    "wider range": lambda s: s["properties"]["count"].update(minimum=-1, maximum=11),
    "range removed": lambda s: s["properties"]["note"].pop("maxLength"),
    "further word": lambda s: s["properties"]["kind"]["enum"].append("apology"),
    "further alternative": lambda s: s["properties"]["either"]["anyOf"].append({"type": "boolean"}),
    "wider type": lambda s: s["properties"]["count"].update(type=["integer", "string"]),
    "other wording": lambda s: s.update(title="New", description="Said otherwise"),
    "definition renamed": lambda s: (
        s["$defs"].update(Amount=s["$defs"].pop("Money")),
        s["properties"]["money"].update({"$ref": "#/$defs/Amount"}),
    ),
    "optional field below": lambda s: s["$defs"]["Money"]["properties"].update(currency={"type": "string"}),
}
CHANGES: dict[str, tuple[Edit, str]] = {
    "removed": (lambda s: s["properties"].pop("note"), "/note: the field was removed"),
    "renamed": (lambda s: s["properties"].update(remark=s["properties"].pop("note")), "/note: the field was removed"),
    "newly required": (lambda s: s["required"].append("note"), "/note: the field is newly required"),
    "new and required": (
        lambda s: (s["required"].append("x"), s["properties"].update(x={"type": "string"})),
        "/x: the field is newly required",
    ),
    "no longer required": (lambda s: s["required"].remove("count"), "/count: the field was always there"),
    "other type": (lambda s: s["properties"]["count"].update(type="string"), "/count: was of type integer"),
    "narrower range": (lambda s: s["properties"]["count"].update(maximum=9), "/count: maximum narrowed from 10 to 9"),
    "higher minimum": (lambda s: s["properties"]["count"].update(minimum=1), "/count: minimum narrowed from 0 to 1"),
    "shorter": (lambda s: s["properties"]["note"].update(maxLength=19), "/note: maxLength narrowed"),
    "new limit": (lambda s: s["properties"]["tags"].update(maxItems=3), "/tags: maxItems narrowed from none to 3"),
    "word removed": (lambda s: s["properties"]["kind"]["enum"].remove("repair"), "/kind: repair is no longer allowed"),
    "set closed": (lambda s: s["properties"]["note"].update(enum=["a"]), "/note: any value was allowed"),
    "set of one": (lambda s: s["properties"]["note"].update(const="a"), "/note: any value was allowed"),
    "pattern": (lambda s: s["properties"]["note"].update(pattern="^b"), "/note: pattern changed"),
    "alternative removed": (lambda s: s["properties"]["either"]["anyOf"].pop(), "/either: alternative 2"),
    "below a reference": (lambda s: s["$defs"]["Money"]["properties"].clear(), "/money/amount: the field was removed"),
    "below a list": (lambda s: s["$defs"]["Tag"]["properties"].pop("name"), "/tags/items/name: the field was removed"),
    "default": (lambda s: s["properties"]["tags"].update(default=None), "/tags: the default changed"),
}


@pytest.mark.parametrize("edit", ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_is_compatible(edit: Edit) -> None:
    assert incompatibilities(OLD, edited(edit)) == ()


@pytest.mark.parametrize(("edit", "sentence"), CHANGES.values(), ids=CHANGES)
def test_any_other_change_is_named(edit: Edit, sentence: str) -> None:
    found = incompatibilities(OLD, edited(edit))
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_a_type_where_any_value_was_allowed_narrows_it() -> None:
    assert incompatibilities({}, {"type": "string"}) == ("/: was of type any, is now of type string",)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_schema_is_compatible_with_itself(name: str) -> None:
    assert incompatibilities(json_schema(name), json_schema(name)) == ()


def test_the_command_compares_two_directories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("old", "new"):
        for kind in ("casework.intake.a", "casework.intake.b"):
            (tmp_path / folder / kind).mkdir(parents=True)
            (tmp_path / folder / kind / "1.json").write_text(json.dumps(OLD))
    directories = [str(tmp_path / "old"), str(tmp_path / "new")]
    assert compatibility.main(directories) == 0
    narrowed = edited(CHANGES["removed"][0])
    (tmp_path / "new/casework.intake.a/1.json").write_text(json.dumps(narrowed))
    (tmp_path / "new/casework.intake.b/1.json").unlink()
    assert compatibility.main(directories) == 1
    said = capsys.readouterr().err
    assert "casework.intake.a.v1: /note: the field was removed or renamed; breaks BACKWARD\n" in said
    assert "casework.intake.b.v1: the schema is gone" in said
    assert compatibility.main([]) == 2


LEVELS = {
    "nothing": "FULL",
    "new optional field": "FULL",
    "further word": "BACKWARD",
    "wider range": "BACKWARD",
    "further alternative": "BACKWARD",
    "wider type": "BACKWARD",
    "removed": "FORWARD",
    "newly required": "FORWARD",
    "word removed": "FORWARD",
    "no longer required": "BACKWARD",
    "below a reference": "NONE",
    "pattern": "NONE",
}


@pytest.mark.parametrize(("name", "expected"), LEVELS.items())
def test_a_change_has_its_level(name: str, expected: str) -> None:
    edit = ADDITIONS[name] if name in ADDITIONS else CHANGES[name][0]
    assert level(OLD, edited(edit)) == expected


RELEASED = "casework.intake.complaint-received"
GATE = (sys.executable, "-m", "casework.shared.contracts.compatibility", "--against", "HEAD")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.practice("P173")
def test_a_field_that_was_released_and_is_gone_fails_the_build(tmp_path: Path) -> None:
    """The command of `make compatible`, in a checkout whose release has one field more than this code."""
    export(tmp_path / "schemas")
    path = tmp_path / "schemas" / RELEASED / "1.json"
    current = json.loads(path.read_text())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "released")
    done = subprocess.run(GATE, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(EVENT_TYPES)} schemas of HEAD: 0 grown, 0 incompatible changes\n"

    released = copy.deepcopy(current)
    released["properties"]["tone"] = {"type": "string"}
    released["required"].append("tone")
    path.write_text(json.dumps(released))
    git(tmp_path, "commit", "-qam", "released with a field more")
    path.write_text(json.dumps(current))  # a schema that is written anew does not hide it
    done = subprocess.run(GATE, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"{RELEASED}.v1: /tone: the field was removed or renamed; breaks FULL\n"

    # A field that only came to it is no break, and is told as what it is.
    shorter = copy.deepcopy(current)
    del shorter["properties"]["origin"]
    path.write_text(json.dumps(shorter))
    git(tmp_path, "commit", "-qam", "released without a field")
    done = subprocess.run(GATE, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{RELEASED}.v1: FULL" in done.stdout


def test_without_a_release_to_compare_with_the_gate_does_not_pass(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    done = subprocess.run(GATE, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "no schemas to compare with" in done.stderr) == (2, True)
