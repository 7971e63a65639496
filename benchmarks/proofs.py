"""`python -m benchmarks.proofs`: how long the notary takes to prove a case in a large log, and to take one in.

The log is one tree of made-up hashes in the notary's own flat files: a tree does not know what its leaves stand for.
A case has as many events as one that ran straight through.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from casework.shared.audit.checkpoint import NOTHING
from casework.shared.audit.merkle import inclusion_path, root_by_inclusion
from casework.shared.notary.trees import TreeFile

SEED = 7
EVENTS_A_CASE = 24
ROUNDS = 200
PAGE = 5_000


@dataclass(frozen=True, slots=True)
class ProofResult:
    """Milliseconds to prove all events of a case and to check the proofs, of `rounds` cases, and how many leaves a
    second are taken into the files."""

    events: int
    rounds: int
    median_ms: float
    worst_ms: float
    leaves_per_second: int


def measure(events: int) -> ProofResult:
    """Prove cases in a tree of so many events."""
    odds = random.Random(SEED)
    with TemporaryDirectory() as folder:
        tree = TreeFile(Path(folder) / "tree", ("intake", 0))
        tree.open(NOTHING)
        pages = [
            [hashlib.sha256(b"%d" % number).digest() for number in range(first, min(events, first + PAGE))]
            for first in range(0, events, PAGE)
        ]
        began = time.perf_counter()
        for page in pages:
            tree.append(page)
        taken = time.perf_counter() - began
        root, spent = tree.root(events), []
        for _ in range(ROUNDS):
            positions = odds.sample(range(events), EVENTS_A_CASE)
            began = time.perf_counter()
            for position in positions:
                path = inclusion_path(tree.node, position, events)
                if root_by_inclusion(tree.node(0, position), position, events, path) != root:
                    raise ValueError(f"the proof of position {position} does not end in the root")
            spent.append((time.perf_counter() - began) * 1_000)
    return ProofResult(events, ROUNDS, round(statistics.median(spent), 2), round(max(spent), 2), round(events / taken))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proofs", description="Proofs in a large log.")
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    print(json.dumps(asdict(measure(parser.parse_args().events))))


if __name__ == "__main__":
    main()
