"""The policies about evidence: those that ship, and what is wrong with one of an institution's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_evidence import evidence_of_package, read_evidence

CHECKLIST = """
[[checklist]]
checklist = "shoes"
version = 1
title = { en = "Shoes", zh = "鞋" }
required = ["order-number"]
"""


def test_what_ships_can_be_read_and_has_no_tariffs() -> None:
    shipped = evidence_of_package()
    assert shipped.checklist_for("marketplace").required == ("order-number", "merchant", "payment-proof", "evidence")
    assert {each.party for each in shipped.party} == {"person", "company", "agent"}
    assert {each.pack for each in shipped.pack} == {"bank-mediation", "bank-mediation-double-recording"}
    assert not shipped.tariff


def test_an_institution_has_its_own_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(CHECKLIST, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("Not a policy.", encoding="utf-8")
    rules = read_evidence(tmp_path)
    assert [each.checklist for each in rules.checklist] == ["shoes"]
    assert not rules.party


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CHECKLIST.replace("version = 1", 'version = "1"'), "one.toml, line 4, checklist 1, field version"),
        (CHECKLIST.replace("required", "requires"), "one.toml, line 2, checklist 1, field required"),
        (CHECKLIST + CHECKLIST, "checklist shoes, version 1, stands twice"),
        (CHECKLIST + "[[shoe]]", "one.toml, field shoe"),
        ("[[checklist", "one.toml: not TOML"),
    ],
)
def test_what_is_wrong_names_file_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "one.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPolicy, match=said):
        read_evidence(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_bytes(CHECKLIST.encode("utf-16"))
    with pytest.raises(InvalidPolicy, match=r"one\.toml: not UTF-8"):
        read_evidence(tmp_path)
