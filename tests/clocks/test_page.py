"""What `docs/clocks.md` shows can be used, and the tests it names are there."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

from casework.shared.policies.shipped_rulebook import rulebook

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clocks.md").read_text(encoding="utf-8")
WHERE = ("shared/tests/clocks", "services/followup/tests")


def test_the_institution_file_of_the_page_is_a_good_one(tmp_path: Path) -> None:
    match = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    (tmp_path / "own" / "deadlines").mkdir(parents=True)
    file = tmp_path / "institution.toml"
    file.write_text(match[1], encoding="utf-8")
    rules = rulebook(file)
    assert rules.ids_for("regulator-forward", "any", "any")[-2:] == ("cn.bank.15", "cn.samr.accept")
    assert rules.ids_for("crm", "any", "any")[-1] == "cn.bank.15"


def test_every_convention_has_its_tests() -> None:
    texts = [file.read_text(encoding="utf-8") for folder in WHERE for file in (ROOT / folder).glob("test_*.py")]
    there = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}
    rows = dict(re.findall(r"^\| (K\d+) \| .+ \| (.+) \|$", PAGE, re.MULTILINE))
    assert list(rows) == [f"K{number}" for number in range(1, 16)]
    for row, shown_by in rows.items():
        for named in re.findall(r"`(test_[\w*]+)`", shown_by):
            assert [name for name in there if fnmatch(name, named)], f"{row}: there is no {named}"
        for file in re.findall(r"`(tests/[\w/.]+)`", shown_by):
            assert (ROOT / file).exists()
