"""The journal: what was posted, what came back, and what a later answer may change."""

from __future__ import annotations

import itertools
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from casework.shared.integrator.journal import OUTCOMES, Answer, Contradiction, Entry, Journal, Outcome, Posted

NOW = datetime(2025, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)
A, B = Posted("p-a", "crm", "1"), Posted("p-b", "crm", "2")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.of(tmp_path, "load")


def test_a_post_is_pending_until_something_comes_back(journal: Journal) -> None:
    journal.posted([A, B], NOW)
    journal.posted([A], LATER)
    assert list(journal.pending()) == [
        Entry("p-a", "crm", "1", 2, NOW, LATER, None, None, None, None),
        Entry("p-b", "crm", "2", 1, NOW, NOW, None, None, None, None),
    ]
    journal.answered([Answer("p-a", "accepted", case_id="c-1"), Answer("p-b", "rejected", reason="no words")], LATER)
    assert list(journal.pending()) == []
    assert list(journal.entries()) == [
        Entry("p-a", "crm", "1", 2, NOW, LATER, "accepted", "c-1", None, LATER),
        Entry("p-b", "crm", "2", 1, NOW, NOW, "rejected", None, "no words", LATER),
    ]
    assert journal.counts() == {"accepted": 1, "updated": 0, "duplicate": 0, "rejected": 1, None: 0}


@pytest.mark.parametrize("order", list(itertools.permutations(OUTCOMES, 2)))
def test_the_best_answer_stays_whatever_the_order(journal: Journal, order: tuple[Outcome, Outcome]) -> None:
    journal.posted([A], NOW)
    for second, outcome in enumerate(order):
        journal.answered([Answer("p-a", outcome, case_id=f"c-{outcome}")], NOW + timedelta(seconds=second))
    (entry,) = journal.entries()
    best = min(order, key=OUTCOMES.index)
    assert (entry.outcome, entry.case_id) == (best, f"c-{best}")
    assert entry.answered_at == NOW + timedelta(seconds=order.index(best))


def test_of_equal_answers_the_first_stays(journal: Journal) -> None:
    journal.posted([A], NOW)
    journal.answered([Answer("p-a", "accepted", "c-1")], NOW)
    journal.answered([Answer("p-a", "accepted", "c-2")], LATER)
    (entry,) = journal.entries()
    assert (entry.case_id, entry.answered_at) == ("c-1", NOW)


def test_posting_again_keeps_the_outcome(journal: Journal) -> None:
    journal.posted([A], NOW)
    journal.answered([Answer("p-a", "accepted", case_id="c-1")], NOW)
    journal.posted([A], LATER)
    assert journal.counts()["accepted"] == 1


def test_answers_to_other_peoples_posts_are_passed_over(journal: Journal) -> None:
    journal.answered([Answer("p-x", "accepted", case_id="c-1")], NOW)
    assert list(journal.entries()) == []
    journal.posted([Posted("p-x", "crm", "9")], NOW)
    journal.answered([Answer("p-x", "duplicate", case_id="c-2")], NOW)
    assert journal.contradictions() == []


def test_two_cases_for_one_complaint_are_a_contradiction(journal: Journal) -> None:
    """Even where they answer two different posts about it: this is what a fault test looks for."""
    journal.posted([A, Posted("p-a2", "crm", "1"), B], NOW)
    for answer in [
        Answer("p-a", "accepted", "c-1"),
        Answer("p-a", "accepted", "c-1"),
        Answer("p-b", "accepted", "c-2"),
    ]:
        journal.answered([answer], NOW)
    assert journal.contradictions() == []
    journal.answered([Answer("p-a2", "updated", "c-3")], NOW)
    assert journal.contradictions() == [Contradiction("crm", "1", ("c-1", "c-3"))]


_POST_AND_DIE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from casework.shared.integrator.journal import Answer, Journal, Posted
journal = Journal(Path(sys.argv[1]))
journal.posted([Posted("p-a", "crm", "1"), Posted("p-b", "crm", "2")], datetime.now(UTC))
journal.answered([Answer("p-a", "accepted", "c-1")], datetime.now(UTC))
os.kill(os.getpid(), 9)
"""


def test_what_was_written_survives_the_process(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _POST_AND_DIE, tmp_path / "j.sqlite"], check=False)
    assert died.returncode == -9
    with Journal(tmp_path / "j.sqlite") as journal:
        assert (journal.counts()["accepted"], journal.counts()[None]) == (1, 1)


def test_a_failed_note_leaves_nothing_half_written(journal: Journal) -> None:
    journal.posted([A], NOW)
    unknown: Outcome = None  # type: ignore[assignment]  # what the database must refuse
    with pytest.raises(Exception, match="NOT NULL"):
        journal.answered([Answer("p-a", "accepted", "c-1"), Answer("p-a", unknown, "c-1")], NOW)
    assert [entry.outcome for entry in journal.pending()] == [None]
    journal.answered([Answer("p-a", "accepted", "c-2")], NOW)
    assert journal.contradictions() == []


def test_an_unfinished_run_is_taken_up_again_and_a_finished_one_is_not(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        first = journal.run()
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.run() == first
        journal.finish(first)
        second = journal.run()
        assert second != first
        assert journal.run() == second
