"""A page as sections of fields, tables and lines, and how it is drawn: as wide as it may be, whatever the script.

Nothing of a case is taken for markup, and every width is that of the terminal's cells, in which a Chinese character
has two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TypeAlias

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

LABEL_CELLS = 26
"""How wide a label may be before it is wrapped."""
UNBROKEN_CELLS = 20
"""How long a word of a table may be that is kept whole. Text without spaces, as Chinese is, breaks anywhere."""


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
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        for section in sections:
            console.print(Text(section.title, style="bold red" if section.alarm else "bold cyan"))
            for at, block in enumerate(section.blocks):
                if at and not isinstance(block, Story):
                    console.print()
                console.print(Padding(_rendered(block), (0, 0, 0, 2)))
            console.print()
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).rstrip("\n") + "\n"


def _rendered(block: Block) -> RenderableType:
    match block:
        case Fields():
            return _fields(block)
        case Table():
            return _table(block)
        case Story(day=day, lines=lines):
            grid = _grid(5)
            for at, said in lines:
                grid.add_row(Text(at, style="dim"), Text(said))
            return Group(Text(day, style="bold"), grid)
        case Lines(lines=lines):
            return Group(*(Text(line) for line in lines))


def _grid(label_cells: int) -> RichTable:
    grid = RichTable.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=label_cells, overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    return grid


def _fields(block: Fields) -> RenderableType:
    rows = block.shown
    grid = _grid(min(max(cell_len(label) for label, _ in rows), LABEL_CELLS))
    for label, said in rows:
        grid.add_row(Text(label, style="dim"), Text(said))
    return grid


def _table(block: Table) -> RenderableType:
    kept = [at for at, _ in enumerate(block.columns) if any(row[at] for row in block.rows)]
    table = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), collapse_padding=True)
    for at in kept:
        # What is short, a number, a day or a name, is never broken.
        widest = max(cell_len(word) for row in block.rows for word in (row[at].split() or [""]))
        heading = Text(block.columns[at], style="dim")
        table.add_column(heading, overflow="fold", no_wrap=False, min_width=min(widest, UNBROKEN_CELLS))
    for row in block.rows:
        table.add_row(*(Text(row[at]) for at in kept))
    if not block.title:
        return table
    return Group(Text(block.title, style="bold"), table)
