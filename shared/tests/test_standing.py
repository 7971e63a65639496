"""The straight-through policy: which solution applies, and what is said when the text is wrong."""

from __future__ import annotations

from importlib import resources

import pytest

from casework.shared.contracts.standing import (
    InvalidPolicy,
    StandingRef,
    StandingSolution,
    find,
    match,
    parse_standing,
)

DEMO = (resources.files("casework.shared") / "policies" / "straight-through-demo.toml").read_text(encoding="utf-8")

POLICY = """\
# Cards and the rest.
[[solution]]
name = "cards"
version = 1
categories = ["Credit card"]
severity = "medium"
complexity = "simple"
finding = "Found."
outcome = "upheld"
remedy = "refund"
answer = "Answered."
reply = "accepted"

[[solution]]
name = "rest"
version = 1
categories = ["*"]
severity = "low"
complexity = "simple"
finding = "Found."
outcome = "not-upheld"
remedy = "apology"
answer = "Answered."
reply = "none"
"""


def solution(name: str, version: int, *categories: str) -> StandingSolution:
    return StandingSolution(
        name=name,
        version=version,
        categories=categories,
        severity="low",
        complexity="simple",
        finding="Found.",
        outcome="upheld",
        remedy="apology",
        answer="Answered.",
        reply="none",
    )


def test_the_named_category_comes_before_every_category() -> None:
    rest, cards = solution("rest", 1, "*"), solution("cards", 1, "Credit card")
    assert match((rest, cards), "Credit card") is cards
    assert match((rest, cards), "Mortgage") is rest
    assert match((cards,), "Mortgage") is None
    assert match((), "Mortgage") is None


def test_only_the_newest_version_applies_and_older_ones_are_still_found() -> None:
    old, new = solution("cards", 1, "Credit card", "Prepaid card"), solution("cards", 2, "Credit card")
    for order in ((old, new), (new, old)):
        assert match(order, "Credit card") is new
        assert match(order, "Prepaid card") is None
        assert find(order, StandingRef(name="cards", version=1)) is old
        assert find(order, StandingRef(name="cards", version=3)) is None


def test_the_demo_policy_names_categories_and_covers_every_other() -> None:
    solutions = parse_standing(DEMO, "straight-through-demo.toml")
    assert match(solutions, "Debt collection") != match(solutions, "Retail purchase")
    everything_else = match(solutions, "Hotel stay")
    assert everything_else is not None
    assert everything_else.categories == ("*",)


def test_a_policy_without_solutions_lets_every_stage_wait_for_its_person() -> None:
    assert parse_standing("# nothing yet\n", "empty.toml") == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('severity = "low"', 'severity = "lwo"', "p.toml, line 18, solution 2, field severity: "),
        ("version = 1", "version = 0", "p.toml, line 4, solution 1, field version: "),
        ("version = 1", 'version = "one"', "p.toml, line 4, solution 1, field version: "),
        ('["*"]', "[]", "p.toml, line 17, solution 2, field categories: "),
        ("answer = ", "anwser = ", "p.toml, line 2, solution 1, field answer: Field required"),
        ("[[solution]]", "[solution]", "p.toml: not TOML: "),
        ("[[solution]]", "[[solutions]]", "p.toml: found solutions; write every standing solution as [[solution]]"),
        ("reply = ", "reply : ", "(at line 12, column 7)"),
        ('name = "rest"', 'name = "cards"', "cards version 1 stands twice; raise the version"),
        ('["Credit card"]', '["Credit card", "*"]', "both claim category '*'"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_place(before: str, after: str, said: str) -> None:
    assert before in POLICY
    with pytest.raises(InvalidPolicy) as refused:
        parse_standing(POLICY.replace(before, after, 1), "p.toml")
    assert said in str(refused.value)


def test_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse_standing(POLICY.replace("version = 1", "version = 1\nauthority = 5", 1), "p.toml")
    assert [error.pointer for error in refused.value.errors] == ["/solution/0/authority"]
