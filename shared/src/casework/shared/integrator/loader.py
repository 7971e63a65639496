"""An integrator's client: posts complaints to the inbox topic and does not rest until each has its answer.

Invariant: each post is in the journal before it is sent and is sent again until a receipt or a rejection with its
id has come; a post is counted once in a load, however often it was sent or answered. Posting again is harmless,
since the receiver knows a post by its id. What is unanswered at one time is bounded.

A post is sent again when it has waited for `resend_after` seconds and for three times what answers have lately
taken: a receiver that is merely busy is not helped by more to read. While nothing at all is answered, only a few
posts are sent again to probe; the others follow when answers come.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import Any, ClassVar

import orjson

from casework.shared.errors import CaseworkError
from casework.shared.integrator.answers import AnswerReader, Record
from casework.shared.integrator.journal import OUTCOMES, Answer, Journal, Outcome, Posted
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sender import MAX_VALUE_BYTES, Sender
from casework.shared.integrator.table import BadRow
from casework.shared.runtime.topics import Topics

_RECEIPTS: Mapping[str, Outcome] = {"accepted": "accepted", "updated": "updated", "duplicate": "duplicate"}
_CHUNK = 250
_PROBES = 5
_TICK_S = 0.05
_PROGRESS_EVERY_S = 0.1
_PROBLEMS = 20


class NotConnected(CaseworkError):
    """The broker or its topics could not be reached within the time given."""

    code: ClassVar[str] = "not-connected"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What has become of a load, at its end or so far.

    `submitted` counts what was read: it is `accepted` + `updated` + `duplicates` + `rejected` + `unanswered`.
    `rejected` includes the rows that could not be read (`unreadable`), which were never posted. `reposts` counts
    messages sent again. `problems` are the first reasons for rejection, at most twenty.
    """

    submitted: int
    accepted: int
    updated: int
    duplicates: int
    rejected: int
    unreadable: int
    unanswered: int
    reposts: int
    seconds: float
    """From the first post to the last answer."""
    first_post_at: datetime | None
    last_answer_at: datetime | None
    problems: tuple[str, ...]


async def load(
    posts: Iterable[ComplaintPost | BadRow],
    *,
    servers: str,
    topics: Topics,
    journal: Journal,
    progress: Callable[[LoadReport], None] | None = None,
    resend_after: float = 5.0,
    give_up_after: float | None = None,
    connect_within: float = 30.0,
    in_flight: int = 5_000,
    idempotent: bool = True,
    linger_ms: int = 10,
    security: Mapping[str, Any] | None = None,
) -> LoadReport:
    """Post everything and wait for the answers. All times are in seconds, except `linger_ms`.

    Returns when each post is answered, or when nothing has been answered for `give_up_after` seconds (never, by
    default). At most `in_flight` posts are unanswered at a time. `idempotent` must be off for a broker without
    idempotent producers. `security` are aiokafka's connection options. Raises `NotConnected` when the answers
    cannot be read within `connect_within` seconds from the start, and what `posts` or the journal raise.
    """
    run = _Load(servers, topics, journal, resend_after, in_flight, idempotent, linger_ms, security or {})
    return await run.run(iter(posts), progress, give_up_after, connect_within)


@dataclass(slots=True)
class _Waiting:
    """A post without an answer: what is sent, when it was last sent (event loop's clock) and how often."""

    post: Posted
    key: bytes
    value: bytes
    sha256: str
    sent_at: float
    times: int = 0


class _Tally:
    """Counts each post once, by the best of its answers."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.unreadable = self.repeated = self.reposts = 0
        self.first_post: tuple[float, datetime] | None = None
        self.last_answer: tuple[float, datetime] | None = None
        self._counts: Counter[Outcome] = Counter()
        self._problems: list[str] = []

    def count(self, answer: Answer, name: str) -> None:
        before = self.outcomes.get(answer.post_id)
        if before is not None:
            if OUTCOMES.index(before) <= OUTCOMES.index(answer.outcome):
                return
            self._counts[before] -= 1
        self.outcomes[answer.post_id] = answer.outcome
        self._counts[answer.outcome] += 1
        if answer.outcome == "rejected":
            self.problem(f"{name}: {answer.reason}")

    def problem(self, text: str) -> None:
        if len(self._problems) < _PROBLEMS:
            self._problems.append(text)

    def report(self, unanswered: int) -> LoadReport:
        first, last = self.first_post, self.last_answer
        return LoadReport(
            submitted=self._counts.total() + self.unreadable + self.repeated + unanswered,
            accepted=self._counts["accepted"],
            updated=self._counts["updated"],
            duplicates=self._counts["duplicate"] + self.repeated,
            rejected=self._counts["rejected"] + self.unreadable,
            unreadable=self.unreadable,
            unanswered=unanswered,
            reposts=self.reposts,
            seconds=last[0] - first[0] if first and last else 0.0,
            first_post_at=first[1] if first else None,
            last_answer_at=last[1] if last else None,
            problems=tuple(self._problems),
        )


class _Load:
    """One run of `load`."""

    def __init__(
        self,
        servers: str,
        topics: Topics,
        journal: Journal,
        resend_after: float,
        in_flight: int,
        idempotent: bool,
        linger_ms: int,
        security: Mapping[str, Any],
    ) -> None:
        self._servers = servers
        self._topics = topics
        self._journal = journal
        self._run = journal.run()
        self._resend_after = resend_after
        self._in_flight = in_flight
        self._reader = AnswerReader(servers, [topics.receipts.name, topics.rejections.name], self._take, security)
        self._sender = Sender(servers, topics.inbox, idempotent=idempotent, linger_ms=linger_ms, security=security)
        self._clock = asyncio.get_running_loop().time
        self._tally = _Tally()
        self._waiting: dict[str, _Waiting] = {}
        """By post id, the one sent longest ago first."""
        self._by_hash: dict[str, str] = {}
        self._answered = asyncio.Event()
        self._answered_at = self._round_at = self._clock()
        self._lag = 0.0

    async def run(
        self,
        posts: Iterator[ComplaintPost | BadRow],
        progress: Callable[[LoadReport], None] | None,
        give_up_after: float | None,
        connect_within: float,
    ) -> LoadReport:
        reading = asyncio.create_task(self._reader.run())
        try:
            await self._connected(reading, connect_within)
            self._answered_at = self._round_at = told_at = self._clock()
            exhausted = False
            while not exhausted or self._waiting:
                if reading.done():
                    reading.result()
                room = min(_CHUNK, self._in_flight - len(self._waiting))
                chunk = list(islice(posts, room))
                exhausted = exhausted or len(chunk) < room
                await self._post(chunk)
                await self._pause(0.0 if chunk else _TICK_S)
                await self._repost()
                now = self._clock()
                if give_up_after is not None and now - self._answered_at > give_up_after:
                    break
                if progress is not None and now - told_at >= _PROGRESS_EVERY_S:
                    told_at = now
                    progress(self._tally.report(len(self._waiting)))
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            await self._sender.close()
        if not self._waiting:
            self._journal.finish(self._run)
        report = self._tally.report(len(self._waiting))
        if progress is not None:
            progress(report)
        return report

    async def _connected(self, reading: asyncio.Task[None], within: float) -> None:
        ready = asyncio.create_task(self._reader.ready.wait())
        await asyncio.wait({ready, reading}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if reading.done():
            reading.result()
        if not self._reader.ready.is_set():
            obstacle = self._reader.obstacle
            raise NotConnected(
                f"The answers of Casework cannot be read from Kafka at {self._servers} "
                f"({type(obstacle).__name__}: {obstacle}). Start the stack with `casework up`, or name the right "
                "broker with --kafka; if its topics are missing, run `casework migrate`."
            )

    async def _pause(self, seconds: float) -> None:
        """Let the reader and the producer work, at most until the next answer."""
        self._answered.clear()
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._answered.wait()

    async def _post(self, chunk: Sequence[ComplaintPost | BadRow]) -> None:
        at = datetime.now(UTC)
        fresh: list[_Waiting] = []
        for post in chunk:
            if isinstance(post, BadRow):
                self._tally.unreadable += 1
                self._tally.problem(f"line {post.line}: {post.reason}")
                continue
            derived = post.post_id_in(self._run)
            post_id = str(derived)
            if post_id in self._waiting or post_id in self._tally.outcomes:
                self._tally.repeated += 1
                continue
            value = post.inbox_value(derived, at)
            posted = Posted(post_id, post.source, post.source_reference)
            waiting = _Waiting(posted, post.inbox_key(), value, hashlib.sha256(value).hexdigest(), self._clock())
            self._waiting[post_id] = waiting
            self._by_hash[waiting.sha256] = post_id
            fresh.append(waiting)
        if not fresh:
            return
        self._tally.first_post = self._tally.first_post or (self._clock(), at)
        self._journal.posted((waiting.post for waiting in fresh), at)
        for waiting in fresh:
            if len(waiting.value) <= MAX_VALUE_BYTES:
                await self._send(waiting)
            else:
                said = f"a message of {len(waiting.value):,} bytes; at most {MAX_VALUE_BYTES:,} can be posted"
                self._settle([Answer(waiting.post.post_id, "rejected", reason=said)])

    async def _send(self, waiting: _Waiting) -> bool:
        """False when nothing can be sent at present."""
        post_id = waiting.post.post_id
        if self._waiting.pop(post_id, None) is None:
            return True  # Answered meanwhile.
        waiting.sent_at = self._clock()
        waiting.times += 1
        self._waiting[post_id] = waiting
        return await self._sender.send(waiting.key, waiting.value)

    async def _repost(self) -> None:
        now = self._clock()
        if now < self._round_at + self._resend_after:
            return
        before = now - max(self._resend_after, 3 * self._lag)
        overdue = list(takewhile(lambda waiting: waiting.sent_at <= before, self._waiting.values()))
        if not overdue:
            return
        if self._answered_at <= self._round_at:
            overdue = overdue[:_PROBES]
        self._round_at = now
        self._journal.posted((waiting.post for waiting in overdue), datetime.now(UTC))
        for waiting in overdue:
            self._tally.reposts += 1
            if not await self._send(waiting):
                break

    def _take(self, records: Sequence[Record]) -> None:
        """What the reader found; much of it may be for others, or be known already."""
        found = (self._answer(record) for record in records)
        answers = [a for a in found if a and (a.post_id in self._waiting or a.post_id in self._tally.outcomes)]
        if answers:
            self._settle(answers)

    def _settle(self, answers: Sequence[Answer]) -> None:
        now, at = self._clock(), datetime.now(UTC)
        self._journal.answered(answers, at)
        for answer in answers:
            waiting = self._waiting.pop(answer.post_id, None)
            name = answer.post_id
            if waiting is not None:
                name = f"{waiting.post.source} {waiting.post.source_reference}"
                del self._by_hash[waiting.sha256]
                if waiting.times == 1:  # Of one sent more often, nobody knows which was answered.
                    self._lag += (now - waiting.sent_at - self._lag) / 8
                self._answered_at = now
                self._tally.last_answer = (now, at)
            self._tally.count(answer, name)
        self._answered.set()

    def _answer(self, record: Record) -> Answer | None:
        """None for what is no answer, or not to us."""
        try:
            said = orjson.loads(record.value)
        except (orjson.JSONDecodeError, TypeError):
            return None
        if not isinstance(said, dict):
            return None
        post_id = _text(said, "post_id")
        if record.topic == self._topics.rejections.name:
            if post_id not in self._waiting:
                post_id = self._by_hash.get(_text(said, "sha256"), "")
            return Answer(post_id, "rejected", reason=_reason(said)) if post_id else None
        outcome = _RECEIPTS.get(_text(said, "outcome"))
        case_id = _text(said, "case_id")
        return Answer(post_id, outcome, case_id) if post_id and outcome and case_id else None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _reason(problem: Mapping[str, Any]) -> str:
    """An RFC 9457 problem in one line."""
    errors = problem.get("errors")
    fields = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    told = [f"{_text(field, 'pointer')} {_text(field, 'detail')}" for field in fields]
    return "; ".join([_text(problem, "detail") or _text(problem, "title"), *told])
