"""The procedures: what lies in the folders `procedures/` of an institution's own. None ships: they are its own."""

from __future__ import annotations

from pathlib import Path

from casework.shared.policies.shipped_rulebook import own_folders
from casework.shared.procedures.versions import Procedures, parse_procedures


def procedures(institution: Path | None = None) -> Procedures:
    """Every version of every procedure. Raises `InvalidPolicy` with file, line and field, and OSError."""
    return parse_procedures(
        {
            f"{number}/{file.name}" if number else file.name: file.read_text(encoding="utf-8")
            for number, folder in enumerate(own_folders(institution, "procedures"))
            for file in sorted(folder.iterdir(), key=lambda each: each.name)
            if file.name.endswith(".toml")
        }
    )
