"""Reading and verifying an export.

Invariant: a line counts for what it holds, at the place where it stands: nothing in it is believed until the bytes
of its event agree, and a line that is torn, foreign or out of place is a fault, never an error.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias
from uuid import UUID

import orjson

from casework.shared.audit.export import FORMAT, FORMAT_VERSION
from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.sources import Progress
from casework.shared.audit.verify import EventIds, Report, ShardCheck, report_repeated
from casework.shared.contracts.ids import SERVICES, ServiceName

LONGEST_LINE = 4 * 1024 * 1024

Source: TypeAlias = Path | zipfile.Path
"""A file, or one inside a bundle."""


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
    checkpoint: int | None = None
    """The number of the checkpoint where the export ends, when it does not end where the log then did."""


def read_meta(path: Source) -> Meta:
    """What an export says of itself. Raises `NotAnExport`."""
    with _opened(path) as file:
        try:
            line = orjson.loads(file.readline(LONGEST_LINE))
            if line["format"] != FORMAT or line["version"] != FORMAT_VERSION:
                raise ValueError
            checkpoint = line.get("checkpoint")
            return Meta(str(line["installation"]), int(line["shards"]), None if checkpoint is None else int(checkpoint))
        except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error, zipfile.BadZipFile):
            raise NotAnExport(f"{path} is not an export of Casework; make one with `casework audit export`.") from None


def event_of(line: Mapping[str, Any]) -> Exported:
    """The event of a line. Raises KeyError, TypeError or ValueError for any other line."""
    source = line["source"]
    if source not in SERVICES or type(line["shard"]) is not int or type(line["position"]) is not int:
        raise ValueError("not an event line")
    hash_, before = _unhex(line["hash"]), line["shardprev"]
    document = line["envelope"].encode() if "envelope" in line else _unpacked(line["envelope_base64"])
    shardprev = None if before is None else _unhex(before)
    return Exported(source, line["shard"], line["position"], hash_, shardprev, document)


def _unhex(text: str) -> bytes:
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError("a hash is written in small letters")
    return found


def _unpacked(text: str) -> bytes:
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("bytes are written in one way only")
    return found


def lines_of(path: Source) -> Iterator[dict[str, Any] | None]:
    """The lines after the first, read; None for one that is no JSON object. Ends early, with None, at a torn tail."""
    for number, text in enumerate(_texts_of(path)):
        if number:
            yield None if text is None else _read(text)


def _texts_of(path: Source) -> Iterator[bytes | None]:
    """Every line; None where the file is torn."""
    with _opened(path) as file:
        while True:
            try:
                text = file.readline(LONGEST_LINE)
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
                yield None
                return
            if not text:
                return
            yield text


def _read(text: bytes) -> dict[str, Any] | None:
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None


def _is_exact(text: bytes, line: dict[str, Any]) -> bool:
    """Whether the line is spelled as `export` spells it. JSON has several spellings of the same value, and only one is
    written: so no byte of a file can be changed unseen."""
    try:
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) == text
    except TypeError:
        return False  # a whole number beyond what is written


def verify_file(
    path: Source,
    *,
    signed: SignedTrees | None = None,
    cases: Collection[UUID] = (),
    progress: Progress | None = None,
) -> Report:
    """Verify an export, by itself and, with `signed`, against checkpoints that were kept elsewhere. `cases` must be in
    it.

    Raises `NotAnExport` when its first line is not one.
    """
    return _FileCheck(path, read_meta(path), signed, cases).run(progress)


class _FileCheck:
    """Reads an export once, from its first line to its last."""

    def __init__(self, path: Source, meta: Meta, signed: SignedTrees | None, cases: Collection[UUID]) -> None:
        self._path = path
        self._shards = meta.shards
        self._cut = meta.checkpoint is not None
        self._signed = signed
        self._report = Report(str(path))
        if signed is not None:
            signed.begin(self._report, meta.installation, meta.shards)
        self._ids = EventIds()
        self._missing = set(map(str, cases))
        self._check = self._next_shard(0)
        self._ended: dict[str, Any] | None = None

    def run(self, progress: Progress | None) -> Report:
        report = self._report
        for number, text in enumerate(_texts_of(self._path), start=1):
            line = None if text is None else _read(text)
            if text is not None and line is not None and not _is_exact(text, line):
                report.fault("line", "file", None, None, f"line {number} is not spelled as it was written")
            if number == 1:
                continue  # what the file is: read before
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
        for case_id in sorted(self._missing.difference(self._check.cases)):
            report.fault("dropped", "file", None, None, f"case {case_id} was asked for and is not in it")
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
        self._missing.difference_update(check.cases)
        self._check = self._next_shard(check.shard + 1)

    def _next_shard(self, shard: int) -> ShardCheck:
        return ShardCheck(
            shard,
            self._shards,
            self._report,
            self._ids,
            signed=self._signed if shard < self._shards else None,
            cut=self._cut,
        )


@contextmanager
def _opened(path: Source) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotAnExport(f"{path} cannot be read ({error.strerror}).") from None
    with file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[misc]  # reads like one
