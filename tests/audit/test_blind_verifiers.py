"""The trial of tampering bites: take one check out of the verifier, and edits go by unseen.

Each mutant here is a verifier that somebody could well write: one that holds every line against itself and nothing
against what was signed, one that holds each row against its own hash, one that believes whoever signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from casework.shared.audit import bundled, checkpoint, exported
from casework.shared.audit.checkpoint import checkpoint_of
from casework.shared.audit.signed import SignedTrees
from casework.shared.audit.verify import Beside, ShardCheck
from casework.shared.contracts.canonical import leaf_hash
from casework.shared.contracts.ids import ServiceName

from . import edits
from .edits import BundleEdit, Edit, World
from .trials import make_world, trial

EDITS = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("blind"))


def nothing(*_arguments: Any, **_options: Any) -> None:
    return None


def any_signature(note: bytes, _trusted: object) -> Any:
    return checkpoint_of(note)


class RowByRow(ShardCheck):
    """Each row is held against its own hash, and no row against another."""

    def take(
        self,
        source: ServiceName,
        position: int,
        shardprev: bytes | None,
        hash_: bytes,
        document: bytes,
        beside: Beside | None = None,
    ) -> None:
        self._report.events += 1
        if leaf_hash(document) != hash_:
            self._fault("hash", source, position, "the bytes have another hash")
        log = self._logs[source]
        log.next, log.hash = position + 1, hash_

    def close(self) -> None:
        pass


MUTANTS: Sequence[tuple[str, Any, str, Callable[..., Any], tuple[Edit | BundleEdit, ...]]] = (
    ("roots are not compared", SignedTrees, "_agrees", lambda *_: True, edits.FLAWLESS_BY_THEMSELVES),
    ("a tail may be cut", SignedTrees, "end_shard", nothing, (edits.cut_tail, edits.set_back)),
    ("whoever signed", checkpoint, "open_checkpoint", any_signature, (edits.strangers_checkpoints,)),
    ("each row by itself", exported, "ShardCheck", RowByRow, (edits.new_history, edits.swapped_events)),
    ("a case may end early", bundled._Stream, "close", nothing, (edits.tail_of_a_stream_gone,)),
    ("no manifest", bundled._Check, "_files", nothing, (edits.any_file, edits.missing_file)),
)


@pytest.mark.parametrize(("name", "where", "what", "blind", "kinds"), MUTANTS, ids=[each[0] for each in MUTANTS])
def test_a_verifier_without_one_of_its_checks_misses_edits(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    where: Any,
    what: str,
    blind: Callable[..., Any],
    kinds: tuple[Edit | BundleEdit, ...],
) -> None:
    assert trial(world, EDITS, 1, kinds)[1] == []
    monkeypatch.setattr(where, what, blind)
    missed = trial(world, EDITS, 1, kinds)[1]
    assert missed, f"without its check ({name}) the verifier still finds all of {EDITS} edits"
