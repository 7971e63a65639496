"""No line of our own loses a field: every call of a structlog logger uses listed fields and a constant name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from casework.shared.runtime.logging import ADVICE, LOGGABLE

ROOT = Path(__file__).parents[3]


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in (*ROOT.glob("shared/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")):
        text = path.read_text()
        if "log = structlog.get_logger(" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                    yield path, node


def test_every_log_call_is_as_it_should_be() -> None:
    seen = 0
    for path, call in _calls():
        seen += 1
        where = f"{path.relative_to(ROOT)}:{call.lineno}"
        name = call.args[0] if call.args else None
        assert isinstance(name, ast.Constant), f"{where}: the event is not a constant"
        assert re.fullmatch(r"[a-z][a-z0-9_. -]{0,99}", str(name.value)), f"{where}: {name.value!r} is not a name"
        for keyword in call.keywords:
            listed = keyword.arg is None or keyword.arg in LOGGABLE | {ADVICE, "exc_info"}
            assert listed, f"{where}: {keyword.arg} would be dropped; use a listed field, or list it"
    assert seen > 10
