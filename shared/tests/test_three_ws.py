"""Which events say what was known, and which what was done: every type is in one group, and no word is of no type."""

from __future__ import annotations

import pytest

from casework.shared.audit import three_ws
from casework.shared.audit.three_ws import READINGS, Group, group_of
from casework.shared.contracts.access import Opened, Refused
from casework.shared.contracts.registry import EVENT_TYPES

WORDS = {name.split(".")[2] for name in EVENT_TYPES}


def test_every_word_of_the_table_is_a_type() -> None:
    for words in (READINGS, three_ws._KNOWN, three_ws._KEPT):
        assert words <= WORDS, words - WORDS


def test_every_reading_of_a_restricted_part_is_a_reading() -> None:
    read = {name for name, payload in EVENT_TYPES.items() if issubclass(payload, Opened | Refused)}
    assert len(read) == 8
    assert {group_of(name) for name in read} == {"read"}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("casework.intake.complaint-received.v1", "known"),
        ("casework.investigation.finding-recorded.v1", "known"),
        ("casework.resolution.finding-noted.v1", "kept"),
        ("casework.intake.media-signal-noted.v1", "known"),
        ("casework.intake.complaint-acknowledged.v1", "done"),
        ("casework.followup.case-escalated.v1", "done"),
        ("casework.followup.clock-paused.v1", "done"),
        ("casework.followup.clock-expired.v1", "kept"),
        ("casework.resolution.something-nobody-knows-yet.v1", "done"),
    ],
)
def test_what_is_known_and_what_is_done(name: str, group: Group) -> None:
    assert group_of(name) == group
