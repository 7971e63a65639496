"""An institution's own deadlines, ladders and calendars, in folders that its file names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies import shipped_appeals, shipped_closing
from casework.shared.policies.shipped_appeals import appeal_rules
from casework.shared.policies.shipped_closing import closing_rules
from casework.shared.policies.shipped_rulebook import rulebook

SHIPPED = files("casework.shared") / "policies"


def shipped(name: str) -> str:
    return (SHIPPED / name).read_text(encoding="utf-8")


def answer_within(days: int, version: int) -> str:
    """The shipped `internal.answer` with another length and version."""
    (table,) = re.findall(r"\[\[deadline\]\]\nid = \"internal\.answer\"\n(?:.+\n)+", shipped("deadlines/internal.toml"))
    assert "number = 20" in table
    return str(table).replace("version = 1", f"version = {version}").replace("number = 20", f"number = {days}")


def with_own(folder: Path, own: Mapping[str, str], *, calendar: str = "UK-ENG") -> Rulebook:
    (folder / "own").mkdir()
    for name, text in own.items():
        file = folder / "own" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    file = folder / "institution.toml"
    file.write_text(
        f'calendar = "{calendar}"\npolicies = ["internal.answer", "internal.finish"]\nfolders = ["own"]\n',
        encoding="utf-8",
    )
    return rulebook(file)


def test_a_higher_version_of_ones_own_serves_and_the_shipped_one_is_still_found(tmp_path: Path) -> None:
    rules = with_own(tmp_path, {"deadlines/own.toml": answer_within(15, version=2)})
    (answer,) = rules.in_force(["internal.answer"], datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert answer.length is not None
    assert (answer.version, answer.length.number) == (2, 15)
    pinned = rules.pinned(DeadlineRef(id="internal.answer", version=1))
    assert pinned.length is not None
    assert pinned.length.number == 20


def test_ladders_and_calendars_of_ones_own(tmp_path: Path) -> None:
    calendar = shipped("calendars/uk-eng.2026.toml").replace('"UK-ENG"', '"OFFICE"')
    ladder = """
[[ladder]]
id = "internal.missed"
version = 9
purposes = ["acknowledge", "answer"]
rungs = [{ role = "duty-owner" }]
"""
    own = {"calendars/office.toml": calendar, "ladders/own.toml": ladder}
    rules = with_own(tmp_path, own, calendar="OFFICE")
    assert rules.calendar_of("OFFICE", None).name == "OFFICE"
    assert rules.calendar_of("UK-ENG", None).name == "UK-ENG"
    (answer,) = rules.in_force(["internal.answer"], datetime(2026, 3, 2, 10, tzinfo=UTC))
    climbed = rules.ladder_for(answer)
    assert climbed is not None
    assert (climbed.version, len(climbed.rungs)) == (9, 1)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({}, "holds none of deadlines, ladders, calendars"),
        ({"deadlines/own.toml": answer_within(15, version=1)}, "internal.answer"),
        ({"ladders/own.toml": shipped("ladders/internal.toml")}, "stands in two files"),
        ({"calendars/own.toml": shipped("calendars/uk-eng.2026.toml")}, "stands in two files"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(tmp_path: Path, own: Mapping[str, str], says: str) -> None:
    with pytest.raises(InvalidPolicy, match=re.escape(says)):
        with_own(tmp_path, own)


def test_closing_and_appeals_are_each_read_from_the_folder_of_that_name(tmp_path: Path) -> None:
    raised = {
        f"{kind}/own.toml": shipped(f"{kind}/internal.toml").replace("version = 1", "version = 2").replace(days, own)
        for kind, days, own in (
            ("closing", "reopening_days = 60", "reopening_days = 90"),
            ("appeals", "days = 30", "days = 45"),
        )
    }
    with_own(tmp_path, raised)
    institution = tmp_path / "institution.toml"
    closing, appeals = closing_rules(institution), appeal_rules(institution)
    assert (shipped_closing.newest(closing).reopening_days, shipped_appeals.newest(appeals).days) == (90, 45)
    assert sorted(closing) == [("internal.closing", 1), ("internal.closing", 2)]
    assert sorted(appeals) == [("internal.decision", 1), ("internal.decision", 2)]
