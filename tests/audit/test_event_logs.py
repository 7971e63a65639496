"""Event logs for process mining: what pm4py reads in them, what the standards ask, and what is not in them."""

from __future__ import annotations

import csv
import gzip
import json
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from casework.shared.audit.event_logs import FORMATS, Format
from casework.shared.audit.spreadsheets import guarded
from casework.shared.audit.walk import open_stores
from casework.shared.cli.event_logs import export_event_log
from casework.shared.contracts.clauses import CLAUSES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pm4py

XES = "{http://www.xes-standard.org/}"
ISO_ORDER = [f"{clause.number} {clause.en}" for clause in CLAUSES if clause.number not in ("7.1", "7.3")]
"""A case that was walked from its receipt to its closing shows these, in this order. Communication and tracking go on
beside them: the latter from just after the receipt."""

OCEL = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["objectTypes", "eventTypes", "objects", "events"],
    "additionalProperties": False,
    "properties": {
        "objectTypes": {"type": "array", "items": {"$ref": "#/$defs/type"}},
        "eventTypes": {"type": "array", "items": {"$ref": "#/$defs/type"}},
        "objects": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "type": {"type": "string"},
                    "attributes": {"type": "array", "items": {"$ref": "#/$defs/timed"}},
                    "relationships": {"type": "array", "items": {"$ref": "#/$defs/relationship"}},
                },
            },
        },
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type", "time"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "type": {"type": "string"},
                    "time": {"type": "string", "format": "date-time"},
                    "attributes": {"type": "array", "items": {"$ref": "#/$defs/value"}},
                    "relationships": {"type": "array", "items": {"$ref": "#/$defs/relationship"}},
                },
            },
        },
    },
    "$defs": {
        "type": {
            "type": "object",
            "required": ["name", "attributes"],
            "properties": {
                "name": {"type": "string"},
                "attributes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "type"],
                        "properties": {
                            "name": {"type": "string"},
                            "type": {"enum": ["string", "time", "integer", "float", "boolean"]},
                        },
                    },
                },
            },
        },
        "value": {"type": "object", "required": ["name", "value"], "properties": {"name": {"type": "string"}}},
        "timed": {
            "allOf": [{"$ref": "#/$defs/value"}],
            "required": ["time"],
            "properties": {"time": {"type": "string", "format": "date-time"}},
        },
        "relationship": {
            "type": "object",
            "required": ["objectId", "qualifier"],
            "properties": {"objectId": {"type": "string"}, "qualifier": {"type": "string"}},
        },
    },
}
"""What the specification of OCEL 2.0 asks of its JSON, in our own words."""


@pytest_asyncio.fixture
async def logs(copy: str, tmp_path: Path) -> Mapping[Format, Path]:
    """The copy in every format."""
    found: dict[Format, Path] = {}
    async with open_stores(copy) as stores:
        for name in FORMATS:
            found[name] = tmp_path / {"ocel": "log.jsonocel"}.get(name, f"log.{name}")
            assert await export_event_log(stores, found[name], name) > 0
    return found


def first_steps(steps: Sequence[tuple[str, str, datetime]]) -> Mapping[str, list[str]]:
    """The steps of each case in the order in which each first came, of (case, step, time) in their order."""
    found: dict[str, list[str]] = {}
    for case, step, _ in steps:
        if step not in found.setdefault(case, []):
            found[case].append(step)
    return found


def in_order(by_case: Mapping[str, list[str]]) -> None:
    """Each case that shows every step shows them in the order of the standard, and some do."""
    beside = ("7.1 communication", "7.3 tracking")
    walked = {case: [step for step in steps if step not in beside] for case, steps in by_case.items()}
    whole = {case: steps for case, steps in walked.items() if len(steps) == len(ISO_ORDER)}
    assert len(whole) > 1
    for case, steps in whole.items():
        assert steps == ISO_ORDER
        assert by_case[case].index("7.2 receipt") < by_case[case].index("7.3 tracking") < len(by_case[case]) - 1


def test_pm4py_reads_the_xes_and_finds_the_order_of_iso_10002(logs: Mapping[Format, Path]) -> None:
    frame = pm4py.read_xes(str(logs["xes"]), variant="iterparse")
    frame = pm4py.convert_to_dataframe(frame)
    shown = frame[frame["iso10002"].notna()]
    rows = zip(shown["case:concept:name"], shown["iso10002"], shown["time:timestamp"], strict=True)
    by_case = first_steps(list(rows))
    assert len(by_case) == 27
    in_order(by_case)
    # What a miner discovers from the steps alone: receipt begins every case, and closing ends those that were closed.
    steps = shown.drop(columns=["concept:name"]).rename(columns={"iso10002": "concept:name"})
    assert set(pm4py.get_start_activities(steps)) == {"7.2 receipt"}
    assert "7.9 closing" in pm4py.get_end_activities(steps)
    follows, _, _ = pm4py.discover_dfg(steps)
    assert ("7.5 initial assessment", "7.6 investigation") in follows
    assert ("7.9 closing", "7.2 receipt") not in follows
    assert set(frame["resourcekind"]) <= {"person", "integrator", "service", "clock"}


