"""The canonical encoder equals an independent RFC 8785 implementation, or refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from casework.shared.contracts.canonical import (
    MAX_SAFE_INTEGER,
    JsonValue,
    NotCanonical,
    canonical,
    canonical_trusted,
    leaf_hash,
    record_bytes,
)
from casework.shared.contracts.ids import uuid_of

SEEDED = settings(derandomize=True, deadline=None, max_examples=250)

# Hypothesis draws no lone surrogates from `codec="utf-8"`; control characters, NUL and all planes are in.
TEXT = st.text(st.characters(codec="utf-8"))
KEYS = st.text(st.characters(max_codepoint=127))
WHOLE = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
SCALARS = st.none() | st.booleans() | WHOLE | TEXT
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=15
)


@SEEDED
@given(VALUES)
def test_every_value_has_the_bytes_of_rfc_8785(value: JsonValue) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical_trusted(value) == canonical(value)


@SEEDED
@given(VALUES, st.data())
def test_one_value_that_has_no_form_refuses_the_whole(value: JsonValue, data: st.DataObject) -> None:
    unfit = st.floats() | st.integers(min_value=MAX_SAFE_INTEGER + 1) | st.integers(max_value=-MAX_SAFE_INTEGER - 1)
    unfit |= st.sampled_from([b"bytes", {1: "x"}, {"é": 1}, {"\ud800": 1}, "\udfff", "\ud800x", object(), {1, 2}])
    spoilt = {"fine": value, "here": [value, data.draw(unfit)]}
    with pytest.raises(NotCanonical):
        canonical(spoilt)


@pytest.mark.parametrize("number", [1.0, 0.1, float("nan"), float("inf"), 2**53, -(2**53), 2**64, -(2**200)])
def test_no_number_that_others_may_read_otherwise(number: float) -> None:
    with pytest.raises(NotCanonical):
        canonical(number)


def test_the_largest_whole_numbers() -> None:
    assert canonical([MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER]) == b"[9007199254740991,-9007199254740991]"


def test_keys_sort_and_text_stays_itself() -> None:
    value = {"b": 1, "a": '年费\u2028\u007f\x07"\\/', "A": None, "": True, "aa": []}
    assert canonical(value) == '{"":true,"A":null,"a":"年费\u2028\u007f\\u0007\\"\\\\/","aa":[],"b":1}'.encode()


def test_a_leaf_is_the_hash_of_a_zero_byte_and_the_document() -> None:
    assert leaf_hash(b"") == sha256(b"\x00").digest()
    # RFC 9162's own trees begin with this leaf: the first test vector of Certificate Transparency logs.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"x") != sha256(b"x").digest()


@dataclass(frozen=True, slots=True)
class Inner:
    word: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    later: Inner
    ids: tuple[UUID, ...]
    at: datetime


def test_a_record_keeps_its_fields_in_order_and_reads_back() -> None:
    plain = UUID("01890000-0000-7000-8000-000000000001")
    at = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
    kept = Kept(Inner("年费"), (plain, uuid_of(str(plain))), at)
    text = (
        '{"later":{"word":"年费","number":null},'
        '"ids":["01890000-0000-7000-8000-000000000001","01890000-0000-7000-8000-000000000001"],'
        '"at":"2026-03-02T09:10:00+00:00"}'
    )
    assert record_bytes(kept) == text.encode()
    assert TypeAdapter(Kept).validate_json(record_bytes(kept)) == kept


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), timedelta(1), UTC])
def test_what_has_no_place_in_a_record_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        record_bytes(Inner("x", value))  # type: ignore[arg-type]  # what a type checker would have refused
