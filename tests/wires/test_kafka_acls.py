"""The rules of `deploy/kafka/acls.sh` on Apache Kafka itself, over SASL_SSL: who may read and write what.

The embedded broker has neither TLS nor rules, so this runs by `make test-kafka` alone.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from pydantic import SecretStr

from casework.intake.inbox_trimming import delete_committed
from casework.shared.contracts.ids import SERVICES
from casework.shared.integrator.answers import AnswerReader
from casework.shared.integrator.sender import Sender
from casework.shared.notary.book import Book
from casework.shared.notary.measures import Measures
from casework.shared.notary.publish import Publisher
from casework.shared.runtime.messaging import Messaging, Records, Subscription, kafka_security, make_producer
from casework.shared.runtime.settings import KafkaSettings, NotarySettings, Settings
from casework.shared.runtime.topic_admin import TopicsRefused, admin, ensure_topics
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topics
from casework.shared.runtime.wires import WireSettings, kafka_wire
from casework.shared.testing.apache_kafka import DEPLOY, ApacheKafka, fetch
from casework.shared.testing.authority import Authority
from casework.shared.testing.parts import KAFKA_VARIABLE

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(KAFKA_VARIABLE not in os.environ, reason="the embedded broker has no TLS and no rules"),
]

ROOT = Path(__file__).parents[2]
PREFIX = "acls."
TOPICS = Topics.of(PREFIX, 2)
SERVICE_USERS = tuple(f"casework-{name}" for name in SERVICES)
OTHERS = ("casework-migrate", "casework-notary", "shop", "desk", "auditor", "stranger")
WRITES = {
    "casework-intake": {"events", "receipts", "rejections"},
    "casework-investigation": {"events"},
    "casework-resolution": {"events"},
    "casework-followup": {"events", "status"},
    "casework-notary": {"checkpoints"},
    "casework-migrate": set(),
    "shop": {"inbox"},
    "desk": set(),
    "auditor": set(),
    "stranger": set(),
}
READS = {
    "casework-intake": {"events", "inbox"},
    "casework-investigation": {"events"},
    "casework-resolution": {"events"},
    "casework-followup": {"events", "status"},
    "casework-notary": {"checkpoints"},
    "casework-migrate": set(),
    "shop": {"receipts", "rejections"},
    "desk": {"status"},
    "auditor": {"events", "checkpoints"},
    "stranger": set(),
}
GROUPS = {
    "casework-intake": ("intake.v1", "intake.inbox.v1"),
    **{f"casework-{name}": (f"{name}.v1",) for name in SERVICES if name != "intake"},
}


@dataclass(frozen=True)
class Rig:
    """A secured broker with the rules on it."""

    servers: str
    folder: Path
    authority: Authority

    def settings(self, user: str, *, password: str | None = None, authority: Authority | None = None) -> Settings:
        file = self.folder / f"password-{user}-{password or 'own'}"
        file.write_text(f"{password or password_of(user)}\n")
        given = {
            "database_url": SecretStr("postgresql://nobody@127.0.0.1:1/none"),
            "kafka_servers": self.servers,
            "topic_prefix": PREFIX,
            "kafka_tls": True,
            "kafka_ca_file": (authority or self.authority).file,
            "kafka_user": user,
            "kafka_password_file": file,
            "key_file": file,
            "service_key_file": file,
        }
        return Settings.model_validate(given)


def password_of(user: str) -> str:
    return f"of-{user}"


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    folder = tmp_path_factory.mktemp("acls")
    authority = Authority(folder)
    own = authority.sign("broker", ["127.0.0.1"])
    users = {user: password_of(user) for user in ("broker", *SERVICE_USERS, *OTHERS)}
    (folder / "broker-password").write_text(users["broker"])
    asking = WireSettings(
        kafka_tls=True,
        kafka_ca_file=authority.file,
        kafka_user="broker",
        kafka_password_file=folder / "broker-password",
    )
    kafka = ApacheKafka(
        jars := await asyncio.to_thread(fetch, ROOT / ".kafka"),
        folder / "kafka",
        properties=DEPLOY / "secured.properties",
        values={
            "certificate": str(own.both),
            "authority": str(authority.file),
            "password": users["broker"],
        },
        users=users,
        security=kafka_wire(asking, "127.0.0.1:1").options(),
    )
    try:
        await kafka.start()
        await asyncio.to_thread(_apply, kafka.servers, folder, authority, users["broker"], jars)
        rig = Rig(kafka.servers, folder, authority)
        yield rig
    finally:
        await kafka.stop()


def _apply(servers: str, folder: Path, authority: Authority, password: str, jars: Path) -> None:
    """Run the script with a stand-in for kafka-acls.sh, which is not among the jars, and make the rules it was told."""
    told = folder / "told"
    stand_in = folder / "kafka-acls.sh"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >>"{told}"\n')
    stand_in.chmod(0o700)
    admin = folder / "admin.properties"
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    admin.write_text(
        f"bootstrap.servers={servers}\nsecurity.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n"
        f"ssl.truststore.type=PEM\nssl.truststore.location={authority.file}\n"
        f'sasl.jaas.config={module} required username="broker" password="{password}";\n'
    )
    script = [str(ROOT / "deploy/kafka/acls.sh"), servers, str(admin), PREFIX]
    rights: list[list[str]] = [[], ["integrator", "shop"], ["reader", "desk"], ["auditor", "auditor"]]
    for more in rights:
        subprocess.run([*script, *more], check=True, env=os.environ | {"KAFKA_ACLS": str(stand_in)})
    rules = [rule for line in told.read_text().splitlines() for rule in _rules(line.split())]
    java = ["java", "-cp", f"{jars}/*", str(ROOT / "tests/wires/Acls.java"), str(admin)]
    subprocess.run(java, input="\n".join(rules), text=True, check=True, timeout=120)


def _rules(words: list[str]) -> list[str]:
    assert words[4:6] == ["--add", "--force"]
    given = dict(zip(words[6:10:2], words[7:10:2], strict=True))
    named = zip(words[10::2], words[11::2], strict=True)
    principal, operation = given["--allow-principal"], given["--operation"]
    return [f"{principal} {operation.upper()} {kind.removeprefix('--').upper()} {name}" for kind, name in named]


async def test_migrate_makes_the_topics_and_nobody_else_can(rig: Rig) -> None:
    for user in ("casework-intake", "shop", "stranger"):
        with pytest.raises(TopicsRefused):
            await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings(user)))
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))


async def _writes(rig: Rig, user: str, topic: str) -> bool:
    producer = make_producer(rig.settings(user))
    try:
        await producer.start()
        await asyncio.wait_for(producer.send_and_wait(topic, b"{}", key=b"k", partition=0), 20)
    except (KafkaError, TimeoutError):
        return False
    else:
        return True
    finally:
        # Whoever may write nowhere gets no producer's id either, and the producer says so when it is stopped.
        with suppress(KafkaError):
            await producer.stop()


async def _reads(rig: Rig, user: str, topic: str) -> bool:
    async with topic_reader(rig.servers, **kafka_security(rig.settings(user))) as reader:
        try:
            if 0 not in await asyncio.wait_for(reader.partitions(topic), 20):
                return False
            return (await asyncio.wait_for(reader.at(topic, {0: 0}), 20)).get(0) is not None
        except (TopicAuthorizationFailedError, KafkaError, TimeoutError):
            return False


@pytest.mark.parametrize("user", WRITES)
async def test_each_writes_and_reads_its_own_topics_alone(rig: Rig, user: str) -> None:
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))
    names = {topic.name.removeprefix(f"{PREFIX}casework.").removesuffix(".v1"): topic.name for topic in TOPICS.all()}
    assert len(names) == len(fields(Topics)) == 6
    # Something to read in each, by whom nothing is refused: an empty topic looks the same to all who know of it.
    for name in names.values():
        assert await _writes(rig, "broker", name)
    assert {short for short, name in names.items() if await _writes(rig, user, name)} == WRITES[user]
    assert {short for short, name in names.items() if await _reads(rig, user, name)} == READS[user]


@pytest.mark.parametrize("user", SERVICE_USERS)
async def test_a_service_consumes_by_its_groups_and_no_other(rig: Rig, user: str) -> None:
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))
    settings = rig.settings(user)
    assert await _writes(rig, user, TOPICS.events.name)
    for group in GROUPS[user]:
        got = asyncio.Event()

        async def take(records: Records, got: asyncio.Event = got) -> None:
            got.set()

        if group == "intake.inbox.v1":
            assert await _writes(rig, "shop", TOPICS.inbox.name)
        topic = TOPICS.inbox if group == "intake.inbox.v1" else TOPICS.events
        working = asyncio.create_task(Messaging(settings, [Subscription(topic, PREFIX + group, take)]).run())
        try:
            await asyncio.wait_for(got.wait(), 60)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    other = next(groups[0] for name, groups in GROUPS.items() if name != user)
    consumer = AIOKafkaConsumer(
        TOPICS.events.name, bootstrap_servers=rig.servers, group_id=PREFIX + other, **kafka_security(settings)
    )
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await asyncio.wait_for(consumer.start(), 30)
    finally:
        await consumer.stop()


async def test_intake_alone_deletes_what_it_took_in(rig: Rig) -> None:
    """What people wrote in the clear. When anybody else asks for it, nothing is gone."""
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))
    settings, group = rig.settings("casework-intake"), PREFIX + "intake.inbox.v1"
    assert await _writes(rig, "shop", TOPICS.inbox.name)
    consumer = AIOKafkaConsumer(
        TOPICS.inbox.name,
        bootstrap_servers=rig.servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **kafka_security(settings),
    )
    await consumer.start()
    try:
        await asyncio.wait_for(consumer.getone(), 60)
        await consumer.commit()
    finally:
        await consumer.stop()
    async with topic_reader(rig.servers, **kafka_security(settings)) as reader:
        first, end = (await reader.ends(TOPICS.inbox.name, [0]))[0]
        assert first < end
        for user in ("casework-investigation", "casework-notary", "casework-migrate", "shop"):
            # Of an error that the broker gives for a partition the client says nothing, or that there was one.
            with suppress(KafkaError):
                async with admin(rig.servers, **kafka_security(rig.settings(user))) as client:
                    await client.delete_records({TopicPartition(TOPICS.inbox.name, 0): RecordsToDelete(end)})
        assert (await reader.ends(TOPICS.inbox.name, [0]))[0] == (first, end)
        trimmed = await delete_committed(settings, TOPICS.inbox, group)
        assert trimmed[0] > first
        assert (await reader.ends(TOPICS.inbox.name, [0]))[0][0] == trimmed[0]


async def test_the_notary_publishes_and_looks_back(rig: Rig, tmp_path: Path) -> None:
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))
    settings = rig.settings("casework-notary")
    notary = NotarySettings.model_validate(
        {
            **settings.model_dump(include=set(KafkaSettings.model_fields)),
            **{f"{name}_url": "http://127.0.0.1:1" for name in SERVICES},
            "service_key_file": settings.service_key_file,
            "checkpoint_key_file": tmp_path / "key",
            "notary_folder": tmp_path,
        }
    )
    publisher = Publisher(notary, Book(tmp_path), Measures())
    await publisher.require_no_chain([])
    assert await publisher.catch_up() == 0


async def test_an_integrator_posts_and_reads_the_answers(rig: Rig) -> None:
    security = kafka_security(rig.settings("shop"))
    await ensure_topics(rig.servers, TOPICS.all(), **kafka_security(rig.settings("casework-migrate")))
    seen: list[bytes | None] = []
    reader = AnswerReader(
        rig.servers,
        [TOPICS.receipts.name, TOPICS.rejections.name],
        lambda records: seen.extend(record.value for record in records),
        security,
    )
    reading = asyncio.create_task(reader.run())
    sender = Sender(rig.servers, TOPICS.inbox, idempotent=True, linger_ms=5, security=security)
    try:
        await asyncio.wait_for(reader.ready.wait(), 30)
        assert await sender.send(b"shop|1", b"{}")
        assert await _writes(rig, "casework-intake", TOPICS.receipts.name)
        async with asyncio.timeout(30):
            while not seen:
                await asyncio.sleep(0.05)
    finally:
        await sender.close()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_whoever_has_no_password_or_no_tls_gets_nowhere(rig: Rig, tmp_path: Path) -> None:
    wrong = {
        "another password": kafka_security(rig.settings("casework-intake", password="guessed")),
        "nobody": kafka_security(rig.settings("nobody", password="x")),
        "plain text": {},
        "another authority": kafka_security(rig.settings("casework-intake", authority=Authority(tmp_path, "other"))),
        "TLS without a user": {
            "security_protocol": "SSL",
            "ssl_context": ssl.create_default_context(cafile=rig.authority.file),
        },
    }
    for name, options in wrong.items():
        producer = AIOKafkaProducer(bootstrap_servers=rig.servers, request_timeout_ms=4_000, **options)
        try:
            with pytest.raises((KafkaError, TimeoutError, OSError)):
                pytest.fail(f"{name}: {await asyncio.wait_for(producer.start(), 15)}")
        finally:
            await producer.stop()


async def test_a_broker_of_another_name_is_refused(rig: Rig) -> None:
    """Its certificate is for 127.0.0.1; `localhost` is the same machine and another name."""
    servers = rig.servers.replace("127.0.0.1", "localhost")
    producer = AIOKafkaProducer(bootstrap_servers=servers, **kafka_security(rig.settings("casework-intake")))
    with pytest.raises(KafkaError):
        await asyncio.wait_for(producer.start(), 20)
    await producer.stop()
