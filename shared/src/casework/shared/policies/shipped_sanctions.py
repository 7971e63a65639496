"""The sanction ladders: those that ship, or those of an institution's own folder `sanctions/` beside them."""

from __future__ import annotations

from pathlib import Path

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_rulebook import SHIPPED, own_folders
from casework.shared.sanctions.ladder_files import parse_sanctions
from casework.shared.sanctions.ladders import SanctionLadder


def sanction_ladders(institution: Path | None = None) -> tuple[SanctionLadder, ...]:
    """The shipped ladders, and those in the folders `sanctions/` of an institution's own. The same id with a higher
    version and a later `from` follows a shipped one. Raises `InvalidPolicy` and OSError."""
    found: dict[tuple[str, int], SanctionLadder] = {}
    for folder in (SHIPPED / "sanctions", *own_folders(institution, "sanctions")):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            if not file.name.endswith(".toml"):
                continue
            for ladder in parse_sanctions(file.read_text(encoding="utf-8"), file.name):
                if (ladder.id, ladder.version) in found:
                    raise InvalidPolicy(
                        f"{file.name}: ladder {ladder.id} version {ladder.version} stands in two files; raise the"
                        " version of one."
                    )
                found[ladder.id, ladder.version] = ladder
    return tuple(found.values())
