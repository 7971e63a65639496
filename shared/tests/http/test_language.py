"""The language a reader asked for, of the two that we speak."""

from __future__ import annotations

import pytest

from casework.shared.http.language import asked_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("ZH-hans-CN", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh", "en"),
        ("zh,en", "zh"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("fr", "en"),
        ("fr, zh;q=0.5", "zh"),
        ("*", "en"),
        ("zh;q=0.5, *;q=0.8", "en"),
        ("zh;q=0", "en"),
        ("zh;q=often", "en"),
        ("zh;q=7", "en"),
        (";;,=,zh;level=1", "zh"),
    ],
)
def test_the_best_that_we_speak_is_chosen(header: str | None, language: str) -> None:
    assert asked_language(header) == language
