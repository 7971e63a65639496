"""The closed tables of the page: every type has a sentence, and every word its Chinese, for whoever adds one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from casework.shared.cli.case_page import Speech
from casework.shared.cli.case_page.sentences import fields_of, sentences, told
from casework.shared.cli.case_page.speech import Lang, clean, words
from casework.shared.contracts.registry import EVENT_TYPES, json_schema, split_name

SAMPLES = Path(__file__).parents[3] / "schemas" / "samples"
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
TYPES = sorted(EVENT_TYPES)


def event(name: str, **data: Any) -> dict[str, Any]:
    """An event of the type, with this data in place of its sample's."""
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return {"type": name, "actor": "mei", "actorkind": "person", "data": {**sample, **data}}


def test_every_type_has_a_sentence_and_no_sentence_is_of_none() -> None:
    assert set(sentences()) == {split_name(name)[1] for name in EVENT_TYPES}


def test_a_sentence_names_fields_that_there_are() -> None:
    for name in TYPES:
        schema = json_schema(name)
        fields = schema.get("properties", {})
        there = {*schema.get("required", ()), *(field for field, kind in fields.items() if "default" in kind)}
        for lang in LANGUAGES:
            always, sometimes = fields_of(sentences()[split_name(name)[1]].of(lang))
            assert always - {"actor"} <= there, name
            assert sometimes - {"actor", "about_it"} <= set(fields), name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sample_is_told_in_full(lang: Lang) -> None:
    speech = Speech(lang, UTC)
    for name in TYPES:
        said = told(event(name), speech, {})
        assert said.endswith((".", "。", "!", "?", "！", "？", ":", "：", "…", "”")), said
        assert not set("{}[]") & set(said), said
        assert "…" not in said.removesuffix("…"), said
        template = sentences()[split_name(name)[1]].of(lang)
        assert (lang == "zh") == any("一" <= each <= "鿿" for each in template), name


def closed(schema: Any) -> Iterator[str]:
    """Every word of a closed set in a schema."""
    if isinstance(schema, Mapping):
        yield from schema.get("enum", ())
        if isinstance(schema.get("const"), str):
            yield schema["const"]
        for each in schema.values():
            yield from closed(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from closed(each)


def test_every_closed_word_is_said_in_chinese() -> None:
    wanted = {word for name in EVENT_TYPES for word in closed(json_schema(name)) if isinstance(word, str)}
    assert sorted(wanted - set(words()["zh"])) == []
    assert sorted(set(words()["en"]) - set(words()["zh"])) == []


def test_what_a_field_holds_is_no_template() -> None:
    said = told(
        event("casework.resolution.nothing-offered.v1", reason="[{actor}] {reason} [bold]x[/bold]"),
        Speech("en", UTC),
        {},
    )
    assert said == "mei offered the complainant nothing: [{actor}] {reason} [bold]x[/bold]."


def test_brackets_are_left_out_with_their_field() -> None:
    name = "casework.investigation.task-done.v1"
    speech = Speech("en", UTC)
    assert "late" not in told(event(name, late=False, result="Done."), speech, {})
    assert told(event(name, by="wu", number=2, late=True, result="Done."), speech, {}) == "wu did task 2, late: Done."


def test_a_type_of_a_newer_release_is_named() -> None:
    newer = {"type": "casework.intake.stars-read.v1", "actor": "mei", "actorkind": "person", "data": {"a": 1}}
    assert told(newer, Speech("en", UTC), {}) == "mei: stars read"


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ("not-upheld", "not upheld", "不成立"),
        ("2026-03-02T01:00:00.000000Z", "2026-03-02 01:00", "2026-03-02 01:00"),
        ({"amount": "12.50", "currency": "CNY"}, "12.50 CNY", "12.50 CNY"),
        ({"sealed": True}, "(sealed)", "（已封存）"),
        (["phone", "email"], "phone, email", "电话、电子邮件"),
        ("Not a word 并非词语", "Not a word 并非词语", "Not a word 并非词语"),
        (None, "", ""),
        (False, "no", "否"),
    ],
)
def test_values_are_said_in_both_languages(value: Any, en: str, zh: str) -> None:
    assert (Speech("en", UTC).value(value), Speech("zh", UTC).value(value)) == (en, zh)


def test_control_characters_do_not_steer_the_terminal() -> None:
    assert clean("a\x1b[31mb\x07\n好") == "a�[31mb�\n好"
