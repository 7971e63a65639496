"""A file of deadline policies is taken whole or refused with file, line and field."""

from __future__ import annotations

import pytest

from casework.shared.clocks.deadline_files import parse_deadlines, require_unambiguous
from casework.shared.contracts.policy_text import InvalidPolicy, place

GOOD = """\
# Two rules that follow one another, and a duty without a number.
[[deadline]]
id = "xx.rule.old"
version = 1
kind = "regulator"
regime = "xx.rule"
purpose = "answer"
party = "organisation"
title = { en = "Old", zh = "旧" }
rule = "The rule"
paragraph = "1"
source = "The book"
certainty = "read"
read_as_at = [2007-12-02]
to = 2016-06-29
calendar = "UK-ENG"
zone = "Europe/London"
starts = "receipt"
length = { number = 1, unit = "working-day" }
close_of_business = true
armed_by = ["complaint-received"]
met_by = ["decision-communicated"]
duty = { en = "Answer.", zh = "答复。" }

[[deadline]]
id = "xx.rule.new"
version = 1
kind = "regulator"
regime = "xx.rule"
purpose = "answer"
party = "organisation"
title = { en = "New", zh = "新" }
rule = "The rule"
paragraph = "1"
source = "The book"
certainty = "read"
from = 2016-06-30
follows = "xx.rule.old"
calendar = "UK-ENG"
zone = "Europe/London"
starts = "receipt"
length = { number = 15, unit = "working-day" }
armed_by = ["complaint-received"]
met_by = ["decision-communicated"]
withdrawn_by = ["complaint-withdrawn"]
warn_at = [75, 90]
duty = { en = "Answer.", zh = "答复。" }

[[deadline.pauses]]
cause = "testing"
title = { en = "Testing", zh = "检测" }
cap = { number = 30, unit = "calendar-day" }
proof = true
told_by = "pause-told"

[[deadline.extensions]]
name = "xx.rule.new.35"
title = { en = "35", zh = "三十五" }
length = { number = 35, unit = "working-day" }
least_rank = 2
told_by = "holding-reply-sent"

[[deadline.extensions]]
name = "xx.rule.new.60"
title = { en = "60", zh = "六十" }
length = { number = 60, unit = "working-day" }
least_rank = 3
told_by = "holding-reply-sent"
after = "xx.rule.new.35"

[[deadline.statements]]
name = "right"
text = { en = "Your right.", zh = "您的权利。" }

[[deadline]]
id = "xx.rule.ack"
version = 1
kind = "regulator"
regime = "xx.rule"
purpose = "acknowledge"
party = "organisation"
title = { en = "Prompt", zh = "及时" }
rule = "The rule"
paragraph_unknown = "Not read."
source = "A friend"
certainty = "second-hand"
dates_unknown = "Not read."
zone = "Europe/London"
starts = "receipt"
no_number = "prompt"
armed_by = ["complaint-received"]
met_by = ["complaint-acknowledged"]
duty = { en = "Acknowledge.", zh = "确认。" }
"""

OWN = """\
[[deadline]]
id = "internal.answer"
version = 1
kind = "internal"
regime = "internal"
purpose = "answer"
party = "organisation"
title = { en = "Own", zh = "内部" }
starts = "receipt"
length = { number = 20, unit = "working-day" }
armed_by = ["complaint-received"]
met_by = ["decision-communicated"]
duty = { en = "Answer.", zh = "答复。" }
"""


def refusal(text: str) -> InvalidPolicy:
    with pytest.raises(InvalidPolicy) as refused:
        parse_deadlines(text, "p.toml")
    return refused.value


def without(text: str, field: str, table: int) -> str:
    """The text without the line of a field in the nth table from 1, and without what else the table needs it for."""
    parts = text.split("[[deadline]]\n")
    lines = parts[table].splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{field} = "))
    parts[table] = "".join(lines[:at] + lines[at + 1 :])
    return "[[deadline]]\n".join(parts)


def test_the_example_is_taken_whole_and_in_order() -> None:
    assert [policy.id for policy in parse_deadlines(GOOD, "p.toml")] == ["xx.rule.old", "xx.rule.new", "xx.rule.ack"]
    assert [policy.id for policy in parse_deadlines(OWN, "p.toml")] == ["internal.answer"]
    assert parse_deadlines("# none\n", "p.toml") == ()


@pytest.mark.practice("P113")
@pytest.mark.practice("P190")
@pytest.mark.parametrize(
    ("table", "line", "field", "said"),
    [
        *((1, 2, field, "Field required") for field in ("id", "version", "kind", "regime", "purpose", "party")),
        *((1, 2, field, "Field required") for field in ("title", "starts", "armed_by", "met_by", "duty")),
        *((1, 2, field, "a regulator's deadline needs this") for field in ("rule", "source", "certainty", "zone")),
        (1, 2, "paragraph", "needs its paragraph, or paragraph_unknown"),
        (1, 2, "read_as_at", "needs one of: from, read_as_at, dates_unknown"),
        (1, 2, "calendar", "counting working-days needs a calendar"),
        (1, 2, "length", "give the length, no_number with the rule's words, or due_given"),
        (2, 25, "from", "needs one of: from, read_as_at, dates_unknown"),
        (3, 75, "no_number", "give the length, no_number with the rule's words, or due_given"),
        (3, 75, "paragraph_unknown", "needs its paragraph, or paragraph_unknown"),
        (3, 75, "dates_unknown", "needs one of: from, read_as_at, dates_unknown"),
    ],
)
def test_what_is_missing_is_named_with_its_table(table: int, line: int, field: str, said: str) -> None:
    refused = refusal(without(GOOD, field, table))
    points_at = {
        "read_as_at": "from",
        "dates_unknown": "from",
        "paragraph_unknown": "paragraph",
        "no_number": "length",
    }.get(field, field)
    # A field that stands there in spite of it is pointed at itself; else the header of the table is.
    assert str(refused).startswith(f"p.toml, line {line}, deadline {table}, field {points_at}: ")
    assert said in str(refused)


@pytest.mark.parametrize(
    ("before", "after", "place_said", "said"),
    [
        ("version = 1", 'version = "1"', "line 4, deadline 1, field version", "valid integer"),
        ("version = 1", "version = 0", "line 4, deadline 1, field version", "greater than or equal to 1"),
        ("version = 1", "version = 1\nactive = true", "line 5, deadline 1, field active", "Unexpected keyword"),
        ('id = "xx.rule.old"', 'id = "old"', "line 3, deadline 1, field id", "match pattern"),
        ('kind = "regulator"', 'kind = "law"', "line 5, deadline 1, field kind", "'regulator' or 'internal'"),
        ('kind = "regulator"', 'kind = "internal"', "line 5, deadline 1, field kind", "only for them"),
        ('regime = "xx.rule"', 'regime = "yy"', "line 6, deadline 1, field regime", "does not begin with the regime"),
        ('"read"', '"guessed"', "line 13, deadline 1, field certainty", "'read', 'second-hand' or 'unverified'"),
        (
            'paragraph = "1"',
            'paragraph_unknown = "?"',
            "line 13, deadline 1, field certainty",
            "can name the paragraph",
        ),
        ("to = 2016-06-29", "to = 2007-01-01", "line 15, deadline 1, field to", "read as at a later date"),
        ("to = 2016-06-29", "to = 2016-06-29T00:00:00", "line 15, deadline 1, field to", "valid date"),
        (
            "from = 2016-06-30",
            "from = 2016-06-30\nto = 2016-06-01",
            "line 38, deadline 2, field to",
            "before the first",
        ),
        ("from = 2016-06-30", "from = 2016-06-30\nread_as_at = [2020-01-01]", "field from", "needs one of"),
        ('"Europe/London"', '"Europe/Londno"', "line 17, deadline 1, field zone", "no time zone is called"),
        ('"Europe/London"', '"../etc"', "line 17, deadline 1, field zone", "no time zone is called"),
        ("number = 1,", "number = 0,", "line 19, deadline 1, field length.number", "at least 1"),
        ("number = 1,", 'number = "1",', "line 19, deadline 1, field length.number", "valid integer"),
        ("working-day", "business-day", "line 19, deadline 1, field length.unit", "Input should be"),
        ('unit = "working-day"', 'unit = "week"', "line 20, deadline 1, field close_of_business", "only a working day"),
        ('["complaint-received"]', "[]", "line 21, deadline 1, field armed_by", "at least 1 item"),
        ('["complaint-received"]', '["note-added"]', "line 21, deadline 1, field armed_by.1", "Input should be"),
        (
            '"complaint-withdrawn"',
            '"decision-communicated"',
            "line 45, deadline 2, field withdrawn_by",
            "met_by already",
        ),
        ('"complaint-withdrawn"', '"complaint-received"', "field withdrawn_by", "stands in armed_by already"),
        ("[75, 90]", "[90, 75]", "line 46, deadline 2, field warn_at", "ascending"),
        ("[75, 90]", "[75, 100]", "line 46, deadline 2, field warn_at.2", "less than or equal to 99"),
        ("cap = {", "cup = {", "line 49, deadline 2, pauses 1, field cap", "Field required"),
        ("number = 30,", "number = 0,", "line 52, deadline 2, pauses 1, field cap.number", "at least 1"),
        ("proof = true", 'proof = "yes"', "line 53, deadline 2, pauses 1, field proof", "valid boolean"),
        ("number = 35,", "number = 15,", "line 59, deadline 2, extensions 1, field length", "longer than 15"),
        ("number = 60,", "number = 35,", "line 66, deadline 2, extensions 2, field length", "longer than 35"),
        (
            'number = 60, unit = "working-day"',
            'number = 60, unit = "calendar-day"',
            "line 66, deadline 2, extensions 2, field length",
            "longer than 35 working-days",
        ),
        ("least_rank = 3\n", "", "line 63, deadline 2, extensions 2, field least_rank", "Field required"),
        ('"xx.rule.new.60"', '"xx.rule.new.35"', "line 64, deadline 2, extensions 2, field name", "stands twice"),
        ('after = "xx.rule.new.35"', 'after = "xx.rule.z"', "extensions 2, field after", "is called xx.rule.z"),
        ('name = "right"', 'name = "Right"', "line 72, deadline 2, statements 1, field name", "match pattern"),
        (
            'no_number = "prompt"',
            'no_number = "prompt"\nwarn_at = [50]',
            "line 91, deadline 3, field warn_at",
            "nothing",
        ),
        ('id = "xx.rule.new"', 'id = "xx.rule.old"', "line 27, deadline 2, field version", "stands twice"),
        ("from = 2016-06-30", "from = 2016-06-29", "line 37, deadline 2, field from", "serve the same dates"),
        (
            "from = 2016-06-30",
            "from = 2016-07-01",
            "line 38, deadline 2, field follows",
            "ends on the day before 2016-07-01",
        ),
        ('follows = "xx.rule.old"', 'follows = "xx.rule.odl"', "line 38, deadline 2, field follows", "no neighbour"),
        ("[[deadline]]", "[[deadlines]]", "p.toml", "found deadlines; write every deadline policy as [[deadline]]"),
        ('purpose = "answer"', 'purpose = "', "p.toml: not TOML", "(at line 7, column 12)"),
    ],
)
def test_a_mistake_is_refused_with_its_place(before: str, after: str, place_said: str, said: str) -> None:
    assert before in GOOD
    message = str(refusal(GOOD.replace(before, after, 1)))
    assert message.startswith("p.toml")
    assert place_said in message
    assert said in message


