"""Where a schema's revisions lie. Apart from `run`, which imports Alembic: a service that only starts needs none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and the package folder that holds its revisions."""

    name: str
    revisions: Path
