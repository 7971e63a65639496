"""Cursors go out opaque and come back checked."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.shared.errors import InvalidMessage
from casework.shared.http.paging import cursor_after, sort_key_of
from casework.shared.http.problems import problem_of


@given(st.text(max_size=30), st.integers(), st.text(max_size=30))
def test_the_sort_key_comes_back(due: str, number: int, case_id: str) -> None:
    token = cursor_after("cases", due, number, case_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert sort_key_of(token, "cases", str, int, str) == (due, number, case_id)


def _token(document: bytes) -> str:
    return base64.urlsafe_b64encode(document).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "!",
        "a",
        "é",
        _token(b"{}"),
        _token(b"[]"),
        _token(b'["cases"]'),
        _token(b'["cases","x"]'),
        _token(b'["cases",1,"x"]'),
        _token(b'["cases","x",true]'),
        _token(b'["cases","x",1,2]'),
        _token(b"[" * 5_000),
        _token(b"\xff"),
        cursor_after("cases?status=open", "x", 1),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        sort_key_of(token, "cases", str, int)
    assert problem_of(refused.value).status == 400
