"""The nine clauses and the six procedures: their names, and events that show each."""

from __future__ import annotations

from typing import get_args

from casework.shared.contracts.clauses import CLAUSES, PROCEDURES, ClauseNumber, ProcedureCode
from casework.shared.contracts.registry import EVENT_TYPES


def test_the_nine_are_named_as_the_standard_does() -> None:
    assert [(each.number, each.zh, each.en) for each in CLAUSES] == [
        ("7.1", "沟通", "communication"),
        ("7.2", "受理", "receipt"),
        ("7.3", "跟踪", "tracking"),
        ("7.4", "告知", "acknowledgement"),
        ("7.5", "初步评审", "initial assessment"),
        ("7.6", "调查", "investigation"),
        ("7.7", "响应", "response"),
        ("7.8", "沟通决定", "communicating the decision"),
        ("7.9", "终止", "closing"),
    ]
    assert tuple(each.number for each in CLAUSES) == get_args(ClauseNumber)


def test_the_six_are_there_and_map_onto_all_nine() -> None:
    assert tuple(each.code for each in PROCEDURES) == get_args(ProcedureCode)
    assert len(PROCEDURES) == 6
    assert {number for each in PROCEDURES for number in each.clauses} == set(get_args(ClauseNumber))


def test_each_has_an_event_type_that_is_registered() -> None:
    for types in (*(each.shown_by for each in CLAUSES), *(each.shown_by for each in PROCEDURES)):
        assert types
        assert set(types) <= EVENT_TYPES.keys()
