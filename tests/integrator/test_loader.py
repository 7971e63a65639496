"""The loader against a real broker and an intake that loses, repeats and refuses."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from casework.shared.contracts.types import Fact
from casework.shared.integrator.journal import Journal
from casework.shared.integrator.loader import LoadReport, NotConnected, load
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.sample import generate, sample
from casework.shared.integrator.table import BadRow
from casework.shared.runtime.claims import free_port
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.topics import Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire

SHARDS = 4


@dataclass
class Intake:
    """Answers what is posted, as the real one does: a case for each reference, known again by content and reference.

    `answers(post id, nth time seen)` says how often the answer is written: 0 loses it.
    """

    answers: Callable[[str, int], int] = lambda _post_id, _nth: 1
    refuses: Callable[[dict[str, Any]], bool] = lambda _data: False
    names_posts: bool = True
    pace: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    keys: set[bytes] = field(default_factory=set)
    cases: dict[tuple[str, str], str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    async def run(self, servers: str, topics: Topics) -> None:
        while True:
            try:
                await self._serve(servers, topics)
            except (KafkaError, OSError):
                await asyncio.sleep(0.05)

    async def _serve(self, servers: str, topics: Topics) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=None, request_timeout_ms=2_000)
        async with consumer, AIOKafkaProducer(bootstrap_servers=servers, request_timeout_ms=2_000) as producer:
            partitions = [TopicPartition(topics.inbox.name, number) for number in range(SHARDS)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            while True:
                found = await consumer.getmany(timeout_ms=50)
                for record in (record for records in found.values() for record in records):
                    await asyncio.sleep(self.pace)
                    self.keys.add(record.key)
                    topic, answers = self._answers(topics, record.value)
                    for answer in answers:
                        await producer.send(topic, orjson.dumps(answer), key=record.key)
                positions = {one: await consumer.position(one) for one in partitions}
                if any(position > (consumer.highwater(one) or position) for one, position in positions.items()):
                    return  # The broker has forgotten what we read.

    def _answers(self, topics: Topics, value: bytes) -> tuple[str, list[dict[str, Any]]]:
        event = orjson.loads(value)
        post_id, data = event["id"], event["data"]
        self.seen[post_id] += 1
        times = self.answers(post_id, self.seen[post_id])
        if self.refuses(data):
            problem: dict[str, Any] = {
                "type": "about:blank",
                "title": "Unacceptable",
                "detail": "The words are missing.",
            }
            problem |= {"status": 422, "errors": [{"pointer": "/data/words", "detail": "is required"}]}
            problem |= {"sha256": hashlib.sha256(value).hexdigest(), "topic": "inbox", "partition": 0, "offset": 1}
            return topics.rejections.name, [problem | ({"post_id": post_id} if self.names_posts else {})] * times
        reference = (data["source"], data["source_reference"])
        said = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()
        outcome = "duplicate" if said in self.known else "updated" if reference in self.cases else "accepted"
        self.known.add(said)
        case_id = self.cases.setdefault(reference, str(UUID(int=len(self.cases))))
        receipt = {"post_id": post_id, "source": reference[0], "source_reference": reference[1], "case_id": case_id}
        return topics.receipts.name, [receipt | {"outcome": outcome, "intake_version": 1}] * times


@asynccontextmanager
async def serving(intake: Intake, servers: str, topics: Topics) -> AsyncIterator[Intake]:
    serves = asyncio.create_task(intake.run(servers, topics))
    try:
        yield intake
    finally:
        serves.cancel()
        await asyncio.gather(serves, return_exceptions=True)


@pytest_asyncio.fixture
async def topics(kafka_server: KafkaServer) -> Topics:
    return await kafka_server.create_topics(fresh_prefix(), SHARDS)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.of(tmp_path, "load") as opened:
        yield opened


Loading = Callable[..., Any]


@pytest.fixture
def loading(kafka_server: KafkaServer, topics: Topics, journal: Journal) -> Loading:
    """`load` with short patience and everything but the posts filled in."""

    async def run(posts: Any, **options: Any) -> LoadReport:
        given = {"servers": kafka_server.servers, "topics": topics, "journal": journal, "resend_after": 0.3}
        given |= {"idempotent": kafka_server.idempotent, "give_up_after": 30.0}
        return await load(posts, **{**given, **options})

    return run


def counts(report: LoadReport) -> tuple[int, int, int, int, int]:
    """submitted, accepted, updated, duplicates, rejected"""
    return report.submitted, report.accepted, report.updated, report.duplicates, report.rejected


async def test_every_post_is_answered_although_answers_are_lost_and_repeated(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading
) -> None:
    rng = Random(11)
    fates = {str(post.post_id_in(journal.run())): rng.random() for post in generate(600, seed=11)}

    def answers(post_id: str, nth: int) -> int:
        return 0 if fates[post_id] < 0.2 and nth == 1 else 2 if fates[post_id] > 0.8 else 1

    async with serving(Intake(answers), kafka_server.servers, topics) as intake:
        report = await loading(generate(600, seed=11))

    lost = sum(fate < 0.2 for fate in fates.values())
    # Where the first answer was lost, the second calls the post a duplicate: to this client it is one.
    assert counts(report) == (600, 600 - lost, 0, lost, 0)
    assert report.reposts >= lost > 0
    assert report.unanswered == 0
    assert report.first_post_at is not None
    assert report.last_answer_at is not None
    assert (report.last_answer_at - report.first_post_at).total_seconds() == pytest.approx(report.seconds, abs=0.5)
    assert dict(journal.counts()) == {
        **{"accepted": 600 - lost, "updated": 0, "duplicate": lost, "rejected": 0, None: 0}
    }
    assert {entry.post_id: entry.case_id for entry in journal.entries()}.keys() == fates.keys()
    assert {entry.times_posted for entry in journal.entries()} != {1}
    # Answers were coming, so all that was missing was sent again at once, not little by little.
    assert len({entry.last_posted_at for entry in journal.entries()}) < 15
    assert intake.seen.keys() == fates.keys()
    assert intake.keys == {post.inbox_key() for post in generate(600, seed=11)}
    assert journal.contradictions() == []


async def test_the_same_again_is_all_duplicates_and_changed_facts_an_update(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading
) -> None:
    async with serving(Intake(), kafka_server.servers, topics):
        assert counts(await loading(sample())) == (60, 60, 0, 0, 0)
        # The receipts of the first time lie on the topic: whoever read them would count 60 accepted.
        assert counts(await loading(sample())) == (60, 0, 0, 60, 0)
        assert journal.counts()["accepted"] == 60
        changed = [replace(post, facts=(*post.facts, Fact(name="amount", value="12.50"))) for post in sample()[:5]]
        assert counts(await loading([*sample()[:2], *changed])) == (7, 0, 5, 2, 0)
    # Three runs in one journal: each posted for itself.
    assert journal.counts() == {"accepted": 60, "updated": 5, "duplicate": 62, "rejected": 0, None: 0}
    assert len({entry.case_id for entry in journal.entries()}) == 60


@pytest.mark.parametrize("names_posts", [True, False])
async def test_a_rejection_is_known_by_post_id_or_by_what_was_sent(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading, names_posts: bool
) -> None:
    posts = [replace(post, words=None if number % 3 == 0 else post.words) for number, post in enumerate(sample())]
    intake = Intake(refuses=lambda data: "words" not in data, names_posts=names_posts)
    async with serving(intake, kafka_server.servers, topics):
        report = await loading(posts)
    assert counts(report) == (60, 40, 0, 0, 20)
    assert len(report.problems) == 20
    assert f"sample {posts[0].source_reference}: The words are missing.; /data/words is required" in report.problems
    refused = [entry for entry in journal.entries() if entry.outcome == "rejected"]
    assert {entry.reason for entry in refused} == {"The words are missing.; /data/words is required"}


async def test_unreadable_oversized_and_repeated_rows_are_counted_and_not_sent(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading
) -> None:
    good, other = sample()[:2]
    huge = replace(other, facts=tuple(Fact(name="note", value="x" * 2_000) for _ in range(600)))
    async with serving(Intake(), kafka_server.servers, topics) as intake:
        run = journal.run()
        report = await loading([good, good, BadRow(7, "no Product"), huge, good], in_flight=1, resend_after=20.0)
    assert counts(report) == (5, 1, 0, 2, 2)
    assert report.unreadable == 1
    assert report.problems[0] == "line 7: no Product"
    assert "at most 1,032,192 can be posted" in report.problems[1]
    assert intake.seen == {str(good.post_id_in(run)): 1}
    assert journal.counts() == {"accepted": 1, "updated": 0, "duplicate": 0, "rejected": 1, None: 0}


async def test_what_is_unanswered_is_bounded_and_silence_is_not_flooded(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading
) -> None:
    progress: list[LoadReport] = []
    deaf = Intake(answers=lambda _post_id, nth: 0)
    async with serving(deaf, kafka_server.servers, topics):
        report = await loading(
            generate(500, seed=1), in_flight=100, give_up_after=2.0, progress=progress.append, resend_after=0.2
        )
    assert report.unanswered == 100
    assert counts(report) == (100, 0, 0, 0, 0)
    assert len(deaf.seen) == 100
    assert len(list(journal.pending())) == 100
    assert max(seen.unanswered for seen in progress) == 100
    # Ten rounds of reposting in two seconds, and only a handful of the hundred each time.
    assert 5 <= report.reposts <= 60
    async with serving(Intake(), kafka_server.servers, topics):
        report = await loading(generate(500, seed=1), in_flight=100)
    # What was posted the first time may have been accepted between the two loads.
    assert (report.submitted, report.accepted + report.duplicates) == (500, 500)
    assert list(journal.pending()) == []


async def test_an_intake_that_is_merely_slow_is_not_told_twice(
    kafka_server: KafkaServer, topics: Topics, loading: Loading
) -> None:
    """Most answers take longer than `resend_after`, for so many are waiting. But they come."""
    async with serving(Intake(pace=0.005), kafka_server.servers, topics):
        report = await loading(generate(300, seed=5))
    assert counts(report) == (300, 300, 0, 0, 0)
    assert report.seconds > 1.0
    assert report.reposts < 60


@pytest.mark.parametrize("order", [("accepted", "duplicate"), ("duplicate", "accepted")])
async def test_a_post_counts_once_by_the_best_of_its_answers(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading, order: tuple[str, str]
) -> None:
    class Talkative(Intake):
        def _answers(self, topics: Topics, value: bytes) -> tuple[str, list[dict[str, Any]]]:
            topic, receipts = super()._answers(topics, value)
            return topic, [receipts[0] | {"outcome": outcome} for outcome in order]

    async with serving(Talkative(), kafka_server.servers, topics):
        report = await loading(generate(50, seed=8), resend_after=20.0)
    # The load ends with the first answer to its last post, whatever is still to come.
    assert report.submitted == report.accepted + report.duplicates == 50
    assert report.accepted >= 49


async def test_without_a_broker_it_says_what_to_do(journal: Journal) -> None:
    servers = f"127.0.0.1:{free_port()}"
    with pytest.raises(NotConnected, match=r"Start the stack with `casework up`"):
        await load(sample(), servers=servers, topics=Topics.of("", 1), journal=journal, connect_within=0.5)
    assert list(journal.entries()) == []


async def test_without_topics_it_says_which(kafka_server: KafkaServer, journal: Journal) -> None:
    nowhere = Topics.of("nowhere.", 1)
    with pytest.raises(NotConnected, match=r"no topic nowhere\.casework\.receipts\.v1"):
        await load(sample(), servers=kafka_server.servers, topics=nowhere, journal=journal, connect_within=1.0)


async def test_strange_records_among_the_answers_are_passed_over(
    kafka_server: KafkaServer, topics: Topics, journal: Journal, loading: Loading
) -> None:
    strange = [b"", b"\xff", b"[]", b'"text"', b'{"post_id":[],"outcome":{}}', b'{"post_id":"x","outcome":"accepted"}']
    posts: Iterator[ComplaintPost] = generate(3, seed=2)
    first = next(posts)
    unknown_outcome = orjson.dumps(
        {"post_id": str(first.post_id_in(journal.run())), "outcome": "closed", "case_id": "c"}
    )
    # Another integrator's.
    strange.append(orjson.dumps({"post_id": str(UUID(int=7)), "outcome": "accepted", "case_id": "c"}))
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers) as producer:
        loads = asyncio.create_task(loading([first, *posts]))
        while not list(journal.pending()):
            await asyncio.sleep(0.02)
        await producer.send_and_wait(topics.receipts.name, unknown_outcome, key=b"k")
        for topic in (topics.receipts.name, topics.rejections.name):
            for value in [*strange, None]:
                await producer.send_and_wait(topic, value, key=b"k")
        assert not loads.done()
        async with serving(Intake(), kafka_server.servers, topics):
            assert counts(await loads) == (3, 3, 0, 0, 0)


def _answered(journal: Journal) -> int:
    return sum(count for outcome, count in journal.counts().items() if outcome is not None)


async def test_a_broker_that_forgets_everything_loses_no_post(journal: Journal) -> None:
    """Killed again and again, and each time back empty, with positions and unread posts gone."""
    topics = Topics.of("", SHARDS)
    broker = EmbeddedKafka(topics=topics.all())
    await broker.start()
    tasks_before = asyncio.all_tasks()
    rng = Random(4)
    intake = Intake(answers=lambda _post_id, _nth: 0 if rng.random() < 0.05 else 1)
    try:
        async with serving(intake, broker.servers, topics):
            loads = asyncio.create_task(
                load(
                    generate(3_000, seed=9),
                    servers=broker.servers,
                    topics=topics,
                    journal=journal,
                    idempotent=False,
                    resend_after=0.5,
                    in_flight=200,
                    give_up_after=60.0,
                )
            )
            hit_unanswered: list[int] = []
            for answered in (300, 1_200, 2_100):
                while _answered(journal) < answered:
                    assert not loads.done()
                    await asyncio.sleep(0.01)
                hit_unanswered.append(journal.counts()[None])
                os.kill(broker.pid, signal.SIGKILL)
                await broker.wait()
                await asyncio.sleep(rng.random())
                await broker.start()
            report = await loads
    finally:
        await broker.stop()
    assert all(hit_unanswered)
    assert (report.submitted, report.unanswered, report.rejected) == (3_000, 0, 0)
    assert report.accepted + report.duplicates == 3_000
    assert journal.counts()[None] == 0
    assert journal.contradictions() == []
    assert len(intake.cases) == 3_000
    # Nothing of the producers and consumers that were given up may be left to send at some later time.
    for _ in range(200):
        if not (left := asyncio.all_tasks() - tasks_before):
            break
        await asyncio.sleep(0.05)
    assert not left
