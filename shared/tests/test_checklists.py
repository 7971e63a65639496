"""Checklists as data: read whole or not at all, answered by the version that the case keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from casework.shared.checks.answering import (
    AnswerChecks,
    Checks,
    ChecksUnanswered,
    NoSuchChecklist,
    NoSuchLevel,
    NoSuchQuestion,
    Offered,
    decide,
    evolve,
    require,
)
from casework.shared.checks.checklists import Checklist, Question, asked_for, parse_checklists
from casework.shared.clocks.deadlines import Bilingual
from casework.shared.contracts.checks import CheckAnswer, ResponseChecked
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_rulebook import rulebook

(FIVE,) = rulebook().checklists
WORDS = tuple(
    CheckAnswer(question=name, answer="Yes. 是。") for name in ("patience", "attitude", "speed", "compensation")
)
HEAD = Offered(level="branch head", day=date(2026, 3, 5))
ALL = AnswerChecks(checklists=(FIVE,), checklist=FIVE.id, answers=WORDS, offered=HEAD)
TEXT = """
[[checklist]]
id = "internal.own"
version = 1
stage = "response"
title = { en = "Own", zh = "自有" }
questions = [{ name = "patience", text = { en = "Heard out?", zh = "是否听完?" } }]
"""


def test_a_stage_ends_when_all_is_answered_and_the_refusal_shows_the_list() -> None:
    with pytest.raises(ChecksUnanswered, match=r"patience: Was the complainant heard out.*level: "):
        require((FIVE,), ())
    checks = evolve((), decide(replace(ALL, offered=None), (), ResponseChecked)[0])
    with pytest.raises(ChecksUnanswered) as refused:
        require((FIVE,), checks)
    assert "level" in str(refused.value)
    assert "patience" not in str(refused.value)
    (event,) = decide(replace(ALL, answers=()), checks, ResponseChecked)
    assert event.offered is not None
    assert (event.offered.rung, event.offered.day) == (3, date(2026, 3, 5))
    require((FIVE,), evolve(checks, event))
    require((), ())


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (replace(ALL, checklist="internal.other"), NoSuchChecklist),
        (replace(ALL, answers=(CheckAnswer(question="humour", answer="Yes."),)), NoSuchQuestion),
        (replace(ALL, answers=(CheckAnswer(question="level", answer="Branch head."),)), NoSuchQuestion),
        (replace(ALL, offered=replace(HEAD, level="the boss")), NoSuchLevel),
    ],
)
def test_what_the_list_does_not_ask_is_refused(wrong: AnswerChecks, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        decide(wrong, (), ResponseChecked)


def test_a_case_keeps_the_version_of_its_first_answer() -> None:
    more = replace(FIVE, version=2, questions=(*FIVE.questions, _question("humour")))
    both: tuple[Checklist, ...] = (FIVE, more)
    (event,) = decide(ALL, (), ResponseChecked)
    kept: Checks = evolve((), event)
    require(both, kept)
    (later,) = decide(replace(ALL, checklists=both), kept, ResponseChecked)
    assert later.version == 1
    with pytest.raises(ChecksUnanswered, match="humour"):
        require(both, ())


def test_only_what_is_asked_for_at_the_stage_is_asked() -> None:
    assert asked_for((FIVE,), (FIVE.id,), "response") == (FIVE,)
    assert asked_for((FIVE,), (FIVE.id,), "investigation") == ()
    assert asked_for((FIVE,), (), "response") == ()


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("version = 1", 'version = "1"', "version"),
        ('stage = "response"', 'stage = "lunch"', "stage"),
        ("}]", '}, { name = "patience", text = { en = "x", zh = "y" } }]', "each question once"),
        ("}]", '}, { name = "level", text = { en = "x", zh = "y" }, level = true }]', "levels"),
        ("title", 'levels = ["a"]\ntitle', "levels"),
    ],
)
def test_a_wrong_list_is_refused_with_its_file(old: str, new: str, saying: str) -> None:
    assert parse_checklists(TEXT, "own.toml")[0].id == "internal.own"
    with pytest.raises(InvalidPolicy, match=rf"own\.toml.*{saying}"):
        parse_checklists(TEXT.replace(old, new, 1), "own.toml")


def _question(name: str) -> Question:
    return Question(name=name, text=Bilingual(en="Was it light?", zh="是否轻松?"))
