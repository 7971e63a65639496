"""Write the JSON Schema of every registered type: `python -m casework.shared.contracts.export DIR`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from casework.shared.contracts.registry import EVENT_TYPES, dataschema, json_schema


def schema_files() -> Mapping[str, str]:
    """Relative path -> text of every schema file, such as casework.intake.facts-added/1.json. Stable to the byte."""
    return {
        dataschema(name).removeprefix("/schemas/"): json.dumps(
            json_schema(name), indent=2, sort_keys=True, ensure_ascii=False
        )
        + "\n"
        for name in EVENT_TYPES
    }


def export(directory: Path) -> int:
    """Write the schema files under `directory`; returns how many. Files of older versions stay as they are."""
    files = schema_files()
    for path, text in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return len(files)


def main(arguments: list[str]) -> int:
    """The command line: one argument, the directory. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m casework.shared.contracts.export DIR", file=sys.stderr)
        return 2
    print(f"{export(Path(arguments[0]))} schemas written to {arguments[0]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