def test_the_xes_keeps_the_rules_of_its_extensions(logs: Mapping[Format, Path]) -> None:
    log = ElementTree.parse(logs["xes"]).getroot()
    assert log.tag == f"{XES}log"
    prefixes = {each.get("prefix"): each for each in log.iter(f"{XES}extension")}
    assert set(prefixes) == {"concept", "time", "lifecycle", "org"}
    order = [child.tag.removeprefix(XES) for child in log]
    assert order == sorted(order, key=["extension", "global", "classifier", "string", "trace"].index)
    keys: set[str] = set()
    for component in (log, *log.iter(f"{XES}trace"), *log.iter(f"{XES}event")):
        own = [child.get("key") or "" for child in component if child.get("key")]
        assert len(own) == len(set(own)), "a key stands once in a component"
        keys |= set(own)
    assert {key.partition(":")[0] for key in keys if ":" in key} <= set(prefixes)
    for event in log.iter(f"{XES}event"):
        typed = {child.get("key"): child for child in event}
        for name in ("concept:name", "lifecycle:transition", "org:resource"):
            assert typed[name].tag == f"{XES}string"
        assert typed["time:timestamp"].tag == f"{XES}date"
        datetime.fromisoformat(typed["time:timestamp"].get("value") or "")
        assert typed["lifecycle:transition"].get("value") == "complete"
    events = sum(1 for _ in log.iter(f"{XES}event"))
    with logs["csv"].open(newline="", encoding="utf-8") as file:
        assert events == len(list(csv.DictReader(file)))


def test_pm4py_reads_the_ocel_and_finds_the_order_of_iso_10002(logs: Mapping[Format, Path]) -> None:
    ocel = pm4py.read_ocel2_json(str(logs["ocel"]))
    assert {"case", "actor", "demand", "remedy", "hand-off", "clock"} >= set(pm4py.ocel_get_object_types(ocel)) - {
        "escalation"
    }
    assert {"case", "actor", "remedy", "hand-off", "clock"} <= set(pm4py.ocel_get_object_types(ocel))
    cases = pm4py.ocel_flattening(ocel, "case")
    shown = cases[cases["iso10002"].notna()].sort_values(["case:concept:name", "time:timestamp"], kind="stable")
    rows = zip(shown["case:concept:name"], shown["iso10002"], shown["time:timestamp"], strict=True)
    by_case = first_steps(list(rows))
    assert len(by_case) == 27
    in_order(by_case)
    clocks = pm4py.ocel_flattening(ocel, "clock")
    assert "clock armed" in set(clocks["concept:name"])


def test_the_ocel_is_as_its_specification_asks(logs: Mapping[Format, Path]) -> None:
    document: dict[str, Any] = json.loads(logs["ocel"].read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(OCEL, format_checker=jsonschema.FormatChecker()).validate(document)
    objects = {each["id"]: each for each in document["objects"]}
    assert len(objects) == len(document["objects"]), "an id names one object"
    assert len({each["id"] for each in document["events"]}) == len(document["events"])
    event_types = {each["name"]: {a["name"] for a in each["attributes"]} for each in document["eventTypes"]}
    object_types = {each["name"]: {a["name"] for a in each["attributes"]} for each in document["objectTypes"]}
    for event in document["events"]:
        assert {each["name"] for each in event["attributes"]} <= event_types[event["type"]]
        assert all(each["objectId"] in objects for each in event["relationships"])
    for each in document["objects"]:
        assert {attribute["name"] for attribute in each["attributes"]} <= object_types[each["type"]]
        assert all(related["objectId"] in objects for related in each.get("relationships", ()))
    met = [
        each
        for each in document["objects"]
        if each["type"] == "clock" and {"armed", "met"} <= {a["value"] for a in each["attributes"]}
    ]
    assert met
    assert {"policy", "policy_version", "purpose"} <= {attribute["name"] for attribute in met[0]["attributes"]}


def test_nothing_that_anybody_wrote_is_in_an_event_log(logs: Mapping[Format, Path]) -> None:
    written = ("年费", "A. Example", "The fee was taken twice", "Not all.", "Settled.", '"box"', "nonce", "sealed")
    for path in logs.values():
        text = path.read_text(encoding="utf-8")
        assert [each for each in written if each in text] == []


async def test_a_log_is_whole_or_not_there_and_compressed_when_its_name_says_so(copy: str, tmp_path: Path) -> None:
    plain, packed = tmp_path / "log.csv", tmp_path / "log.csv.gz"
    async with open_stores(copy) as stores:
        many = await export_event_log(stores, plain, "csv")
        assert await export_event_log(stores, packed, "csv") == many
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert sorted(path.name for path in tmp_path.glob("log*")) == ["log.csv", "log.csv.gz"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠", " =", "\x00="])
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    assert guarded(f"{start}cmd|'/c calc'!A1").startswith("'")
    assert "\x00" not in guarded(f"{start}cmd")
    assert guarded("li-na") == "li-na"
