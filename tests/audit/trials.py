"""A trial of tampering: a log that was signed, edits of it by kind and seed, and whether each is found."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from casework.shared.audit.bundle import CASES, LOG, MANIFEST
from casework.shared.audit.bundled import NotABundle, verify_bundle
from casework.shared.audit.exported import NotAnExport

from .edits import OF_BUNDLES, OF_EXPORTS, BundleEdit, Edit, World, bundled, packed
from .forging import (
    case_lines,
    cut,
    generated,
    lines_of,
    name_of,
    new_signer,
    sizes_at,
    sizes_of,
    subjects,
    trees_on_disk,
)

CASES_WRITTEN = 24
BUNDLED = 5
SEED = 20_261_122


EVERY_KIND: tuple[Edit | BundleEdit, ...] = (*OF_EXPORTS, *OF_BUNDLES)


def make_world(folder: Path) -> World:
    """A log with five checkpoints, the last over all of it, a bundle of it and one of some of its cases."""
    logs, signer = generated(CASES_WRITTEN), new_signer()
    sizes = [*(sizes_at(logs, share) for share in (0.15, 0.4, 0.7, 0.9)), sizes_of(logs)]
    chain = signer.chain(logs, sizes)
    lines = lines_of(logs, checkpoint=len(chain))
    last, trees = chain[-1], trees_on_disk(logs, folder / "trees")
    chosen = random.Random(SEED).sample(subjects(logs), BUNDLED)
    cases = b"".join(
        orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in case_lines(signer, last, logs, trees, chosen)
    )
    return World(
        logs,
        signer,
        chain,
        lines_of(logs),
        bundled(folder, signer, last, LOG, b"".join(lines), ()),
        bundled(folder, signer, last, CASES, cases, chosen),
        folder,
    )


def found_in_export(world: World, edit: Any, odds: random.Random) -> bool:
    lines, notes = edit(world, odds)
    try:
        return world.verified(lines, notes).faults > 0
    except NotAnExport:
        return True


def found_in_bundle(world: World, edit: Any, odds: random.Random) -> bool:
    files, manifest = edit(world, odds)
    path = world.folder / "edited.zip"
    if MANIFEST not in files:
        manifest = False
    try:
        packed(files, path, manifest=manifest)
        return verify_bundle(path, world.signer.trusted, cases=()).faults > 0
    except NotABundle:
        return True


def trial(
    world: World, edits: int, seed: int, kinds: Sequence[Edit | BundleEdit] = EVERY_KIND
) -> tuple[Counter[str], list[str]]:
    """So many edits, each kind in turn. Returns how many of each kind, and those that were missed."""
    made: Counter[str] = Counter()
    missed = []
    for number in range(edits):
        edit, odds = kinds[number % len(kinds)], random.Random(f"{seed}-{number}")
        made[edit.__name__] += 1
        if not (found_in_export(world, edit, odds) if edit in OF_EXPORTS else found_in_bundle(world, edit, odds)):
            missed.append(f"{edit.__name__} {seed}-{number}")
    return made, missed


def clean(world: World, copies: int, seed: int) -> list[str]:
    """So many copies that nobody touched, whole or as of an older checkpoint, against some of the checkpoints."""
    alarms = []
    for number in range(copies):
        odds = random.Random(f"clean-{seed}-{number}")
        until = odds.choice([None, *world.chain])
        if until is None:
            logs, known, mark = world.logs, world.chain, None
        else:
            logs = cut(world.logs, {place: tree.size for place, tree in until.trees.items()})
            known, mark = world.chain[: until.number], until.number
        held = odds.sample(known, odds.randint(1, len(known)))
        notes = {name_of(each.number): world.signer.note(each) for each in held}
        report = world.verified(lines_of(logs, checkpoint=mark), notes)
        if report.faults:
            alarms.append(f"{number}: {report.document()}")
    return alarms
