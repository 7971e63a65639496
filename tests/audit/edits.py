"""What somebody with every right does to an export, a bundle or a checkpoint: each kind of edit, drawn by a seed."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from casework.shared.audit.bundle import CASES, KEYS, LOG, MANIFEST, Bundle
from casework.shared.audit.checkpoint import Checkpoint, hold, notes_at
from casework.shared.audit.exported import verify_file
from casework.shared.audit.notes import public_pem
from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.verify import Report
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName

from .forging import (
    Logs,
    Raw,
    Signer,
    cut,
    flipped,
    lines_of,
    name_of,
    new_signer,
    notes_in,
    rewritten,
    sizes_of,
    subjects,
)


@dataclass(frozen=True)
class World:
    """A log, the checkpoints that were signed over it, and bundles of it."""

    logs: Logs
    signer: Signer
    chain: list[Checkpoint]
    lines: list[bytes]
    log_bundle: dict[str, bytes]
    case_bundle: dict[str, bytes]
    folder: Path

    @property
    def notes(self) -> dict[str, bytes]:
        return {name_of(each.number): self.signer.note(each) for each in self.chain}

    def verified(self, lines: list[bytes], notes: dict[str, bytes] | None = None) -> Report:
        """The report on an export with these lines, against these notes; the reason counts where it is none."""
        path = self.folder / "log.jsonl"
        path.write_bytes(b"".join(lines))
        held = hold(
            notes_at(notes_in(self.notes if notes is None else notes, self.folder / "held")), self.signer.trusted
        )
        return verify_file(path, signed=SignedTrees(held))


def bundled(
    folder: Path, signer: Signer, checkpoint: Checkpoint, name: str, content: bytes, cases: tuple[str, ...] | list[str]
) -> dict[str, bytes]:
    """The files of a bundle."""
    path = folder / f"{name}.zip"
    written = Bundle(path, checkpoint, signer.note(checkpoint), [public_pem(signer.key)])
    written.add("policies/deadlines/some.toml", b"[[policy]]\n")
    written.add(name, content)
    written.close("log" if name == LOG else "cases", cases)
    with zipfile.ZipFile(path) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def packed(files: dict[str, bytes], path: Path, *, manifest: bool) -> Path:
    """The files as a bundle; with a `manifest` that fits them, as somebody makes who knows how."""
    files = dict(files)
    if manifest:
        document = orjson.loads(files[MANIFEST])
        document["files"] = {
            name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != MANIFEST
        }
        files[MANIFEST] = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# ---- edits of an export. Each returns the export's lines and the notes held, or None when the draw does not fit.

Edit = Callable[[World, random.Random], tuple[list[bytes], dict[str, bytes] | None]]


def _a_place(world: World, odds: random.Random, *, least: int = 2) -> tuple[ServiceName, int]:
    return odds.choice([place for place, documents in world.logs.items() if len(documents) >= least])


def byte(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    return [flipped(b"".join(world.lines), odds)], None


def byte_with_new_hashes(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        odds.choice(raws[service])["actor"] += "x"

    return lines_of(rewritten(world.logs, [shard], change)), None


def swapped_lines(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    lines = list(world.lines)
    first, second = odds.sample(range(1, len(lines)), 2)
    lines[first], lines[second] = lines[second], lines[first]
    return lines, None


def swapped_events(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        first, second = odds.sample(range(len(raws[service])), 2)
        own = raws[service]
        own[first], own[second] = own[second], own[first]

    return lines_of(rewritten(world.logs, [shard], change)), None


def deleted_line(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    lines = list(world.lines)
    del lines[odds.randrange(1, len(lines))]
    return lines, None


def deleted_event(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        del raws[service][odds.randrange(len(raws[service]))]

    return lines_of(rewritten(world.logs, [shard], change)), None


def added_event(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        new = dict(odds.choice(raws[service]))
        new["id"] = "01a2" + new["id"][4:-4] + f"{odds.randrange(65_536):04x}"
        raws[service].insert(odds.randrange(len(raws[service])), new)

    return lines_of(rewritten(world.logs, [shard], change)), None


def cut_tail(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    place = _a_place(world, odds)
    logs = dict(world.logs)
    logs[place] = logs[place][: odds.randrange(len(logs[place]))]
    return lines_of(logs, checkpoint=len(world.chain)), None


def cut_file(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    whole = b"".join(world.lines)
    return [whole[: odds.randrange(len(whole))]], None


def set_back(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    """Everything as it was at an older checkpoint."""
    old = odds.choice(world.chain[:-1])
    logs = cut(world.logs, {place: tree.size for place, tree in old.trees.items()})
    return lines_of(logs, checkpoint=old.number), None


def dropped_case(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    gone = odds.choice(subjects(world.logs))

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        for service in SERVICES:
            raws[service][:] = [raw for raw in raws[service] if raw["subject"] != gone]

    return lines_of(rewritten(world.logs, range(DEFAULT_SHARDS), change)), None


def new_history(world: World, odds: random.Random) -> tuple[list[bytes], None]:
    """One event changed, and every event after it in its shard too."""
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        first = odds.randrange(len(raws[service]))
        for raw in raws[service][first:]:
            raw["actor"] = f"{raw['actor']}-{odds.randrange(1_000)}"

    return lines_of(rewritten(world.logs, [shard], change)), None


def old_checkpoint(world: World, odds: random.Random) -> tuple[list[bytes], dict[str, bytes]]:
    """An older checkpoint under the name of the newest, over a history that was rewritten after it."""
    notes, names = world.notes, sorted(world.notes)
    notes[names[-1]] = notes[odds.choice(names[:-1])]
    return new_history(world, odds)[0], notes


def byte_of_a_note(world: World, odds: random.Random) -> tuple[list[bytes], dict[str, bytes]]:
    notes = world.notes
    name = odds.choice(sorted(notes))
    notes[name] = flipped(notes[name], odds)
    return world.lines, notes


def strangers_checkpoints(world: World, odds: random.Random) -> tuple[list[bytes], dict[str, bytes]]:
    """A history that was made up, with checkpoints over it that somebody else signed."""
    service, shard = _a_place(world, odds)

    def change(raws: dict[ServiceName, list[Raw]]) -> None:
        odds.choice(raws[service])["actor"] += "x"

    logs = rewritten(world.logs, [shard], change)
    stranger = new_signer("stranger")
    chain = stranger.chain(logs, [sizes_of(logs)])
    return lines_of(logs), {name_of(each.number): stranger.note(each) for each in chain}


OF_EXPORTS: tuple[Edit, ...] = (
    byte, byte_with_new_hashes, swapped_lines, swapped_events, deleted_line, deleted_event, added_event, cut_tail,
    cut_file, set_back, dropped_case, new_history, old_checkpoint, byte_of_a_note, strangers_checkpoints,
)  # fmt: skip
FLAWLESS_BY_THEMSELVES = (byte_with_new_hashes, new_history)
"""Those that nothing but a checkpoint can find."""


# ---- edits of a bundle's files. The flag says whether the manifest is made to fit.

BundleEdit = Callable[[World, random.Random], tuple[dict[str, bytes], bool]]


def any_file(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    files = dict(odds.choice((world.log_bundle, world.case_bundle)))
    # What is in a policy or a schema, and the convenience of a key, nobody signed: there it is the manifest that tells.
    name = odds.choice(sorted(files))
    files[name] = flipped(files[name], odds)
    return files, False


def missing_file(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    files = dict(odds.choice((world.log_bundle, world.case_bundle)))
    del files[odds.choice(sorted(files))]
    return files, False


def bundled_byte(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    files, name = odds.choice(((world.log_bundle, LOG), (world.case_bundle, CASES)))
    return {**files, name: flipped(files[name], odds)}, True


def bundled_history(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    edit = odds.choice((byte_with_new_hashes, new_history, dropped_case, swapped_events))
    lines = edit(world, odds)[0]
    first = orjson.loads(lines[0]) | {"checkpoint": len(world.chain)}
    content = b"".join([orjson.dumps(first, option=orjson.OPT_APPEND_NEWLINE), *lines[1:]])
    return {**world.log_bundle, LOG: content}, True


def _cases(world: World) -> list[list[Raw]]:
    """The case bundle's lines, by case."""
    found: list[list[Raw]] = []
    for text in world.case_bundle[CASES].splitlines():
        line = orjson.loads(text)
        if "case" in line:
            found.append([])
        found[-1].append(line)
    return found


