"""A page as sections of fields, tables and lines, and how it is drawn: as wide as it may be, whatever the script.

Nothing of a case is taken for markup, and every width is that of the terminal's cells, in which a Chinese character
has two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from typing import TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

LABEL_CELLS = 26
"""How wide a label may be before it is wrapped."""
UNBROKEN_CELLS = 26
"""How long a word of a table may be that is kept whole. Text without spaces, as Chinese is, breaks anywhere."""

INDENT = 2
GAP = 3
_WIDE = r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]"
_CLOSING = r"[，。、；：！？）】」』”’》]*"
_UNIT = re.compile(rf"(\s*)({_WIDE}{_CLOSING}|(?:(?!{_WIDE})\S)+{_CLOSING})")
"""What is never broken: a wide character or a word, with the space before it and what closes it."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Labels with what they say. A field without anything to say is left out."""

    rows: Sequence[tuple[str, str]]

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(label, said) for label, said in self.rows if said]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows. A column that says nothing in any row is left out."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """The lines of a day, each with its time of day."""

    day: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text."""

    lines: Sequence[str]


Block: TypeAlias = Fields | Table | Story | Lines


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is below it. `alarm` is drawn so that nobody overlooks it."""

    title: str
    blocks: Sequence[Block]
    alarm: bool = False


def nonempty(title: str, blocks: Iterable[Block]) -> Section | None:
    """A section of the blocks that say something; None where none does."""
    kept = [block for block in blocks if _says(block)]
    return Section(title, kept) if kept else None


def _says(block: Block) -> bool:
    match block:
        case Fields():
            return bool(block.shown)
        case Table():
            return bool(block.rows)
        case Story() | Lines():
            return bool(block.lines)


def drawn(sections: Iterable[Section], *, width: int, color: bool = False) -> str:
    """The page as text of at most `width` cells a line, without trailing spaces; `color` is for terminals."""
    console = Console(
        file=StringIO(),
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        for section in sections:
            style = "bold red" if section.alarm else "bold cyan"
            for line in wrapped(section.title, width):
                console.print(Text(line, style=style), soft_wrap=True)
            for at, block in enumerate(section.blocks):
                if at and not isinstance(block, Story):
                    console.print()
                for text in _block(block, width - INDENT):
                    console.print(Text.assemble(" " * INDENT, text), soft_wrap=True)
            console.print()
    return "\n".join(line.rstrip() for line in captured.get().split("\n")).rstrip("\n") + "\n"


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells. Breaks at spaces and between wide characters, of which none begins a
    line that closes something; what is longer than a line is cut."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for space, unit in _UNIT.findall(paragraph.expandtabs(4)):
            gap = " " if space and line else ""
            if line and cell_len(line) + cell_len(gap) + cell_len(unit) > width:
                lines.append(line)
                line, gap = "", ""
            *full, rest = chop_cells(line + gap + unit, width)
            lines += full
            line = rest
        lines.append(line)
    return lines


def _block(block: Block, width: int) -> Iterator[Text]:
    match block:
        case Fields():
            label_cells = min(max(cell_len(label) for label, _ in block.shown), LABEL_CELLS, width // 2)
            yield from _labelled(block.shown, label_cells, width)
        case Table():
            yield from _table(block, width)
        case Story(day=day, lines=lines):
            yield Text(day, style="bold")
            yield from _labelled(lines, len("00:00"), width)
        case Lines(lines=lines):
            for line in lines:
                lead = line[: len(line) - len(line.lstrip(" "))]
                yield from (Text(lead + each) for each in wrapped(line.strip(" "), width - len(lead)))


def _labelled(rows: Iterable[tuple[str, str]], label_cells: int, width: int) -> Iterator[Text]:
    for label, said in rows:
        beside = zip_longest(wrapped(label, label_cells), wrapped(said, width - label_cells - 2), fillvalue="")
        for left, right in beside:
            yield Text.assemble((set_cell_size(left, label_cells), "dim"), "  ", right)


def _table(table: Table, width: int) -> Iterator[Text]:
    kept = [at for at, _ in enumerate(table.columns) if any(row[at] for row in table.rows)]
    columns = [[table.columns[at], *(row[at] for row in table.rows)] for at in kept]
    widths = _widths(columns, width - GAP * (len(columns) - 1))
    for at in range(len(table.rows) + 1):
        cells = [wrapped(column[at], wide) for column, wide in zip(columns, widths, strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            text = (" " * GAP).join(set_cell_size(cell, wide) for cell, wide in zip(line, widths, strict=True))
            yield Text(text, style="dim" if at == 0 else "")
        if at == 0:
            yield Text("─" * (sum(widths) + GAP * (len(widths) - 1)), style="dim")


def _widths(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column is: as wide as it wants where there is room; else at least as its longest word, as far as
    that goes, and what room is left goes round."""
    wanted = [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in columns]
    if sum(wanted) <= room:
        return wanted
    least = [
        min(max(cell_len(unit) for cell in column for _, unit in _UNIT.findall(cell)), UNBROKEN_CELLS)
        for column in columns
    ]
    while sum(least) > room:
        least[least.index(max(least))] -= 1
    left = room - sum(least)
    # Who lacks least first, so that no column is broken for a few cells.
    lacking = sorted(range(len(least)), key=lambda at: wanted[at] - least[at])
    for before, at in enumerate(lacking):
        given = min(wanted[at] - least[at], left // (len(lacking) - before))
        least[at] += given
        left -= given
    return least
