"""The integrator's own record of what it posted and what came back, kept outside the system it posts to.

Invariant: a post stands in the journal before it is sent, nothing is ever removed, and every answer is kept. The
outcome of a post is the best of its answers (accepted, then updated, duplicate, rejected), whatever order they
came in: once accepted it stays accepted, however often a repetition is called a duplicate. No words and nothing
about a complainant is written here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias, get_args
from uuid import UUID, uuid4

from casework.shared.contracts.types import parse_rfc3339, rfc3339

Outcome: TypeAlias = Literal["accepted", "updated", "duplicate", "rejected"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""From the best to the worst."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS post (
    post_id TEXT PRIMARY KEY, source TEXT NOT NULL, source_reference TEXT NOT NULL,
    times_posted INTEGER NOT NULL, first_posted_at TEXT NOT NULL, last_posted_at TEXT NOT NULL,
    outcome TEXT, case_id TEXT, reason TEXT, answered_at TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS post_pending ON post (post_id) WHERE outcome IS NULL;
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (
    post_id TEXT NOT NULL REFERENCES post, outcome TEXT NOT NULL, case_id TEXT NOT NULL, reason TEXT NOT NULL,
    times INTEGER NOT NULL, first_at TEXT NOT NULL,
    PRIMARY KEY (post_id, outcome, case_id, reason)
) WITHOUT ROWID;
"""
_RANK = "CASE {} " + " ".join(f"WHEN '{o}' THEN {-n}" for n, o in enumerate(OUTCOMES)) + f" ELSE {-len(OUTCOMES)} END"
_POSTED = """
INSERT INTO post VALUES (:post_id, :source, :source_reference, 1, :at, :at, NULL, NULL, NULL, NULL)
ON CONFLICT DO UPDATE SET times_posted = times_posted + 1, last_posted_at = :at
"""
_ANSWER = """
INSERT INTO answer SELECT post_id, :outcome, :case_id, :reason, 1, :at FROM post WHERE post_id = :post_id
ON CONFLICT DO UPDATE SET times = times + 1
"""
_OUTCOME = f"""
UPDATE post SET outcome = :outcome, case_id = nullif(:case_id, ''), reason = nullif(:reason, ''), answered_at = :at
WHERE post_id = :post_id AND {_RANK.format("outcome")} < {_RANK.format(":outcome")}
"""
_ENTRY = """
SELECT post_id, source, source_reference, times_posted, first_posted_at, last_posted_at,
       outcome, case_id, reason, answered_at FROM post
"""
_CONTRADICTIONS = """
SELECT source, source_reference, group_concat(DISTINCT answer.case_id) FROM post JOIN answer USING (post_id)
WHERE answer.case_id <> '' GROUP BY source, source_reference HAVING count(DISTINCT answer.case_id) > 1
ORDER BY source, source_reference
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message about to be sent."""

    post_id: str
    source: str
    source_reference: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a post: a receipt with its case, or a rejection with its reason."""

    post_id: str
    outcome: Outcome
    case_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One post as the journal knows it. `outcome` is None while nothing has come back. Times are UTC."""

    post_id: str
    source: str
    source_reference: str
    times_posted: int
    first_posted_at: datetime
    last_posted_at: datetime
    outcome: Outcome | None
    case_id: str | None
    reason: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A complaint whose receipts name more than one case: there must never be one."""

    source: str
    source_reference: str
    case_ids: tuple[str, ...]


class Journal:
    """A journal in one SQLite file. What a method wrote has survived the end of this process when it returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._database = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    @classmethod
    def of(cls, data_dir: Path, name: str) -> Journal:
        """The journal called `name` below a data directory, made if it is not there."""
        return cls(data_dir / "journal" / f"{name}.sqlite")

    def run(self) -> UUID:
        """The run under way: the last one, when it did not come to its end, or a new one.

        The ids of posts are worked out from it, so that a run that is taken up again repeats its own posts,
        and a second run of the same file posts anew and is told what is known already.
        """
        with self._transaction() as database:
            row = database.execute("SELECT id FROM run WHERE finished = 0 ORDER BY started DESC LIMIT 1").fetchone()
            if row is not None:
                return UUID(row[0])
            begun = uuid4()
            database.execute(
                "INSERT INTO run (id, started) SELECT ?, coalesce(max(started), 0) + 1 FROM run", (str(begun),)
            )
            return begun

    def finish(self, run: UUID) -> None:
        """Every post of the run has its answer."""
        with self._transaction() as database:
            database.execute("UPDATE run SET finished = 1 WHERE id = ?", (str(run),))

    def posted(self, posts: Iterable[Posted], at: datetime) -> None:
        """Note that these are about to be sent, once more or for the first time."""
        rows = [
            {"post_id": p.post_id, "source": p.source, "source_reference": p.source_reference, "at": rfc3339(at)}
            for p in posts
        ]
        with self._transaction() as database:
            database.executemany(_POSTED, rows)

    def answered(self, answers: Iterable[Answer], at: datetime) -> None:
        """Note what came back. Answers to posts that are not in this journal are passed over."""
        rows = [
            {
                "post_id": answer.post_id,
                "outcome": answer.outcome,
                "case_id": answer.case_id or "",
                "reason": answer.reason or "",
                "at": rfc3339(at),
            }
            for answer in answers
        ]
        with self._transaction() as database:
            database.executemany(_ANSWER, rows)
            database.executemany(_OUTCOME, rows)

    def entries(self) -> Iterator[Entry]:
        """Every post, by id."""
        return map(_entry, self._database.execute(f"{_ENTRY} ORDER BY post_id"))

    def pending(self) -> Iterator[Entry]:
        """The posts that have no answer yet, by id."""
        return map(_entry, self._database.execute(f"{_ENTRY} WHERE outcome IS NULL ORDER BY post_id"))

    def counts(self) -> Mapping[Outcome | None, int]:
        """How many posts have each outcome; None counts the pending ones."""
        found = dict(self._database.execute("SELECT outcome, count(*) FROM post GROUP BY outcome"))
        return {outcome: found.get(outcome, 0) for outcome in (*OUTCOMES, None)}

    def contradictions(self) -> list[Contradiction]:
        """The complaints that were given more than one case, by source and reference."""
        rows = self._database.execute(_CONTRADICTIONS)
        return [Contradiction(source, reference, tuple(sorted(ids.split(",")))) for source, reference, ids in rows]

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _entry(row: tuple[str, str, str, int, str, str, Outcome | None, str | None, str | None, str | None]) -> Entry:
    post_id, source, reference, times, first, last, outcome, case_id, reason, answered = row
    return Entry(
        *(post_id, source, reference, times, parse_rfc3339(first), parse_rfc3339(last), outcome, case_id, reason),
        parse_rfc3339(answered) if answered else None,
    )
