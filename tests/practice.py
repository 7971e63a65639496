"""`make practice GROUP=B`: the rows of the practice catalogue, and the tests that show them.

A test carries the ids of the rows it shows: `@pytest.mark.practice("P036")`. The rows themselves stand in
`docs/practice.md`. A row is shown when at least one test carries it and all that do have passed. The rows that are
refused by design are looked at with every group: their tests show an absence, which any change can end.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CATALOGUE = Path(__file__).parents[1] / "docs" / "practice.md"
REFUSED = "R"
_ROW = re.compile(r"^\| ([PR]\d{2,3}) \| (.+) \| (\w+) \| ([A-ER]) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One practice: its id, what it is called, the service that owns the rule, and the group it is delivered with."""

    id: str
    title: str
    service: str
    group: str


def read_rows(catalogue: str) -> Mapping[str, Row]:
    """The rows of the catalogue's text by id. Raises `ValueError` for an id that stands there twice."""
    rows: dict[str, Row] = {}
    for match in _ROW.finditer(catalogue):
        row = Row(*match.groups())
        if row.id in rows:
            raise ValueError(f"{row.id} stands in the catalogue twice")
        rows[row.id] = row
    return rows


@dataclass(slots=True, eq=False)
class Shown:
    """A pytest plugin that keeps the tests carrying one of `wanted`, and what came of each."""

    wanted: Collection[str]
    known: Collection[str]
    tests: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The tests of each row."""
    results: dict[str, str] = field(default_factory=dict)
    """`passed`, `failed` or `skipped` of each test that was run."""
    strangers: set[str] = field(default_factory=set)
    """Ids that some test carries and the catalogue does not know."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept: list[pytest.Item] = []
        for item in items:
            carried = {each for mark in item.iter_markers("practice") for each in mark.args}
            self.strangers |= carried.difference(self.known)
            if mine := carried.intersection(self.wanted):
                kept.append(item)
                for row in mine:
                    self.tests[row].append(item.nodeid)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.results[report.nodeid] = report.outcome

    def is_shown(self, row: str) -> bool:
        """Whether tests carry the row, and all of them passed."""
        return bool(self.tests[row]) and all(self.results.get(test) == "passed" for test in self.tests[row])


def show(rows: Mapping[str, Row], group: str, where: Sequence[str]) -> tuple[Shown, list[Row]]:
    """Run the tests below `where` that carry rows of `group`, or rows that are refused by design. Returns what came of
    them, and those rows."""
    wanted = [row for row in rows.values() if row.group in (group, REFUSED)]
    shown = Shown({row.id for row in wanted}, rows.keys())
    # Everything may carry a row, however long it takes: the project's own selection of tests does not apply.
    code = pytest.main(["-q", "-m", "practice", "-p", "no:cacheprovider", *where], plugins=[shown])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"pytest did not get through the tests (exit code {int(code)}); what it said stands above")
    return shown, wanted


def summed_up(shown: Shown, row: str) -> Sequence[str]:
    """The tests of a row, those of one function in one line, such as "3 passed, 1 failed  test_it.py::test_it"."""
    results: dict[str, Counter[str]] = defaultdict(Counter)
    for test in shown.tests[row]:
        results[test.partition("[")[0]][shown.results.get(test, "not run")] += 1
    return [
        f"{', '.join(f'{many} {result}' for result, many in sorted(counts.items()))}  {function}"
        for function, counts in results.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every row of the group and every row that is refused by design is shown, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.practice", description="Rows, tests and results.")
    parser.add_argument("group", choices=sorted("ABCDER"))
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("where", nargs="*", help="where to look for tests; everywhere by default")
    chosen = parser.parse_intermixed_args(arguments)
    shown, wanted = show(read_rows(CATALOGUE.read_text()), chosen.group, chosen.where)
    for row in wanted:
        print(f"\n{row.id}  {row.title}  [{row.service}]: {'shown' if shown.is_shown(row.id) else 'NOT SHOWN'}")
        for line in summed_up(shown, row.id):
            print(f"      {line}")
    for stranger in sorted(shown.strangers):
        print(f"\n{stranger} is carried by a test and does not stand in docs/practice.md")
    missing = [row for row in wanted if not shown.is_shown(row.id)]
    if chosen.json:
        counted = _counted(chosen.group, wanted, missing)
        print(json.dumps({"group": chosen.group, **counted, "refused": _counted(REFUSED, wanted, missing)}))
    else:
        for group in dict.fromkeys((chosen.group, REFUSED)):
            counted = _counted(group, wanted, missing)
            many = f"{counted['shown']} of {counted['rows']} rows shown"
            print(f"\nrefused by design: {many} absent" if group == REFUSED else f"\ngroup {group}: {many}")
    return 1 if missing or shown.strangers else 0


def _counted(group: str, wanted: Sequence[Row], missing: Sequence[Row]) -> dict[str, Any]:
    """How many rows a group has, how many of them are shown, and the ids of the others."""
    of_it, lacking = ([row.id for row in rows if row.group == group] for rows in (wanted, missing))
    return {"rows": len(of_it), "shown": len(of_it) - len(lacking), "missing": lacking}


if __name__ == "__main__":
    sys.exit(main())
