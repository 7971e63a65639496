"""Exports: exact, whole or not there, gone on with after an interruption; and whatever is done to one is found."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import orjson
import pytest
import pytest_asyncio

from casework.shared.audit import export as exporting
from casework.shared.audit.export import CannotExport, export
from casework.shared.audit.exported import NotAnExport, event_of, lines_of, read_meta, verify_file
from casework.shared.audit.walk import open_stores

SERVICES = ("intake", "investigation", "resolution", "followup")


@pytest_asyncio.fixture
async def exported(copy: str, tmp_path: Path) -> Path:
    """The export of the copy."""
    path = tmp_path / "log.jsonl"
    async with open_stores(copy) as stores:
        await export(stores, path)
    return path


async def test_an_export_holds_the_exact_bytes_of_every_event(copy: str, exported: Path) -> None:
    connection = await asyncpg.connect(copy)
    stored = {
        (service, row["shard"], row["position"]): (row["envelope"], row["hash"], row["shardprev"])
        for service in SERVICES
        for row in await connection.fetch(f"SELECT * FROM {service}.event")
    }
    installation = str(await connection.fetchval("SELECT id FROM platform.installation"))
    await connection.close()
    events = [event_of(line) for line in lines_of(exported) if line and "source" in line]
    assert {(e.source, e.shard, e.position): (e.document, e.hash, e.shardprev) for e in events} == stored
    assert len(events) == len(stored)
    assert (read_meta(exported).installation, read_meta(exported).shards) == (installation, 12)
    report = verify_file(exported)
    assert (report.shown, report.events, report.cases) == ([], len(stored), 27)


async def test_a_compressed_export_is_the_same(copy: str, exported: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.jsonl.gz"
    async with open_stores(copy) as stores:
        await export(stores, packed)
    assert gzip.decompress(packed.read_bytes()) == exported.read_bytes()
    assert verify_file(packed).faults == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("log")) == [
        "log.jsonl",
        "log.jsonl.gz",
    ]


class Interrupted(Exception):
    """The power went."""


@pytest.mark.parametrize("name", ["again.jsonl", "again.jsonl.gz"])
async def test_an_interrupted_export_goes_on_where_it_stopped(
    copy: str, exported: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casework.shared.audit.walk.PAGE", 7)
    path = tmp_path / name
    interruptions = 0

    def interrupt_after(pages: int) -> Callable[[int, int], None]:
        left = iter(range(pages))

        def progress(_done: int, _total: int) -> None:
            if next(left, None) is None:
                # As if the process died while it wrote the next piece.
                with path.with_name(name + ".part").open("ab") as file:
                    file.write(b'{"source":"intake","sha')
                raise Interrupted

        return progress

    async with open_stores(copy) as stores:
        while not path.exists():
            try:
                await export(stores, path, progress=interrupt_after(9))
            except Interrupted:
                interruptions += 1
                with pytest.raises(NotAnExport):
                    verify_file(path)
    assert interruptions > 3
    found = path.read_bytes()
    text = gzip.decompress(found) if name.endswith(".gz") else found
    assert sorted(text.splitlines()) == sorted(exported.read_bytes().splitlines())
    assert verify_file(path).faults == 0


async def test_nothing_is_written_over(copy: str, exported: Path, tmp_path: Path) -> None:
    async with open_stores(copy) as stores:
        with pytest.raises(CannotExport, match="name another file"):
            await export(stores, exported)
        foreign = tmp_path / "foreign.jsonl"
        foreign.with_name("foreign.jsonl.part").write_bytes(b"")
        notes = {"installation": "00000000-0000-0000-0000-000000000000", "shards": 12}
        foreign.with_name("foreign.jsonl.part.json").write_text(json.dumps(notes))
        with pytest.raises(CannotExport, match="another installation"):
            await export(stores, foreign)


def _inner(lines: list[bytes]) -> int:
    """The number of a line that names a service and a cause, with another of its source and shard behind it."""
    places = [(line.get("source"), line.get("shard"), line.get("position")) for line in map(json.loads, lines)]
    for number, (source, shard, position) in enumerate(places):
        if (
            position is not None
            and (source, shard, position + 1) in places
            and b"casework-" in lines[number]
            and b"causationid" in lines[number]
        ):
            return number
    raise AssertionError("no such line")


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("hash", lambda line: line.replace(b"casework-", b"casewOrk-", 1)),
        ("not-an-event", lambda line: line.replace(b"causationid", b"causationId", 1)),
        ("position-missing", lambda line: None),
        ("line", lambda line: line[:-9]),
        ("line", lambda line: b'{"source":"nobody"}'),
        ("line", lambda line: b"[1]"),
        ("line", lambda line: b'{"end": 1}\n' + line),
        ("position-repeated", lambda line: line + b"\n" + line),
        ("cut", lambda line: b'{"end_of_shard":0,"ends":{}}\n' + line),
    ],
)
def test_a_line_that_was_changed_or_dropped_is_found(
    exported: Path, kind: str, change: Callable[[bytes], bytes | None]
) -> None:
    lines = exported.read_bytes().splitlines()
    number = _inner(lines)
    shard = json.loads(lines[number])["shard"]
    changed = change(lines[number])
    if changed is not None:
        changed = changed.replace(b'"end_of_shard":0', b'"end_of_shard":%d' % shard)
    lines[number : number + 1] = [] if changed is None else [changed]
    exported.write_bytes(b"\n".join(lines) + b"\n")
    assert kind in verify_file(exported).kinds


def test_lines_that_changed_places_are_found(exported: Path) -> None:
    lines = exported.read_bytes().splitlines()
    first = _inner(lines)
    after = {"position": json.loads(lines[first])["position"] + 1}
    same = {name: json.loads(lines[first])[name] for name in ("source", "shard")}
    second = next(n for n, line in enumerate(map(json.loads, lines)) if {**line, **same, **after} == line)
    lines[first], lines[second] = lines[second], lines[first]
    exported.write_bytes(b"\n".join(lines) + b"\n")
    report = verify_file(exported)
    assert {"position-missing", "position-repeated"} <= set(report.kinds)
    far = [number for number, line in enumerate(lines) if b'"position":0,' in line]
    lines[far[0]], lines[far[-1]] = lines[far[-1]], lines[far[0]]
    exported.write_bytes(b"\n".join(lines) + b"\n")
    assert verify_file(exported).kinds["out-of-place"] == 2


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.99])
def test_a_cut_tail_and_a_cut_middle_are_found(exported: Path, kept: float) -> None:
    whole = exported.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(lines) > 100
    exported.write_bytes(whole[: int(len(whole) * kept)])
    assert verify_file(exported).kinds["cut"] > 0
    exported.write_bytes(b"".join(lines[: int(len(lines) * kept)]))
    assert verify_file(exported).kinds["cut"] > 0
    exported.write_bytes(b"".join([*lines[: int(len(lines) * kept / 2) + 1], *lines[-3:]]))
    assert verify_file(exported).faults > 0


def test_a_shards_tail_that_was_cut_with_its_end_line_corrected_is_found_by_the_last_line(exported: Path) -> None:
    lines = exported.read_bytes().splitlines()
    # Of a shard with cases: its last event is followup's.
    end = next(
        number
        for number, line in enumerate(lines)
        if b'"end_of_shard":' in line and b'"source":"followup"' in lines[number - 1]
    )
    last = json.loads(lines[end - 1])
    document = json.loads(lines[end])
    document["ends"]["followup"] = {"next": last["position"], "hash": last["shardprev"]}
    lines[end - 1 : end + 1] = [orjson.dumps(document)]
    exported.write_bytes(b"\n".join(lines) + b"\n")
    assert verify_file(exported).kinds == {"cut": 1}


async def test_a_torn_archive_is_a_fault_and_no_crash(copy: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl.gz"
    async with open_stores(copy) as stores:
        await export(stores, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert verify_file(path).kinds["cut"] > 0
    path.write_bytes(whole[: len(whole) // 2] + b"\0" + whole[len(whole) // 2 :])
    assert verify_file(path).faults > 0


async def test_bytes_that_are_no_text_are_exported_all_the_same(
    copy: str, tampering: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    await tampering.execute(
        "UPDATE intake.event SET envelope = '\\xff00' WHERE position = 0"
        " AND shard = (SELECT min(shard) FROM intake.event)"
    )
    path = tmp_path / "log.jsonl"
    async with open_stores(copy) as stores:
        await export(stores, path)
    assert b'"envelope_base64":"/wA="' in path.read_bytes()
    assert verify_file(path).kinds["hash"] == 1


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x1f\x8bnonsense", b'{"format":"casework-export","version":99}\n'])
def test_another_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(NotAnExport, match="casework audit export"):
        verify_file(path)
    with pytest.raises(NotAnExport, match="cannot be read"):
        verify_file(tmp_path / "nowhere")
    assert exporting.FORMAT_VERSION == 1
