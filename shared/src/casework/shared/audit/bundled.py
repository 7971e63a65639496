"""Verifying a bundle: with the bundle, a public key that came by another way, and nothing else.

Invariant: the bundle's own key, manifest and statements are believed only as far as a trusted key signed them. What
follows from the whole log is found as in an export. Of chosen cases it is found that each event is one that the
checkpoint was signed over, that none is missing between the first and the last of each stream, and, on the notary's
word, that the last is the last.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from casework.shared.audit.bundle import CASES, FORMAT, FORMAT_VERSION, KEYS, LOG, MANIFEST, PIECE, manifest_of
from casework.shared.audit.checkpoint import SUFFIX, Checkpoint, hold
from casework.shared.audit.exported import LONGEST_LINE, NotAnExport, read_meta, verify_file
from casework.shared.audit.merkle import root_by_inclusion
from casework.shared.audit.notes import NotSigned, PublicKey
from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.sources import Progress
from casework.shared.audit.statement import NOTHING, Statement, open_statement
from casework.shared.audit.verify import Report
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import SERVICES, ServiceName, shard_of

MOST_BYTES = 64 * 1024 * 1024
"""Of a manifest or a note: what is larger was not made by us."""

_TORN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


class NotABundle(Exception):
    """The file is not a bundle that this release can read."""


def is_bundle(path: Path) -> bool:
    """Whether it is one, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def verify_bundle(
    path: Path,
    trusted: Sequence[PublicKey],
    *,
    held: Sequence[tuple[str, bytes]] = (),
    cases: Sequence[UUID] = (),
    as_of: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify a bundle against keys that whoever verifies it brought, and checkpoints that they hold (`held`).

    `cases` must be in it. `as_of`: the bundle may be older than checkpoints of a later time. Raises `NotABundle`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            return _Check(path, archive, manifest, trusted, as_of).run(held, cases, progress)
    except _TORN as error:
        raise NotABundle(f"{path} is not a whole bundle ({type(error).__name__}): ask for it again.") from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        if archive.getinfo(MANIFEST).file_size > MOST_BYTES:
            raise ValueError
        found: dict[str, Any] = orjson.loads(archive.read(MANIFEST))
        if (found["format"], found["version"]) != (FORMAT, FORMAT_VERSION):
            raise ValueError
        if not isinstance(found["files"], dict) or found["contents"] not in ("log", "cases"):
            raise ValueError
        return found
    except (KeyError, ValueError, TypeError):
        raise NotABundle(f"{path} is not a bundle of Casework; make one with `casework audit bundle`.") from None


class _Check:
    def __init__(
        self,
        path: Path,
        archive: zipfile.ZipFile,
        manifest: dict[str, Any],
        trusted: Sequence[PublicKey],
        as_of: str | None,
    ) -> None:
        self._path = path
        self._archive = archive
        self._manifest = manifest
        self._trusted = trusted
        self._as_of = as_of

    def run(self, held: Sequence[tuple[str, bytes]], cases: Sequence[UUID], progress: Progress | None) -> Report:
        names = [name for name in self._manifest["files"] if name.endswith(SUFFIX)]
        # Its own key opens nothing: a bundle that was made up whole would bring a key of its own.
        found = hold([*held, *((name, self._read(name)) for name in names)], self._trusted)
        numbers = {each.number: each for each in found.checkpoints}
        number = self._manifest.get("checkpoint")
        checkpoint = numbers.get(number) if isinstance(number, int) else None
        signed = SignedTrees(found, as_of=self._as_of)
        if self._manifest["contents"] == "log":
            report = self._log(signed, cases, progress)
        else:
            report = Report(str(self._path))
            signed.begin(report, str(self._manifest.get("installation")), self._manifest.get("shards", 0))
        if checkpoint is None:
            self._fault(report, "checkpoint", f"checkpoint {number}, which it was made at, is not in it as signed")
        elif self._manifest["contents"] == "cases":
            newest = signed.checkpoints[-1] if signed.checkpoints else checkpoint
            if newest.number > checkpoint.number:
                self._fault(report, "old", f"it was made at checkpoint {checkpoint.number}, before {newest.number}")
            _Cases(self, report, checkpoint, self._trusted).run(progress)
        if checkpoint is not None and self._read(MANIFEST) != manifest_of(
            checkpoint, self._manifest["contents"], self.cases, self._manifest["files"]
        ):
            self._fault(report, "manifest", f"the manifest is not the one of a bundle made at checkpoint {number}")
        self._files(report)
        if self._manifest["contents"] == "cases":
            for case_id in sorted({str(each) for each in cases}.difference(self.cases)):
                self._fault(report, "dropped", f"case {case_id} was asked for and is not in it")
        report.source = str(self._path)
        return report

    def lines(self, name: str) -> Iterator[dict[str, Any] | None]:
        """The lines of a file of the bundle; None for one that cannot be read, after which there are no more."""
        try:
            with self._archive.open(name) as file:
                while text := file.readline(LONGEST_LINE):
                    line = orjson.loads(text)
                    yield line if isinstance(line, dict) else None
        except (*_TORN, KeyError, orjson.JSONDecodeError):
            yield None

    def _log(self, signed: SignedTrees, cases: Sequence[UUID], progress: Progress | None) -> Report:
        inside = zipfile.Path(self._archive, LOG)
        try:
            meta = read_meta(inside)
            report = verify_file(inside, signed=signed, cases=cases, progress=progress)
        except (NotAnExport, KeyError):
            report = Report(str(self._path))
            self._fault(report, "cut", f"{LOG} is not there, or cannot be read")
            return report
        if meta.checkpoint != self._manifest.get("checkpoint"):
            self._fault(report, "manifest", "the log says that it ends at another checkpoint than the manifest")
        return report

    def _files(self, report: Report) -> None:
        """Every file is the one in the manifest, and there are no others."""
        files: dict[str, str] = self._manifest["files"]
        present = [info.filename for info in self._archive.infolist()]
        for name in sorted({name for name in present if present.count(name) > 1}):
            self._fault(report, "file", f"{name} is in it twice")
        for name in sorted(set(present) - files.keys() - {MANIFEST}):
            self._fault(report, "file", f"{name} is not in the manifest")
        for name, expected in files.items():
            if self._digest(name) != expected:
                self._fault(report, "file", f"{name} is missing, or is not what the manifest says")
        if KEYS not in files:
            self._fault(report, "file", f"{KEYS} is missing")

    def _digest(self, name: str) -> str | None:
        digest = hashlib.sha256()
        try:
            with self._archive.open(name) as file:
                while piece := file.read(PIECE):
                    digest.update(piece)
        except (*_TORN, KeyError):
            return None
        return digest.hexdigest()

    def _read(self, name: str) -> bytes:
        try:
            with self._archive.open(name) as file:
                return file.read(MOST_BYTES)
        except (*_TORN, KeyError):
            return b""

    @property
    def cases(self) -> list[str]:
        """Those that the manifest names."""
        found = self._manifest.get("cases", [])
        return list(map(str, found)) if isinstance(found, list) else []

    @staticmethod
    def _fault(report: Report, kind: str, detail: str) -> None:
        report.fault(kind, "bundle", None, None, detail)


class _Cases:
    """Reads the cases of a bundle once, from the first to the last."""

    def __init__(self, bundle: _Check, report: Report, checkpoint: Checkpoint, trusted: Sequence[PublicKey]) -> None:
        self._bundle = bundle
        self._report = report
        self._checkpoint = checkpoint
        self._trusted = trusted
        self._current: _Stream | None = None
        self._seen: list[str] = []

    def run(self, progress: Progress | None) -> None:
        for number, line in enumerate(self._bundle.lines(CASES), start=1):
            if line is None:
                self._report.fault("line", "bundle", None, None, f"line {number} of {CASES} cannot be read")
            elif "case" in line:
                self._begin(line)
            elif self._current is None:
                self._report.fault("line", "bundle", None, None, f"line {number} of {CASES} is of no case")
            else:
                self._current.take(number, line)
            if progress is not None and number % 2_000 == 0:
                progress(self._report.events, 0)
        if self._current is not None:
            self._current.close()
        if self._seen != self._bundle.cases:
            self._report.fault("dropped", "bundle", None, None, "it holds other cases than its manifest names")
        self._report.cases = len(self._seen)

    def _begin(self, line: dict[str, Any]) -> None:
        if self._current is not None:
            self._current.close()
        self._seen.append(str(line["case"]))
        self._current = _Stream(self._report, self._checkpoint, str(line["case"]))
        try:
            self._current.statement = open_statement(str(line.get("statement")).encode(), self._trusted)
        except NotSigned as error:
            detail = f"the statement of case {line['case']}: {error}"
            self._report.fault("statement", "bundle", None, None, detail)


class _Stream:
    """One case: its four streams, held against the checkpoint and the notary's statement."""

    def __init__(self, report: Report, checkpoint: Checkpoint, case_id: str) -> None:
        self.statement: Statement | None = None
        self._report = report
        self._checkpoint = checkpoint
        self._case_id = case_id
        self._ends: dict[ServiceName, tuple[int, bytes]] = {}
        try:
            self._shard = shard_of(UUID(case_id), checkpoint.shards)
        except ValueError:
            self._shard = -1
            report.fault("line", "bundle", None, None, "a case has an id that is none")

    def take(self, number: int, line: dict[str, Any]) -> None:
        """One event."""
        self._report.events += 1
        try:
            source, shard, position = line["source"], line["shard"], line["position"]
            document, path = line["envelope"].encode(), [bytes.fromhex(each) for each in line["path"]]
            said = bytes.fromhex(line["hash"])
            if source not in SERVICES or type(shard) is not int or type(position) is not int:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError):
            self._report.fault("line", "bundle", None, None, f"line {number} of {CASES} is not an event")
            return
        leaf = leaf_hash(document)
        if leaf != said:
            self._report.fault("hash", source, shard, position, "the bytes have another hash")
        tree = self._checkpoint.trees.get((source, shard))
        if tree is None or root_by_inclusion(leaf, position, tree.size, path) != tree.root:
            detail = f"the event is not one that checkpoint {self._checkpoint.number} was signed over, at this position"
            self._report.fault("not-signed", source, shard, position, detail)
        self._in_stream(source, shard, position, leaf, document)

    def _in_stream(self, source: ServiceName, shard: int, position: int, leaf: bytes, document: bytes) -> None:
        version, before = self._ends.get(source, NOTHING)
        try:
            raw = orjson.loads(document)
            subject, said, prevhash = raw["subject"], raw["streamversion"], raw.get("prevhash")
            by = raw["source"]
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            self._report.fault("not-an-event", source, shard, position, "the bytes are not an event")
            return
        if subject != self._case_id or by != f"/casework/{source}" or shard != self._shard:
            self._report.fault("subject", source, shard, position, f"the event is not one of case {self._case_id}")
        if said != version + 1 or prevhash != (before.hex() if version else None):
            detail = f"version {said} does not follow the case's version {version} here"
            self._report.fault("version", source, shard, position, detail)
        self._ends[source] = (version + 1, leaf)

    def close(self) -> None:
        """When all its events were taken."""
        said = self.statement
        if said is None:
            return
        if (said.installation, str(said.case_id), said.checkpoint) != (
            self._checkpoint.installation,
            self._case_id,
            self._checkpoint.number,
        ):
            detail = f"the statement is not of case {self._case_id} at checkpoint {self._checkpoint.number}"
            self._report.fault("statement", "bundle", self._shard, None, detail)
        for service in SERVICES:
            found, expected = self._ends.get(service, NOTHING), said.streams[service]
            if found != expected:
                detail = f"case {self._case_id} had {expected[0]} events here at the checkpoint; these are {found[0]}"
                self._report.fault("cut", service, self._shard, None, detail)
