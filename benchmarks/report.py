"""The figures as a piece of a document, so that nobody types them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.results import Measured

BEGIN = "<!-- figures: written by `casework bench --markdown` -->"
END = "<!-- end of figures -->"


def markdown(conditions: Mapping[str, str], measured: Mapping[str, Measured]) -> str:
    """The table, where the processor time goes, and under which conditions all of it was measured."""
    figures = [figure.cells() for measurement in measured.values() for figure in measurement.figures]
    blocks = [_table(("measured", "result", "wanted", "reached"), figures)]
    if "flat" in measured:
        blocks += ["Microseconds of processor an event takes of each part, by cases in the store:", _parts(measured)]
    blocks.append(_table(("", ""), conditions.items()))
    return "\n\n".join(blocks)


def around(path: Path) -> tuple[str, str]:
    """What stands before and after the figures in a file. Raises `SystemExit` where it has no place for them."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path} has no place for the figures: give it the lines {BEGIN} and {END}")
    return before, after


def write_between(path: Path, text: str) -> None:
    """Replaces what stands between the two markers of a file."""
    before, after = around(path)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _parts(measured: Mapping[str, Measured]) -> str:
    costs = measured["flat"].document["costs"]
    names = list(costs[0]["parts"])
    amounts = [[cost["parts"][name] for name in names] + [cost["microseconds"]] for cost in costs]
    rows = ([f"{cost['size']:,}", *(f"{x:.0f}" for x in amount)] for cost, amount in zip(costs, amounts, strict=True))
    return _table(("cases", *names, "together"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def lines() -> Iterator[str]:
        titles = list(head)
        yield f"| {' | '.join(titles)} |"
        yield f"|{'---|' * len(titles)}"
        for row in rows:
            yield f"| {' | '.join(row)} |"

    return "\n".join(lines())
