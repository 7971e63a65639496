"""Procedures as data: read whole or not at all, one version for a day, and who has to have read it."""

from __future__ import annotations

from datetime import date

import pytest

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.people.directory import Directory
from casework.shared.people.members import Member
from casework.shared.procedures.versions import Procedures, UnknownProcedure, parse_procedures


def _text(version: int, first: str, more: str = "") -> str:
    return f"""
[[procedure]]
id = "bank.complaints"
version = {version}
first = {first}
title = {{ en = "Handling complaints", zh = "投诉处理程序" }}
sha256 = "{version:064x}"
{more}
"""


def _read(*texts: str) -> Procedures:
    return parse_procedures({f"{number}.toml": text for number, text in enumerate(texts)})


def test_a_day_is_served_by_the_version_that_began_last() -> None:
    # Version 10 after version 9, also where files and numbers sort otherwise as text.
    read = _read(_text(10, "2026-04-01"), _text(9, "2025-01-01"))
    assert [each.version for each in read.in_force(date(2026, 3, 31))] == [9]
    assert [each.version for each in read.in_force(date(2026, 4, 1))] == [10]
    assert read.in_force(date(2024, 12, 31)) == ()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ((_text(1, "2026-04-01", 'temper = "calm"'),), "0.toml, line 8, procedure 1, field temper"),
        ((_text(1, "2026-04-01"), _text(1, "2026-05-01")), "bank.complaints version 1 stands twice; raise one."),
        ((_text(1, "2026-04-01"), _text(2, "2026-04-01")), "let the higher version begin later."),
        ((_text(1, "2026-04-01").replace("00", "zz"),), "field sha256"),
        ((_text(0, "2026-04-01"),), "field version"),
    ],
)
def test_a_file_is_read_whole_or_not_at_all(texts: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        _read(*texts)
    assert said in str(refused.value)


def test_those_with_one_of_the_roles_have_to_read_it_or_everybody() -> None:
    members = [Member(id="desk"), Member(id="ann", roles=("handler",)), Member(id="bo", roles=("handler", "head"))]
    directory = Directory(members={each.id: each for each in members}, duty="desk")
    (everybody,) = _read(_text(1, "2026-04-01")).versions
    (handlers,) = _read(_text(1, "2026-04-01", 'readers = ["handler"]')).versions
    assert everybody.asked(directory) == ("desk", "ann", "bo")
    assert handlers.asked(directory) == ("ann", "bo")
    assert handlers.unread(directory, ["bo", "somebody-gone"]) == ("ann",)


def test_an_unknown_version_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownProcedure, match=r"there are bank\.complaints version 1"):
        _read(_text(1, "2026-04-01")).version("bank.complaints", 2)
    with pytest.raises(UnknownProcedure, match="none is loaded"):
        Procedures().version("bank.complaints", 2)
