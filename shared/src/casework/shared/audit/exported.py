"""Reading and verifying an export.

Invariant: a line counts for what it holds, at the place where it stands: nothing in it is believed until the bytes
of its event agree, and a line that is torn, foreign or out of place is a fault, never an error.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from casework.shared.audit.export import FORMAT, FORMAT_VERSION
from casework.shared.audit.sources import Progress
from casework.shared.audit.verify import EventIds, Report, ShardCheck, report_repeated
from casework.shared.contracts.ids import SERVICES, ServiceName

LONGEST_LINE = 4 * 1024 * 1024


class NotAnExport(Exception):
    """The file is not an export that this release can read."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One event line of an export."""

    source: ServiceName
    shard: int
    position: int
    hash: bytes
    shardprev: bytes | None
    document: bytes


@dataclass(frozen=True, slots=True)
class Meta:
    """The first line of an export."""

    installation: str
    shards: int


def read_meta(path: Path) -> Meta:
    """What an export says of itself. Raises `NotAnExport`."""
    with _opened(path) as file:
        try:
            line = orjson.loads(file.readline(LONGEST_LINE))
            if line["format"] != FORMAT or line["version"] != FORMAT_VERSION:
                raise ValueError
            return Meta(str(line["installation"]), int(line["shards"]))
        except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error):
            raise NotAnExport(f"{path} is not an export of Casework; make one with `casework audit export`.") from None


def event_of(line: Mapping[str, Any]) -> Exported:
    """The event of a line. Raises KeyError, TypeError or ValueError for any other line."""
    source = line["source"]
    if source not in SERVICES or type(line["shard"]) is not int or type(line["position"]) is not int:
        raise ValueError("not an event line")
    before = line["shardprev"]
    document = line["envelope"].encode() if "envelope" in line else base64.b64decode(line["envelope_base64"])
    return Exported(
        source,
        line["shard"],
        line["position"],
        bytes.fromhex(line["hash"]),
        None if before is None else bytes.fromhex(before),
        document,
    )


def lines_of(path: Path) -> Iterator[dict[str, Any] | None]:
    """The lines after the first, read; None for one that is no JSON object. Ends early, with None, at a torn tail."""
    with _opened(path) as file:
        file.readline(LONGEST_LINE)
        while True:
            try:
                text = file.readline(LONGEST_LINE)
            except (OSError, EOFError, zlib.error):
                yield None
                return
            if not text:
                return
            try:
                line = orjson.loads(text)
            except orjson.JSONDecodeError:
                line = None
            yield line if isinstance(line, dict) else None


def verify_file(path: Path, *, progress: Progress | None = None) -> Report:
    """Verify an export. Raises `NotAnExport` when its first line is not one."""
    return _FileCheck(path, read_meta(path)).run(progress)


class _FileCheck:
    """Reads an export once, from its first line to its last."""

    def __init__(self, path: Path, meta: Meta) -> None:
        self._path = path
        self._shards = meta.shards
        self._report = Report(str(path))
        self._ids = EventIds()
        self._check = self._next_shard(0)
        self._ended: dict[str, Any] | None = None

    def run(self, progress: Progress | None) -> Report:
        report = self._report
        for number, line in enumerate(lines_of(self._path), start=2):
            if line is None:
                report.fault("line", "file", None, None, f"line {number} cannot be read")
            elif self._ended is not None:
                report.fault("line", "file", None, None, f"line {number} comes after the end of the export")
            elif "end" in line:
                self._ended = line
            elif "end_of_shard" in line:
                self._end_shard(number, line)
            else:
                self._take(number, line)
            if progress is not None and number % 2_000 == 0:
                progress(report.events, 0)
        if self._check.shard < self._shards:
            self._check.close()
            report.fault("cut", "file", self._check.shard, None, "the file ends before the end of this shard")
        if self._ended is None or self._ended["end"] != {"events": report.events, "shards": self._shards}:
            report.fault("cut", "file", None, None, "the last line is missing, or counts other events than there are")
        report_repeated(report, self._ids)
        return report

    def _take(self, number: int, line: dict[str, Any]) -> None:
        try:
            event = event_of(line)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            self._report.fault("line", "file", None, None, f"line {number} is not an event")
            return
        if event.shard != self._check.shard:
            detail = f"line {number} stands among the events of shard {self._check.shard}"
            self._report.fault("out-of-place", event.source, event.shard, event.position, detail)
            self._report.events += 1
            return
        self._check.take(event.source, event.position, event.shardprev, event.hash, event.document)

    def _end_shard(self, number: int, line: dict[str, Any]) -> None:
        check = self._check
        if line["end_of_shard"] != check.shard:
            self._report.fault("out-of-place", "file", check.shard, None, f"line {number} ends another shard than this")
            return
        for source in SERVICES:
            position, hash_ = check.end_of(source)
            end = {"next": position, "hash": None if hash_ is None else hash_.hex()}
            if not isinstance(line.get("ends"), dict) or line["ends"].get(source) != end:
                self._report.fault("cut", source, check.shard, position, "the shard was exported to another end")
        check.close()
        self._check = self._next_shard(check.shard + 1)

    def _next_shard(self, shard: int) -> ShardCheck:
        return ShardCheck(shard, self._shards, self._report, self._ids)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotAnExport(f"{path} cannot be read ({error.strerror}).") from None
    with file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[misc]  # reads like one
