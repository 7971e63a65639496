"""The list of practices, and the command that says which of them are shown."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.practice import CATALOGUE, read_rows

ROOT = CATALOGUE.parents[1]


def test_the_catalogue_has_every_row_once() -> None:
    rows = read_rows(CATALOGUE.read_text())
    assert Counter(row.group for row in rows.values()) == {"A": 102, "B": 34, "C": 23, "D": 27, "E": 4, "R": 13}
    assert list(rows) == [f"P{n:03}" for n in range(1, 191)] + [f"R{n:02}" for n in range(1, 14)]
    assert {row.service for row in rows.values()} <= {
        "intake", "investigation", "resolution", "followup", "shared", "all"
    }  # fmt: skip


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="P001 stands in the catalogue twice"):
        read_rows("| P001 | One | intake | A |\n| P001 | Other | intake | A |\n")


def test_a_row_is_shown_when_every_test_that_carries_it_passes(tmp_path: Path) -> None:
    (tmp_path / "test_rows.py").write_text(
        "import pytest\n"
        "@pytest.mark.practice('P180')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_one(n): pass\n"
        "@pytest.mark.practice('R07')\n"
        "def test_an_absence(): pass\n"
        "@pytest.mark.practice('P191')\n"
        "def test_of_a_stranger(): pass\n"
        "@pytest.mark.practice('P020')\n"
        "def test_of_another_group(): assert False\n"
    )
    code, said = _practice("E", tmp_path)
    rows = read_rows(CATALOGUE.read_text()).values()
    missing = [row.id for row in rows if row.group == "E" and row.id != "P180"]
    present = [row.id for row in rows if row.group == "R" and row.id != "R07"]
    assert json.loads(said.splitlines()[-1]) == {
        "group": "E", "rows": 4, "shown": 1, "missing": missing,
        "refused": {"rows": 13, "shown": 1, "missing": present},
    }  # fmt: skip
    assert re.search(r"^      2 passed  .*test_rows.py::test_one$", said, re.MULTILINE)
    assert "P191 is carried by a test and does not stand in docs/practice.md" in said
    assert code == 1


def test_what_is_refused_by_design_is_listed_with_every_group_and_a_missing_row_fails(tmp_path: Path) -> None:
    rows = read_rows(CATALOGUE.read_text()).values()
    of_group = [row.id for row in rows if row.group == "E"]
    refused = [row.id for row in rows if row.group == "R"]
    for carried, line, code in (
        (refused, "refused by design: 13 of 13 rows shown absent", 0),
        (refused[1:], "refused by design: 12 of 13 rows shown absent", 1),
    ):
        marks = ", ".join(map(repr, (*of_group, *carried)))
        (tmp_path / "test_rows.py").write_text(f"import pytest\n@pytest.mark.practice({marks})\ndef test_all(): pass\n")
        command = [sys.executable, "-m", "tests.practice", "E", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.splitlines()[-1] == line
        assert done.returncode == code


@pytest.mark.parametrize("second", ["assert False", "pytest.skip('not here')"])
def test_a_row_with_one_test_that_does_not_pass_is_not_shown(tmp_path: Path, second: str) -> None:
    (tmp_path / "test_rows.py").write_text(
        f"import pytest\npytestmark = pytest.mark.practice('P180')\ndef test_one(): pass\ndef test_two(): {second}\n"
    )
    _, said = _practice("E", tmp_path)
    assert json.loads(said.splitlines()[-1])["shown"] == 0


def _practice(group: str, where: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.practice", group, "--json", str(where)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout
