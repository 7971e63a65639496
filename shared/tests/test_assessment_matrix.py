"""The matrix of the assessment: what it sets, and which texts of it are refused."""

from __future__ import annotations

import pytest

from casework.shared.assessing.matrix import Weights, parse_matrix
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_assessment import matrix_of_package

SHIPPED = matrix_of_package()


def test_the_row_of_the_catalogue() -> None:
    weighed = SHIPPED.weigh(Weights(safety=True, complexity="simple"), "Anything")
    assert (weighed.severity, weighed.must_be_now) == ("high", True)


@pytest.mark.parametrize(
    ("said", "category", "severity", "urgency", "now"),
    [
        (Weights(), "Fee", "low", "usual", False),
        (Weights(severity="medium"), "Fee", "medium", "usual", False),
        (Weights(severity="low", safety=True), "Fee", "high", "at-once", True),
        (Weights(impact="high"), "Fee", "high", "soon", True),
        (Weights(impact="medium"), "Fee", "low", "usual", False),
        (Weights(impact="medium", complexity="complex"), "Fee", "medium", "usual", False),
        (Weights(severity="high", impact="medium", complexity="complex"), "Fee", "high", "soon", False),
        (Weights(immediate_action=True), "Fee", "low", "at-once", True),
        (Weights(), "自动取款机", "low", "soon", True),
        (Weights(), "cash machine", "low", "usual", False),
    ],
)
def test_a_row_only_raises(said: Weights, category: str, severity: str, urgency: str, now: bool) -> None:
    weighed = SHIPPED.weigh(said, category)
    assert (weighed.severity, weighed.urgency, weighed.must_be_now) == (severity, urgency, now)


HEAD = """
[[matrix]]
id = "own.assessment"
version = 1
longest_cooling = { number = 3, unit = "working-day" }
immediate_within = { number = 1, unit = "elapsed-hour" }
"""
ROW = """
[[matrix.row]]
name = "one"
title = { en = "One", zh = "一" }
"""


def test_the_newest_version_is_used_and_routes_by_severity() -> None:
    route = '[[matrix.route]]\nseverity = "high"\nteam = "major-cases"\n'
    found = parse_matrix(HEAD + HEAD.replace("version = 1", "version = 2") + route, "own.toml")
    assert (found.version, found.team_for("high"), found.team_for("low"), found.team_for(None)) == (
        2,
        "major-cases",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("", "matrix"),
        (HEAD + HEAD, "a version stands twice"),
        (HEAD + HEAD.replace("own.assessment", "own.other"), "several ids"),
        (HEAD + ROW + ROW, "row's name stands twice"),
        (HEAD.replace("working-day", "calendar-day"), "in working days"),
        (HEAD.replace("elapsed-hour", "working-hour"), "does not wait for the office"),
        (HEAD.replace("number = 1", "number = 0"), "at least 1"),
        (HEAD + ROW + 'when = { severity = "grave" }\n', "line 11, matrix 1, row 1"),
        (HEAD + ROW + 'who = "rich"\n', "who"),
    ],
)
def test_a_text_that_cannot_be_meant_is_refused(text: str, saying: str) -> None:
    with pytest.raises(InvalidPolicy, match=saying):
        parse_matrix(text, "own.toml")
