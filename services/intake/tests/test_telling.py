"""What tells whose a refused message is: much is everybody's word, and nothing may hide in a spelling."""

from __future__ import annotations

import json

import pytest

from casework.intake.domain import telling
from casework.intake.domain.telling import Known, needles, references_in, tells

LIN = (
    telling.complains(
        json.dumps(
            {"name": "王小明", "phone": "+86 21 5001", "email": "lin@example.org", "address": "北京市朝阳区望京街 8 号"}
        )
    )
    | telling.said("refund")
    | telling.said("The annual fee was taken twice / 年费")
    | telling.speaks_for("Anna Lin, anna@example.org")
    | Known(references=frozenset({("crm", "R-1")}))
)


def _posted(**fields: object) -> bytes:
    return json.dumps({"data": {"category": "Credit card", **fields}}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "original",
    [
        _posted(complainant={"name": " 王小明 "}),
        _posted(wish="refund"),
        _posted(words="Call me at +86 21 5001."),
        _posted(words={"de": ["Bitte an lin@example.org"]}),
        _posted(representative={"name": "Anna Lin"}),
        _posted(representative={"reach": "anna@example.org or by post"}),
        _posted(words="She says: The annual fee was taken twice / 年费!"),
        # Spelled as other encoders do: every character, upper-case digits, slashes.
        b'{"name":"\\u738B\\u5c0F\\u660e"}',
        b'{"words":"The annual fee was taken twice \\/ \\u5E74\\u8D39"}',
        # What stands there twice, under a name that holds it, and beside what is no JSON of ours.
        '{"name": "王小明", "name": "Wren", "n": NaN}'.encode(),
        b'{"data": {"lin@example.org": 1}}',
        # By its reference: structured, binary, by another road, and as a number.
        _posted(source="crm", source_reference=" R-1 "),
        b'{"source": "crm", "source_reference": "R-1"}',
        _posted(source="shop", source_reference="7", same_as={"source": "crm", "source_reference": "R-1"}),
        # What cannot be read to its end.
        "{broken 王小明".encode(),
        b'{broken "\\u738b\\u5c0f\\u660e"',
        b"{broken, no refund",
        b"[" * 100_000 + b"lin@example.org",
    ],
)
def test_what_is_theirs_tells(original: bytes) -> None:
    assert tells(original, LIN)
    # The search that comes before it finds it too.
    assert b"\\" in original or any(each in original for each in needles(LIN))


@pytest.mark.parametrize(
    "original",
    [
        _posted(words="No refund came.", wish="A refund, please."),
        _posted(complainant={"name": "王小明明"}),
        # What is a label there is nobody's wish.
        _posted(category="refund", issue="refund", facts=[{"name": "topic", "value": "refund"}]),
        _posted(refund="yes"),
        _posted(representative={"name": "Anna"}),
        _posted(source="shop", source_reference="R-1"),
        _posted(source="crm", source_reference="R-10"),
        b"{broken 7",
        b"[" * 100_000,
        b"",
    ],
)
def test_what_is_everybodys_does_not(original: bytes) -> None:
    assert not tells(original, LIN)


@pytest.mark.parametrize("way", ["unknown", "n/a", "none", "12", "@ah", ""])
def test_a_way_that_reaches_nobody_tells_nothing(way: str) -> None:
    assert telling.reached(way) == Known()


def test_what_is_short_tells_nothing_in_what_cannot_be_read() -> None:
    known = telling.said("Ann") | telling.said("李") | Known(references=frozenset({("crm", "42")}))
    assert not tells("{broken Anna 李白 42".encode(), known)
    assert tells(_posted(complainant={"name": "李"}), known)
    assert tells(b'{"source": "crm", "source_reference": 42}', known)


def test_only_what_can_be_a_reference_is_one() -> None:
    # Neither a lone surrogate nor a zero character may reach the database: no statement takes them.
    wrong = ('"\\ud800"', '"\\u0000"', "null", '["R-1"]', '""', f'"{"9" * 201}"')
    for each in wrong:
        assert references_in(f'{{"source": "crm", "source_reference": {each}}}'.encode()) == frozenset()
    assert references_in(b"{broken") == references_in(b"[" * 100_000) == frozenset()
