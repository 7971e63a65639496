"""Canonical JSON: the one byte string that is hashed, stored, sent, exported and verified.

Invariant: `canonical(v)` equals the RFC 8785 (JCS) form of `v`, or raises. It is orjson with sorted keys,
which differs from RFC 8785 in three ways, each closed here: floats are written otherwise (refused),
whole numbers beyond ±(2^53-1) are written (refused by OPT_STRICT_INTEGER), and keys are sorted by code
point instead of UTF-16 unit (the orders differ only beyond the Basic Multilingual Plane: keys must be
ASCII). `shared/tests/test_canonical.py` proves the equality against an independent RFC 8785 implementation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import orjson

JsonValue: TypeAlias = Any
"""str, int, bool, None, list, tuple or a dict with str keys of these; never float."""

MAX_SAFE_INTEGER = 2**53 - 1

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS
_RECORD = _OPTIONS | orjson.OPT_PASSTHROUGH_DATETIME


class NotCanonical(ValueError):
    """The value has no canonical form: a float, a whole number beyond ±(2^53-1), a non-ASCII key, a lone surrogate."""


def canonical(value: JsonValue) -> bytes:
    """RFC 8785 bytes of any JSON value. Walks the value first; for documents we built ourselves from
    registered types, whose fields cannot hold a float, `canonical_trusted` skips the walk."""
    _check(value)
    return canonical_trusted(value)


def canonical_trusted(value: JsonValue) -> bytes:
    """As `canonical`, for values whose types already exclude floats and non-ASCII keys."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except (TypeError, ValueError) as error:
        raise NotCanonical(str(error)) from error


def record_bytes(record: object) -> bytes:
    """JSON of one of our dataclasses, its fields in the order of their declaration: equal records of one release
    give equal bytes. For what a service keeps for itself, such as snapshots; what is hashed is `canonical`.
    Raises TypeError for a field that is no JSON, id, day, instant or dataclass."""
    return orjson.dumps(record, default=_as_text, option=_RECORD)


def _as_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in a record")


def leaf_hash(document: bytes) -> bytes:
    """SHA-256(0x00 || document): the chain link and the Merkle leaf of RFC 9162, section 2.1.1."""
    return hashlib.sha256(b"\x00" + document).digest()


def _check(value: JsonValue) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"key {key!r} is not ASCII text")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"a {type(value).__name__} has no canonical form; write amounts as text")