@pytest.mark.parametrize(
    ("field", "line"),
    [('rule = "ISO 10002"', "rule"), ('certainty = "read"', "certainty"), ("read_as_at = [2020-01-01]", "read_as_at")],
)
def test_an_internal_level_has_no_rule_behind_it(field: str, line: str) -> None:
    message = str(refusal(OWN.replace("starts =", f"{field}\nstarts =", 1)))
    assert (
        message == f"p.toml, line 9, deadline 1, field {line}: an internal policy has no rule behind it; leave this out"
    )


def test_versions_of_one_id_are_for_one_purpose() -> None:
    other = OWN.replace("version = 1", "version = 2").replace('purpose = "answer"', 'purpose = "progress"')
    assert "line 16, deadline 2, field id: the versions of internal.answer differ" in str(refusal(OWN + "\n" + other))


def test_all_mistakes_of_a_kind_are_told() -> None:
    refused = refusal(GOOD.replace("version = 1", 'version = "one"'))
    assert [error.pointer for error in refused.errors] == [f"/deadline/{at}/version" for at in range(3)]


def test_files_that_contradict_each_other_are_refused_by_id() -> None:
    policies = parse_deadlines(GOOD, "p.toml")
    require_unambiguous(policies)
    late = parse_deadlines(
        OWN.replace("internal.answer", "xx.rule.other")
        .replace('"internal"', '"regulator"', 1)
        .replace('regime = "internal"', 'regime = "xx.rule"')
        .replace(
            "starts",
            'rule = "r"\nparagraph = "1"\nsource = "s"\ncertainty = "read"\nfrom = 2020-01-01\ncalendar = "IE"\n'
            'zone = "Europe/Dublin"\nstarts',
            1,
        ),
        "q.toml",
    )
    with pytest.raises(InvalidPolicy, match=r"^xx\.rule\.other, field from: xx\.rule\.new and .* serve the same dates"):
        require_unambiguous(policies + late)


def test_a_place_is_told_as_far_as_it_is_known() -> None:
    assert place("a = 1\nb = 2\n", ("b",)) == ", line 2, field b"
    assert place("a = 1\n", ("b", 0, "c")) == ", field b.1.c"
    assert place("[[a]]\n[[a]]\n[a.b]\nc = 1\n", ("a", 1, "b", "c")) == ", line 4, a 2, field c"
