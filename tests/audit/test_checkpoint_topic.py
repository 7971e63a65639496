"""The checkpoints' topic follows the notary's folder, whatever becomes of the broker's memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from benchmarks.verify import INSTALLATION

from casework.shared.audit.checkpoint import NO_PREVIOUS, Checkpoint, Tree, open_checkpoint, places
from casework.shared.audit.merkle import EMPTY_ROOT
from casework.shared.contracts.ids import SERVICES
from casework.shared.notary.book import Book, BookDiffers
from casework.shared.notary.measures import Measures
from casework.shared.notary.publish import Publisher
from casework.shared.runtime.messaging import make_producer
from casework.shared.runtime.settings import NotarySettings
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.testing.parts import KafkaServer, fresh_prefix

from .forging import Signer, new_signer

pytestmark = pytest.mark.wire


def settings_of(folder: Path, servers: str, prefix: str, *, idempotent: bool) -> NotarySettings:
    return NotarySettings.model_validate(
        {
            **{f"{service}_url": "http://services" for service in SERVICES},
            "kafka_servers": servers,
            "kafka_idempotence": idempotent,
            "topic_prefix": prefix,
            "service_key_file": folder / "none",
            "checkpoint_key_file": folder / "none",
            "notary_folder": folder,
        }
    )


def write(book: Book, signer: Signer, many: int) -> None:
    for _ in range(many):
        number = book.count + 1
        trees = {place: Tree(0, EMPTY_ROOT) for place in places(3)}
        checkpoint = Checkpoint(INSTALLATION, number, f"2026-11-22T09:{number:02}:00Z", NO_PREVIOUS, 3, trees)
        book.write(number, signer.note(checkpoint))


async def on_topic(server: KafkaServer, topic: str, signer: Signer) -> list[int]:
    """The numbers of the checkpoints on the topic, in order; -1 for what is none."""
    async with topic_reader(server.servers) as reader:
        assert await reader.partitions(topic) == {0}
        start, end = (await reader.ends(topic, [0]))[0]
        values = [record.value async for record in reader.read(topic, 0, start, end)]
    return [open_checkpoint(each, signer.trusted).number if each.startswith(b"casework/") else -1 for each in values]


async def test_the_topic_follows_the_book(kafka_server: KafkaServer, tmp_path: Path) -> None:
    prefix, signer = fresh_prefix(), new_signer()
    topics = await kafka_server.create_topics(prefix)
    settings = settings_of(tmp_path, kafka_server.servers, prefix, idempotent=kafka_server.idempotent)
    book = Book(tmp_path / "checkpoints")
    assert book.open(signer.trusted) is None
    publisher = Publisher(settings, book, Measures())
    assert await publisher.catch_up() == 0
    write(book, signer, 3)
    assert await publisher.catch_up() == 3
    assert await publisher.catch_up() == 3
    assert await on_topic(kafka_server, topics.checkpoints.name, signer) == [1, 2, 3]
    # Started again: the topic says how far it has come.
    write(book, signer, 2)
    assert await Publisher(settings, book, Measures()).catch_up() == 5
    assert await on_topic(kafka_server, topics.checkpoints.name, signer) == [1, 2, 3, 4, 5]
    # Something else at the end tells nothing: then all come again, which harms nobody.
    producer = make_producer(settings)
    await producer.start()
    await producer.send_and_wait(topics.checkpoints.name, b"somebody's test", partition=0)
    await producer.stop()
    assert await publisher.catch_up() == 5
    assert await on_topic(kafka_server, topics.checkpoints.name, signer) == [1, 2, 3, 4, 5, -1, 1, 2, 3, 4, 5]


async def test_a_broker_that_lost_its_records_gets_them_again(kafka_server: KafkaServer, tmp_path: Path) -> None:
    signer, book = new_signer(), Book(tmp_path / "checkpoints")
    book.open(signer.trusted)
    write(book, signer, 3)
    for prefix in (fresh_prefix(), fresh_prefix()):  # the second is a broker that knows nothing
        topics = await kafka_server.create_topics(prefix)
        settings = settings_of(tmp_path, kafka_server.servers, prefix, idempotent=kafka_server.idempotent)
        assert await Publisher(settings, book, Measures()).catch_up() == 3
        assert await on_topic(kafka_server, topics.checkpoints.name, signer) == [1, 2, 3]


async def test_a_notary_whose_folder_was_lost_begins_no_second_chain(kafka_server: KafkaServer, tmp_path: Path) -> None:
    prefix, signer, book = fresh_prefix(), new_signer(), Book(tmp_path / "checkpoints")
    topics = await kafka_server.create_topics(prefix)
    settings = settings_of(tmp_path, kafka_server.servers, prefix, idempotent=kafka_server.idempotent)
    book.open(signer.trusted)
    await Publisher(settings, book, Measures()).require_no_chain(signer.trusted)
    write(book, signer, 2)
    await Publisher(settings, book, Measures()).catch_up()
    lost = Book(tmp_path / "empty")
    assert lost.open(signer.trusted) is None
    with pytest.raises(BookDiffers, match="second chain"):
        await Publisher(settings, lost, Measures()).require_no_chain(signer.trusted)
    # Another installation's, or a new key's: that is a chain of its own.
    await Publisher(settings, lost, Measures()).require_no_chain(new_signer("another").trusted)
    assert await on_topic(kafka_server, topics.checkpoints.name, signer) == [1, 2]


async def test_a_broker_that_is_away_is_said_and_nothing_else(tmp_path: Path) -> None:
    book = Book(tmp_path / "checkpoints")
    book.open([])
    write(book, new_signer("another"), 1)
    with pytest.raises(KafkaError):
        await Publisher(settings_of(tmp_path, "127.0.0.1:1", "", idempotent=False), book, Measures()).catch_up()
