"""Whatever somebody does to a log, an export or a bundle below a checkpoint that was signed before, is found offline.

A trial draws an edit by its seed, makes it with every right (hashes, links, versions, positions and causes are worked
out anew where that helps), and verifies. `make test-long` has the full size.
"""

from __future__ import annotations

import random
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from casework.shared.audit.bundle import MANIFEST
from casework.shared.audit.bundled import verify_bundle
from casework.shared.audit.checkpoint import hold
from casework.shared.audit.exported import verify_file
from casework.shared.audit.notes import public_pem
from casework.shared.cli import app
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import DEFAULT_SHARDS, ServiceName

from .edits import (
    FLAWLESS_BY_THEMSELVES,
    OF_BUNDLES,
    OF_EXPORTS,
    Edit,
    World,
    packed,
)
from .forging import (
    Raw,
    cut,
    generated,
    lines_of,
    name_of,
    new_signer,
    notes_in,
    rewritten,
    sizes_of,
    subjects,
)
from .trials import SEED, clean, make_world, trial


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("tampering"))


def test_every_edit_is_found_and_no_clean_copy_is_accused(world: World) -> None:
    made, missed = trial(world, 400, SEED)
    assert missed == []
    assert len(made) == len(OF_EXPORTS) + len(OF_BUNDLES)
    assert clean(world, 60, SEED) == []
    for files in (world.log_bundle, world.case_bundle):
        report = verify_bundle(
            packed(files, world.folder / "clean.zip", manifest=False),
            world.signer.trusted,
            held=[(name, note) for name, note in world.notes.items()],
        )
        assert report.faults == 0, report.document()
        assert report.events > 0


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_edits_and_a_thousand_clean_copies(world: World, seed: int) -> None:
    _, missed = trial(world, 1_000, seed)
    assert missed == []
    assert clean(world, 100, seed) == []


@pytest.mark.parametrize("edit", FLAWLESS_BY_THEMSELVES)
def test_without_checkpoints_a_careful_forger_is_not_found(world: World, edit: Edit) -> None:
    """The trial bites: it is the checkpoints that find these, and the edits are as good as they claim to be."""
    path = world.folder / "forged.jsonl"
    for number in range(10):
        path.write_bytes(b"".join(edit(world, random.Random(f"bites-{number}"))[0]))
        assert verify_file(path).faults == 0


def test_what_is_found_names_the_shard_and_between_which_checkpoints(world: World) -> None:
    old, new = world.chain[1], world.chain[2]
    service, shard = next(place for place, tree in old.trees.items() if tree.size and new.trees[place].size > tree.size)
    place = (service, shard)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        raws[service][old.trees[place].size]["actor"] += "x"

    report = world.verified(lines_of(rewritten(world.logs, [shard], change)))
    found = next(fault for fault in report.shown if (fault.source, fault.shard) == place)
    assert (found.kind, found.position) == ("rewritten", old.trees[place].size)
    assert f"to position {new.trees[place].size - 1}" in found.detail
    assert f"checkpoint {new.number} of {new.time}" in found.detail


def test_events_after_the_last_checkpoint_are_counted_and_not_accused(world: World) -> None:
    old = world.chain[1]
    report = world.verified(world.lines, {name_of(old.number): world.signer.note(old)})
    assert (report.faults, report.unsigned) == (0, report.events - old.events)


def test_checkpoints_that_contradict_each_other_are_refused(world: World) -> None:
    last, before = world.chain[-1], world.chain[-2]
    other = replace(last, time="2026-11-09T10:00:00Z")
    shrunk = replace(last, number=last.number + 1, previous=last.hash, trees=before.trees, time="2026-12-01T09:00:00Z")
    early = replace(last, number=last.number + 1, previous=last.hash, time="2020-01-01T09:00:00Z")
    unlinked = replace(last, number=last.number + 1, time="2026-12-01T09:00:00Z")
    for wrong, why in ((other, "differ"), (shrunk, "has not grown"), (early, "older"), (unlinked, "before it is not")):
        notes = [("a", world.signer.note(last)), ("b", world.signer.note(wrong))]
        held = hold(notes, world.signer.trusted)
        assert [why in each.why for each in held.refused] == [True], (why, held.refused)


