"""The drawing of the page: nothing is lost, and no line is wider than it may be, in any script."""

from __future__ import annotations

from random import Random

import pytest
from rich.cells import cell_len

from casework.shared.cli.case_page import drawn
from casework.shared.cli.case_page.layout import Block, Fields, Lines, Section, Story, Table, wrapped

WORDS = (
    "the",
    "picture.",
    "开箱照片，24块板缺3块。",
    "2026-03-04",
    "internal.acknowledge",
    "é",
    "x" * 70,
    "𠀀好",
    "[b]",
)


def some(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(0, 6)))


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_nothing_is_lost_and_nothing_is_too_wide(width: int) -> None:
    random = Random(width)
    for _ in range(200):
        many = random.randint(2, 7)
        rows = [[some(random) or "-" for _ in range(many)] for _ in range(3)]
        pairs = [(some(random) or "-", some(random) or "-") for _ in range(3)]
        blocks: list[Block] = [
            Table([f"C{at}" for at in range(many)], rows),
            Fields(pairs),
            Lines([left for left, _ in pairs]),
            Story("Day", [("09:00", right) for _, right in pairs]),
        ]
        page = drawn([Section("Title", blocks)], width=width)
        assert max(cell_len(line) for line in page.split("\n")) <= width
        said = ["Title", "Day", *(f"C{at}" for at in range(many)), *(cell for row in rows for cell in row)]
        said += [*(both for pair in pairs for both in pair), *(left for left, _ in pairs)]
        said += [each for _, right in pairs for each in ("09:00", right)]
        assert sorted("".join(page.replace("─", "").split())) == sorted("".join("".join(said).split()))


def test_lines_break_between_words_and_wide_characters() -> None:
    assert wrapped("a desk without boards", 10) == ["a desk", "without", "boards"]
    assert wrapped("书桌缺板。A desk", 8) == ["书桌缺", "板。A", "desk"]
    assert wrapped("one\n\ntwo", 10) == ["one", "", "two"]
    assert wrapped("", 10) == [""]


def test_a_column_that_says_nothing_and_a_label_without_a_value_are_left_out() -> None:
    blocks: list[Block] = [Table(["No", "Why"], [["1", ""], ["2", ""]]), Fields([("Who", ""), ("When", "now")])]
    assert drawn([Section("T", blocks)], width=60) == "T\n  No\n  ──\n  1\n  2\n\n  When  now\n"


def test_colours_are_only_for_terminals() -> None:
    sections = [Section("T", [Fields([("When", "now")])], alarm=True)]
    assert "\x1b[" not in drawn(sections, width=60)
    assert "\x1b[" in drawn(sections, width=60, color=True)