def _with_cases(world: World, cases: list[list[Raw]]) -> dict[str, bytes]:
    content = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for each in cases for line in each)
    manifest = orjson.loads(world.case_bundle[MANIFEST])
    manifest["cases"] = [each[0]["case"] for each in cases]
    return {**world.case_bundle, CASES: content, MANIFEST: orjson.dumps(manifest)}


def event_of_a_case_changed(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    cases = _cases(world)
    line = odds.choice(odds.choice(cases)[1:])
    raw = orjson.loads(line["envelope"])
    raw["actor"] += "x"
    document = orjson.dumps(raw)
    line["envelope"], line["hash"] = document.decode(), leaf_hash(document).hex()
    return _with_cases(world, cases), True


def event_of_a_case_gone(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    cases = _cases(world)
    own = odds.choice(cases)
    del own[odds.randrange(1, len(own))]
    return _with_cases(world, cases), True


def tail_of_a_stream_gone(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    cases = _cases(world)
    own = odds.choice(cases)
    service = odds.choice([line["source"] for line in own[1:]])
    last = [at for at, line in enumerate(own) if line.get("source") == service]
    for at in reversed(last[odds.randrange(len(last)) :]):
        del own[at]
    return _with_cases(world, cases), True


def events_of_a_case_swapped(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    cases = _cases(world)
    own = odds.choice(cases)
    service = odds.choice([line["source"] for line in own[1:]])
    first, second = odds.sample([at for at, line in enumerate(own) if line.get("source") == service] or [1, 2], 2)
    own[first], own[second] = own[second], own[first]
    return _with_cases(world, cases), True


def statement_of_another_case(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    cases = _cases(world)
    first, second = odds.sample(range(len(cases)), 2)
    cases[first][0]["statement"] = cases[second][0]["statement"]
    return _with_cases(world, cases), True


def made_up_whole(world: World, odds: random.Random) -> tuple[dict[str, bytes], bool]:
    """Another history with a checkpoint over it, by somebody who puts a key of their own beside it."""
    lines, notes = strangers_checkpoints(world, odds)
    first = orjson.loads(lines[0]) | {"checkpoint": 1}
    manifest = orjson.loads(world.log_bundle[MANIFEST]) | {"checkpoint": 1}
    files = {name: content for name, content in world.log_bundle.items() if not name.endswith(".note")}
    files[LOG] = b"".join([orjson.dumps(first, option=orjson.OPT_APPEND_NEWLINE), *lines[1:]])
    files[MANIFEST], files[KEYS] = orjson.dumps(manifest), public_pem(new_signer("stranger").key).encode()
    return files | {f"checkpoints/{name}": note for name, note in notes.items()}, True


OF_BUNDLES: tuple[BundleEdit, ...] = (
    any_file, missing_file, bundled_byte, bundled_history, event_of_a_case_changed, event_of_a_case_gone,
    tail_of_a_stream_gone, events_of_a_case_swapped, statement_of_another_case, made_up_whole,
)  # fmt: skip
