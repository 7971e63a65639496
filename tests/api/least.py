"""The least body of each step, out of the committed description: every field that is wanted, with a value it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DESCRIBED: Mapping[str, Any] = json.loads(Path("schemas/openapi.json").read_text(encoding="utf-8"))
PREFIX = "/v1/cases/{case_id}/"
_FORMATS = {
    "uuid": "00000000-0000-7000-8000-000000000000",
    "date": "2026-03-02",
    "date-time": "2026-03-02T10:00:00Z",
}


def least_bodies() -> dict[str, dict[str, Any]]:
    """Step below a case -> its least body."""
    found = {}
    for path, methods in DESCRIBED["paths"].items():
        if path.startswith(PREFIX) and "post" in methods:
            content = methods["post"].get("requestBody", {}).get("content", {}).get("application/json", {})
            found[path.removeprefix(PREFIX)] = _least(content.get("schema", {})) or {}
    return found


def _least(schema: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _least(DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _least(schema[several][0])
    match schema.get("type"):
        case "object":
            return {name: _least(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [_least(schema["items"])] * schema.get("minItems", 0)
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "string":
            return _text(schema)
        case _:
            return {}


def _text(schema: Mapping[str, Any]) -> str:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    pattern = str(schema.get("pattern", ""))
    if "[0-9a-f]{64}" in pattern:
        return "a" * 64
    if "A-Z" in pattern:
        return "GBP"
    if "[1-9][0-9]" in pattern:
        return "12.50"
    return "as-said"
