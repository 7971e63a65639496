"""The policies of answers: wording that is not sent, and ways outside. What ships, and what is refused in a file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from casework.shared.answers.routes import parse_routes, route_for
from casework.shared.answers.wording import broken_by, cause_in, parse_wording
from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.policies.shipped_answers import routes, wording
from casework.shared.policies.shipped_rulebook import rulebook


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            "that is your driving, nothing to do with us",
            [("puts-all-on-the-complainant", "that-is-your-driving"), ("evades", "nothing-to-do-with-us")],
        ),
        ("what did you do to it?", [("interrogates", "what-did-you-do")]),
        ("complain where you like", [("rude-or-silent", "complain-where-you-like")]),
        ("sorry", [("sorry-without-a-plan", None)]),
        ("...", [("rude-or-silent", None)]),
        ("We\u2019re sorry; we\u2019ll call you by Friday.", []),
        ("We have corrected the entry and refunded the fee.", []),
        ("很抱歉，我们会在3日内核实并回复您。", []),
        ("我们已对车做了什么检查，附在信中。", []),
        ("ＷＨＡＴ　did you do to it", [("interrogates", "what-did-you-do")]),
    ],
)
def test_what_a_text_breaks(text: str, broken: list[tuple[str, str | None]]) -> None:
    assert [(each.taboo.id, each.phrase) for each in broken_by(text, wording())] == broken


def test_six_taboos_and_four_phrases_ship() -> None:
    assert (len(wording().taboo), len(wording().phrase)) == (6, 4)
    assert cause_in("It broke because of the belt.", wording()) == "because"
    assert cause_in("很抱歉给您添麻烦，我们会核实。", wording()) is None


TABOO = """
id = "own.wording"
version = 1
[[taboo]]
id = "rude"
title = { en = "Rude", zh = "无礼" }
instead = { en = "Write kindly.", zh = "请礼貌。" }
patterns = ["shut up"]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TABOO.replace('"shut up"', '"("'), "line 8, taboo 1, field patterns"),
        (TABOO + '[[phrase]]\nid = "x"\nbreaks = "kind"\npatterns = ["x"]\n', "there is no taboo kind"),
        (TABOO + TABOO[TABOO.index("[[taboo]]") :], "rude stands twice"),
        (TABOO.replace("version = 1", 'version = "1"'), "line 3"),
        (TABOO + "colour = 3\n", "colour"),
    ],
)
def test_a_mistake_in_the_wording_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidPolicy, match=r"own\.toml") as refused:
        parse_wording(text, "own.toml")
    assert said in str(refused.value)


ON = datetime(2025, 8, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("deadline", "route", "last_day"),
    [
        ("uk.disp.8w", "uk.fos", date(2026, 2, 28)),
        ("au.rg271.30", "au.afca", date(2027, 8, 31)),
        ("cn.bank.15", "cn.bank", None),
        ("internal.answer", "courts", None),
    ],
)
def test_the_way_outside_of_each_regime(deadline: str, route: str, last_day: date | None) -> None:
    found = route_for(routes(), (deadline,), ON, rulebook())
    assert found is not None
    assert (found.id, found.last_day) == (route, last_day)
    assert found.address_en
    assert found.address_zh


def test_no_route_for_nobody() -> None:
    only_uk = [each for each in routes() if each.deadlines]
    assert route_for(only_uk, ("internal.answer",), ON, rulebook()) is None


ROUTE = """
[[route]]
id = "own.court"
version = 1
name = { en = "Court", zh = "法院" }
address = { en = "Here.", zh = "此处。" }
limit = { en = "Soon.", zh = "尽快。" }
"""


def test_a_mistake_in_the_routes_is_named_with_its_place() -> None:
    with pytest.raises(InvalidPolicy, match="stands twice"):
        parse_routes(ROUTE + ROUTE, "own.toml")
    with pytest.raises(InvalidPolicy, match=r"own\.toml, line 5, route 1, field name"):
        parse_routes(ROUTE.replace(', zh = "法院"', ""), "own.toml")
    stranger = parse_routes(ROUTE + 'until = "no.such.deadline"\n', "own.toml")
    with pytest.raises(InvalidPolicy, match=r"no\.such\.deadline"):
        route_for(stranger, (), ON, rulebook())
