"""The one parser of JSON from outside: what it refuses, how it says so, and that hostile input stays cheap."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.shared.errors import InvalidMessage
from casework.shared.http.limits import MAX_BODY_BYTES, MAX_DEPTH, parse_json

STORABLE = st.characters(exclude_characters="\x00", codec="utf-8")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(STORABLE, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(STORABLE, max_size=8), inner),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_reads_every_storable_document_as_the_standard_library_does(value: object, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode()
    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b'{"a":1,}', "malformed-json"),
        (b"{'a':1}", "malformed-json"),
        (b'{"a":1} x', "malformed-json"),
        (b'"open', "malformed-json"),
        (b'{"a":NaN}', "malformed-json"),
        (b"[Infinity]", "malformed-json"),
        (b"[-Infinity]", "malformed-json"),
        (b"[1e999]", "malformed-json"),
        (b"[" + b"9" * 5_000 + b"]", "malformed-json"),
        (b'"a\x00b"', "malformed-json"),
        (b'"a\nb"', "malformed-json"),
        (b'"\xff\xfe"', "malformed-json"),
        (b'"\xed\xa0\x80"', "malformed-json"),  # half a surrogate pair, as bytes
        (b"\xef\xbb\xbf{}", "malformed-json"),  # a byte order mark
        ('{"a":1}'.encode("utf-16"), "malformed-json"),
        (b'{"a":1,"a":2}', "duplicate-key"),
        (b'{"x":[{"a":1,"\\u0061":2}]}', "duplicate-key"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
        (b"[" * 500_000, "too-deep"),
        (b'"' + b"a" * MAX_BODY_BYTES + b'"', "too-large"),
        (b'"a\\u0000b"', "unstorable-text"),
        (b'{"a":"\\ud800"}', "unstorable-text"),
        (b'{"a":"\\udc00\\ud800"}', "unstorable-text"),
    ],
)
def test_refuses_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        parse_json(body)
    assert refused.value.reason == reason


def test_depth_counts_levels_not_brackets() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    wide = b"[" + b",".join([b'{"a":[]}'] * 100) + b"]"
    assert len(parse_json(wide)) == 100


def test_brackets_and_quotes_inside_strings_are_text() -> None:
    text = '[[[["' * 20 + "\\" + '"]]' * 20
    assert parse_json(json.dumps({"a": [text, text]}).encode()) == {"a": [text, text]}


def test_deep_nesting_behind_an_open_quote_is_still_only_malformed() -> None:
    with pytest.raises(InvalidMessage, match="not JSON"):
        parse_json(b'"' + b"[" * 40)


def test_hostile_quotes_are_scanned_once() -> None:
    # Each of these is quadratic or worse for a scanner that backtracks or starts again: it would run for hours.
    for hostile in (b'"' + b'\\"' * 500_000, b"[" * 33 + b'"' * 1_000_000, b'\\"' * 500_000 + b"[" * 33):
        with pytest.raises(InvalidMessage):
            parse_json(hostile)


def test_points_at_what_cannot_be_stored() -> None:
    with pytest.raises(InvalidMessage) as refused:
        parse_json(rb'{"ok":"\u4e2d\ud83d\ude00","a/b~c":["x","y\u0000"],"deep":{"z":"\ud83d"},"\udfff":1}')
    assert [error.pointer for error in refused.value.errors] == ["/a~1b~0c/1", "/deep/z", ""]


def test_an_escaped_backslash_before_u_is_no_escape() -> None:
    assert parse_json(rb'"\\u0000 \\ud800"') == r"\u0000 \ud800"


def test_a_refusal_never_quotes_the_document() -> None:
    for body in (
        b'{"name":"Jane Canary","name":"x"} ',
        b'{"n": Jane Canary}',
        b'["Jane Canary\\u0000"]',
        b'{"Jane Canary":1,"Jane Canary":2}',
        b'["Jane \\Canary"]',
    ):
        with pytest.raises(InvalidMessage) as refused:
            parse_json(body)
        assert "Canary" not in str(refused.value) + "".join(error.detail for error in refused.value.errors)
