"""The descriptions under schemas/ are those of the code beside them, and the HTTP one is by its own rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from casework.shared.http import event_catalogue, export

SCHEMAS = Path(__file__).parents[2] / "schemas"
DOCUMENTS = export.documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_committed_one_is_current(name: str) -> None:
    committed = (SCHEMAS / name).read_text(encoding="utf-8")
    assert committed == export.written(DOCUMENTS[name]), "run `make schemas` and look at what changed"


def test_the_catalogue_of_events_is_current() -> None:
    committed = (SCHEMAS.parent / "docs" / "events.md").read_text(encoding="utf-8")
    assert committed == event_catalogue.current(SCHEMAS / "samples"), "run `make schemas` and look at what changed"


def test_the_http_interface_is_described_by_the_rules() -> None:
    validate(export.described().openapi())


def test_the_command_writes_both(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "casework.shared.http.export", str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True)
    assert {path.name for path in tmp_path.iterdir()} == set(DOCUMENTS)
    for path in tmp_path.iterdir():
        assert path.read_text(encoding="utf-8") == export.written(DOCUMENTS[path.name])