def cli(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    """`casework audit verify` where there is no network."""

    def nobody(*_arguments: object, **_options: object) -> None:
        raise AssertionError("it opens a socket")

    monkeypatch.setattr(socket, "socket", nobody)
    monkeypatch.setattr(socket, "create_connection", nobody)
    answer = CliRunner().invoke(app, ["audit", "verify", *arguments, "--json"])
    return answer.exit_code, orjson.loads(answer.stdout)


@pytest.mark.practice("P164")
def test_a_byte_changed_in_event_17_of_10_000_is_named_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, signer = generated(440), new_signer()
    sizes = sizes_of(logs)
    for number in range(sum(sizes.values()) - 10_000):
        sizes["followup", number % DEFAULT_SHARDS] -= 1
    logs = cut(logs, sizes)
    place = max(logs, key=lambda each: len(logs[each]))
    key, path, notes = tmp_path / "key.pem", tmp_path / "log.jsonl", tmp_path / "checkpoints"
    last = signer.chain(logs, [sizes_of(logs)])[0]
    notes_in({name_of(1): signer.note(last)}, notes)
    key.write_text(public_pem(signer.key))
    lines = lines_of(logs, checkpoint=1)
    path.write_bytes(b"".join(lines))
    code, report = cli(str(path), "--checkpoints", str(notes), "--public-key", str(key), monkeypatch=monkeypatch)
    assert (code, report["faults"], report["events"]) == (0, 0, 10_000)
    changed = logs[place][16]
    at = changed.index(b'"actor":"') + 9
    marked = next(number for number, line in enumerate(lines) if leaf_hash(changed).hex().encode() in line[:200])
    lines[marked] = lines[marked].replace(
        changed[at : at + 12].decode().encode(), bytes([changed[at] ^ 1]) + changed[at + 1 : at + 12], 1
    )
    path.write_bytes(b"".join(lines))
    code, report = cli(str(path), "--checkpoints", str(notes), "--public-key", str(key), monkeypatch=monkeypatch)
    assert code == 1
    assert {(fault["source"], fault["shard"], fault["position"]) for fault in report["fault_list"]} >= {(*place, 16)}


@pytest.mark.practice("P165")
def test_a_history_rewritten_and_rehashed_fails_against_last_weeks_checkpoint(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_week = world.chain[1]
    service, shard = next(place for place, tree in last_week.trees.items() if tree.size > 1)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        raws[service][0]["actor"] += "x"

    path, key, note = tmp_path / "log.jsonl", tmp_path / "key.pem", tmp_path / "last-week.note"
    key.write_text(public_pem(world.signer.key))
    note.write_bytes(world.signer.note(last_week))
    against = ("--checkpoints", str(note), "--public-key", str(key))
    path.write_bytes(b"".join(world.lines))
    assert cli(str(path), *against, monkeypatch=monkeypatch)[0] == 0
    path.write_bytes(b"".join(lines_of(rewritten(world.logs, [shard], change))))
    # By itself it is flawless: every hash and link was worked out anew.
    assert cli(str(path), monkeypatch=monkeypatch) == (0, {**cli(str(path), monkeypatch=monkeypatch)[1], "faults": 0})
    code, report = cli(str(path), *against, monkeypatch=monkeypatch)
    assert code == 1
    assert [(each["kind"], each["source"], each["shard"]) for each in report["fault_list"]] == [
        ("rewritten", service, shard)
    ]


@pytest.mark.practice("P189")
def test_row_1_intact_and_row_2_changed_is_not_called_verified(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key = tmp_path / "log.jsonl", tmp_path / "key.pem"
    key.write_text(public_pem(world.signer.key))
    notes = notes_in(world.notes, tmp_path / "held")
    lines = list(world.lines)
    parsed = [orjson.loads(line) for line in lines]
    at = next(number for number, line in enumerate(parsed) if line.get("position") == 1)
    first, second = parsed[at - 1 : at + 1]
    assert (first["position"], first["source"]) == (0, second["source"])
    raw = orjson.loads(second["envelope"])
    raw["actor"] += "x"
    document = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
    second["envelope"], second["hash"] = document.decode(), leaf_hash(document).hex()
    lines[at] = orjson.dumps(second, option=orjson.OPT_APPEND_NEWLINE)
    path.write_bytes(b"".join(lines))
    code, report = cli(str(path), "--checkpoints", str(notes), "--public-key", str(key), monkeypatch=monkeypatch)
    assert code == 1
    assert report["faults"] > 0
    named = {(fault["source"], fault["shard"], fault["position"]) for fault in report["fault_list"]}
    # Row 1 is as it was; from row 2 on nothing follows.
    assert (first["source"], first["shard"], 2) in named
    assert any(kind in report["fault_kinds"] for kind in ("rewritten", "shard-link"))


def test_an_older_copy_is_verified_as_of_its_time(world: World, tmp_path: Path) -> None:
    old, key, path = world.chain[2], tmp_path / "key.pem", tmp_path / "log.jsonl"
    key.write_text(public_pem(world.signer.key))
    notes = notes_in(world.notes, tmp_path / "held")
    logs = cut(world.logs, {place: tree.size for place, tree in old.trees.items()})
    path.write_bytes(b"".join(lines_of(logs, checkpoint=old.number)))
    command = ["audit", "verify", str(path), "--checkpoints", str(notes), "--public-key", str(key)]
    codes = [
        CliRunner().invoke(app, [*command, *more]).exit_code
        for more in ([], ["--as-of", old.time], ["--as-of", "2026-11-03T10:00:00.5+01:00"], ["--as-of", "then"])
    ]
    assert codes == [1, 0, 0, 2]


def test_a_key_that_comes_with_the_data_is_not_trusted(world: World, tmp_path: Path) -> None:
    path = packed(world.log_bundle, tmp_path / "bundle.zip", manifest=False)
    notes = notes_in(world.notes, tmp_path / "held")
    export = tmp_path / "log.jsonl"
    export.write_bytes(b"".join(world.lines))
    for arguments in ([str(path)], [str(export), "--checkpoints", str(notes)]):
        answer = CliRunner().invoke(app, ["audit", "verify", *arguments])
        assert answer.exit_code == 2
        assert "proves nothing" in answer.output
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(public_pem(new_signer("stranger").key))
    assert CliRunner().invoke(app, ["audit", "verify", str(path), "--public-key", str(stranger)]).exit_code == 1


def test_a_case_that_was_asked_for_must_be_there(world: World, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(public_pem(world.signer.key))
    notes = notes_in(world.notes, tmp_path / "held")
    export = tmp_path / "log.jsonl"
    export.write_bytes(b"".join(world.lines))
    some = packed(world.case_bundle, tmp_path / "some.zip", manifest=False)
    whole = packed(world.log_bundle, tmp_path / "whole.zip", manifest=False)
    inside = orjson.loads(world.case_bundle[MANIFEST])["cases"]
    outside = next(each for each in subjects(world.logs) if each not in inside)
    nobody = "01a20000-0000-7000-8000-000000000000"
    for path, case_id, code in (
        (some, inside[0], 0),
        (some, outside, 1),
        (whole, outside, 0),
        (whole, nobody, 1),
        (export, outside, 0),
        (export, nobody, 1),
        ("stores", outside, 2),
    ):
        command = ["audit", "verify", str(path), "--checkpoints", str(notes), "--public-key", str(key)]
        answer = CliRunner().invoke(app, [*command, "--case", case_id])
        assert answer.exit_code == code, answer.output
