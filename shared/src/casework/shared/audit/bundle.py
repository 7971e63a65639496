"""The auditor's bundle: one file with everything that is needed to verify a log, or some cases, anywhere.

    manifest.json          what it is, and the SHA-256 of every other file
    checkpoints/*.note     the signed checkpoint that everything in it is proved against
    public-keys.pem        for convenience: whoever verifies brings the key that they were given by another way
    log.jsonl              the whole log up to the checkpoint, as `casework audit export` writes it; or
    cases.jsonl            chosen cases: the notary's statement of each, its events' exact bytes, and a proof for each
    policies/ schemas/     the rules and calendars in force when it was made, and the schemas of all events

Invariant: nothing in it has to be believed. The manifest finds damage; what finds lies is the checkpoint.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson

from casework.shared.audit.checkpoint import SUFFIX, Checkpoint
from casework.shared.audit.export import CannotExport, export
from casework.shared.audit.sources import Progress
from casework.shared.audit.walk import Stores
from casework.shared.clocks.rulebook import parse_institution
from casework.shared.contracts.registry import EVENT_TYPES, dataschema, json_schema
from casework.shared.policies.shipped_rulebook import SHIPPED

FORMAT = "casework-bundle"
FORMAT_VERSION = 1
MANIFEST, KEYS, LOG, CASES = "manifest.json", "public-keys.pem", "log.jsonl", "cases.jsonl"
PIECE = 1 << 20


class Bundle:
    """A bundle that is being written. Under its own name there is only a whole one."""

    def __init__(self, path: Path, checkpoint: Checkpoint, note: bytes, public_keys: Sequence[str]) -> None:
        """Raises `CannotExport` when the file exists."""
        if path.exists():
            raise CannotExport(f"{path} exists; name another file, or move that one away first.")
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._checkpoint = checkpoint
        self._hashes: dict[str, str] = {}
        self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.add(f"checkpoints/{checkpoint.number:09}{SUFFIX}", note)
        self.add(KEYS, "".join(public_keys).encode())

    def add(self, name: str, content: bytes) -> None:
        """One file, in one piece."""
        self.stream(name, [content])

    def stream(self, name: str, pieces: Iterable[bytes]) -> None:
        """One file, piece by piece."""
        digest = hashlib.sha256()
        # The same bundle of the same events is the same bytes, whenever it is made.
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self._hashes[name] = digest.hexdigest()

    def close(self, contents: str, cases: Sequence[str]) -> None:
        """The manifest, and the end."""
        document = manifest_of(self._checkpoint, contents, cases, self._hashes)
        self._zip.writestr(zipfile.ZipInfo(MANIFEST), document)
        self._zip.close()
        self._part.replace(self._path)


def manifest_of(checkpoint: Checkpoint, contents: str, cases: Sequence[str], files: Mapping[str, str]) -> bytes:
    """The manifest's bytes: nothing in them can be otherwise, so that no byte of one is changed unseen."""
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "installation": str(checkpoint.installation),
        "shards": checkpoint.shards,
        "checkpoint": checkpoint.number,
        "time": checkpoint.time,
        "contents": contents,
        **({"cases": list(cases)} if contents == "cases" else {}),
        "files": dict(files),
    }
    return orjson.dumps(manifest, option=orjson.OPT_INDENT_2)


async def bundle_log(
    bundle: Bundle, stores: Stores, checkpoint: Checkpoint, folder: Path, *, progress: Progress | None = None
) -> int:
    """Add the whole log up to the checkpoint, and close. Returns how many events it holds.

    `folder` takes the log while it is written, unpacked. Raises `CannotExport` when the stores are of another
    installation.
    """
    if stores.installation.id != checkpoint.installation:
        raise CannotExport(f"The checkpoint is of installation {checkpoint.installation}; this is another one.")
    with TemporaryDirectory(dir=folder, prefix="bundle-") as name:
        log = Path(name) / LOG
        events = await export(stores, log, until=checkpoint, progress=progress)
        with log.open("rb") as file:
            bundle.stream(LOG, iter(lambda: file.read(PIECE), b""))
    bundle.close("log", ())
    return events


async def bundle_cases(
    bundle: Bundle, found: AsyncIterable[tuple[UUID, Mapping[str, Any]]], folder: Path
) -> tuple[int, int]:
    """Add cases with what the notary answered for each (`InclusionProofs`), and close. Returns how many cases and
    events."""
    cases, events = [], 0
    with TemporaryDirectory(dir=folder, prefix="bundle-") as name:
        path = Path(name) / CASES
        with path.open("wb") as file:
            async for case_id, proofs in found:
                cases.append(str(case_id))
                file.write(_line({"case": str(case_id), "statement": proofs["statement"]}))
                for event in proofs["events"]:
                    file.write(_line({name: value for name, value in event.items() if name != "size"}))
                    events += 1
        with path.open("rb") as file:
            bundle.stream(CASES, iter(lambda: file.read(PIECE), b""))
    bundle.close("cases", cases)
    return len(cases), events


def attach_rules(bundle: Bundle, institution: Path | None) -> None:
    """The policies and calendars in force (what ships, and an institution's own) and the schemas of all events."""
    for name, content in _toml_below(SHIPPED, "policies"):
        bundle.add(name, content)
    if institution is not None:
        text = institution.read_text(encoding="utf-8")
        bundle.add(f"policies/own/{institution.name}", text.encode())
        for folder in parse_institution(text, str(institution)).folders:
            for name, content in _toml_below(institution.parent / folder, f"policies/own/{folder}"):
                bundle.add(name, content)
    for event_type in EVENT_TYPES:
        bundle.add(dataschema(event_type).lstrip("/"), orjson.dumps(json_schema(event_type)))


def _toml_below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda item: item.name):
        if each.is_dir():
            yield from _toml_below(each, f"{prefix}/{each.name}")
        elif each.name.endswith(".toml"):
            yield f"{prefix}/{each.name}", each.read_bytes()


def _line(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
