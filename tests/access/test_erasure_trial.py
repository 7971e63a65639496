"""People write by every door, half of them are erased: nothing of that half is anywhere, all of the others is.

The full size is a hundred people; the short one, which CI runs, does the same with twelve. On
Apache Kafka the inbox topic is trimmed too; the embedded broker cannot delete records and forgets all with its end.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Collection, Mapping
from importlib.resources import files
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.shared.audit.export import export
from casework.shared.audit.exported import verify_file
from casework.shared.audit.replay import replay
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.walk import open_stores
from casework.shared.inbox.feed import FeedClient
from casework.shared.notary.measures import Measures
from casework.shared.notary.notary import Notary
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.testing.backups import back_up, contents, restore
from casework.shared.testing.bad_posts import complaint, encoded, message
from casework.shared.testing.canaries import spellings
from casework.shared.testing.parts import KafkaServer, PostgresServer
from casework.shared.testing.running import Running, running_services

pytestmark = pytest.mark.wire

SIZES = (12, pytest.param(100, marks=pytest.mark.long))
WITHIN_S = 60.0
LEFT_OF = {
    "intake.search_key": "kind <> 'reference' AND",
    "intake.watch": "",
    "intake.reference": "(words_mac IS NOT NULL OR taken IS NOT NULL) AND",
}
"""Tables that hold keyed hashes of what people said, and which rows of them do."""
SCHEMAS = ("platform", "vault", "intake", "investigation", "resolution", "followup")


@pytest_asyncio.fixture(scope="module")
async def running(
    postgres_server: PostgresServer, kafka_server: KafkaServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    policy = files("casework.shared") / "policies" / "straight-through-demo.toml"
    folder = tmp_path_factory.mktemp("erasure")
    async with running_services(
        postgres_server, kafka_server, folder, CASEWORK_STRAIGHT_THROUGH=str(policy), CASEWORK_LOG_LEVEL="DEBUG"
    ) as running:
        yield running


def _canaries(people: int) -> tuple[str, ...]:
    """One for each person, none of which is a part of another."""
    return tuple(f"Wren{secrets.token_hex(8)}" for _ in range(people))


def _said(reference: str, number: int, canary: str) -> dict[str, object]:
    return complaint(
        source_reference=reference,
        words=f"My card was charged twice, says {canary}.",
        wish=f"Call {canary} back.",
        complainant={"name": f"Ann {canary}", "email": f"{canary}@example.org", "address": f"{number} {canary} Lane"},
        representative={"role": "heir", "name": f"Son of {canary}"} if number % 7 == 5 else None,
    )


async def _plant(running: Running, kafka: KafkaServer, http: httpx2.AsyncClient, people: tuple[str, ...]) -> list[str]:
    """Everybody complains, by one of three doors, adds a word, and is refused too, by two. Returns the cases."""
    references = [f"R-{len(people)}-{number}" for number in range(len(people))]
    async with AIOKafkaProducer(bootstrap_servers=kafka.servers) as producer:
        for number, canary in enumerate(people):
            said = _said(references[number], number, canary)
            wrong = (
                message(said | {"channel": "pigeon"}),
                said | {"source_reference": f"X-{references[number]}", "channel": 1},
            )
            # Refused with the number of the case; with another number; and as nothing that can be read.
            for bad in (encoded(wrong[0]), encoded(message(wrong[1])), f"{{broken {canary}@example.org".encode()):
                await producer.send_and_wait(running.topics.inbox.name, bad, key=b"k", partition=number % 12)
            posted = json.dumps(message(said, id=f"p-{uuid4()}"))
            refused = await _post(http, json.dumps(message(said | {"channel": "pigeon"}, id=f"h-{uuid4()}")))
            assert refused.status_code == 422, refused.text
            match number % 3:
                case 0:
                    answer = await http.post("/v1/complaints", json=said, headers={"idempotency-key": str(uuid4())})
                    assert answer.status_code == 201, answer.text
                case 1:
                    await producer.send_and_wait(
                        running.topics.inbox.name, posted.encode(), key=b"k", partition=number % 12
                    )
                case _:
                    assert (await _post(http, posted)).is_success
    cases: list[str] = []
    async with asyncio.timeout(WITHIN_S):
        for reference in references:
            query = {"source": "crm", "source_reference": reference}
            while (found := await http.get("/v1/complaints", params=query)).status_code != 200:
                await asyncio.sleep(0.05)
            cases.append(str(found.json()["case_id"]))
    for number, (case_id, canary) in enumerate(zip(cases, people, strict=True)):
        more = _said(references[number], number, canary) | {"words": f"And {canary} again."}
        answer = await http.post("/v1/complaints", json=more, headers={"idempotency-key": str(uuid4())})
        assert answer.is_success, answer.text
        watch = {"number": f"+86 21 5{number:03}", "note": f"Put {canary} through.", "until": "2099-03-05T18:00:00Z"}
        said_so = await http.post(f"/v1/cases/{case_id}/watches", json=watch, headers={"idempotency-key": str(uuid4())})
        assert said_so.is_success, said_so.text
    return cases


async def _post(http: httpx2.AsyncClient, body: str) -> httpx2.Response:
    """One message by the third door, the inbox over HTTP."""
    return await http.post("/v1/inbox", content=body, headers={"content-type": "application/cloudevents+json"})


async def _known_by(http: httpx2.AsyncClient, people: Mapping[str, str]) -> set[str]:
    """The cases that are found by their person's address."""
    found: set[str] = set()
    for canary in people.values():
        answer = await http.post("/v1/case-searches", json={"email": f"{canary}@example.org"})
        assert answer.status_code == 200, answer.text
        found |= {each["case_id"] for each in answer.json()["cases"]}
    return found


async def _close(http: httpx2.AsyncClient, cases: Collection[str]) -> None:
    async with asyncio.timeout(WITHIN_S):
        for case_id in cases:
            while (await http.get(f"/v1/cases/{case_id}")).json()["stage"] != "closed":
                await asyncio.sleep(0.05)


async def _kept(running: Running) -> bytes:
    """Everything in the database, every value of every row as text and as the bytes that it stands for."""
    dump = await contents(running.database_url, SCHEMAS)
    text = "\n".join(row for rows in dump.values() for row in rows)
    connection = await asyncpg.connect(running.database_url)
    try:
        originals = [row[0] for row in await connection.fetch("SELECT original FROM intake.rejection")]
        # What a webhook is to be told lies here too, though this one's address answers nobody.
        assert await connection.fetchval("SELECT count(*) FROM followup.webhook_delivery")
    finally:
        await connection.close()
    return text.encode() + b"\n".join(originals)


def _found(people: Mapping[str, str], text: bytes) -> set[str]:
    return {case_id for case_id, canary in people.items() if any(each in text for each in spellings(canary))}


async def _on(kafka: KafkaServer, topic: str, partitions: int) -> bytes:
    async with topic_reader(kafka.servers) as reader:
        ends = await reader.ends(topic, range(partitions))
        return b"\n".join(
            [
                record.value or b""
                for partition, (start, end) in ends.items()
                async for record in reader.read(topic, partition, start, end)
            ]
        )


async def _opened(http: httpx2.AsyncClient, case_id: str, *parts: str) -> bytes:
    """What staff read of the case in these restricted parts, or in all of them."""
    path = f"/v1/cases/{case_id}/files/intake"
    file = await http.get(path)
    said = file.content
    for part in parts or file.json()["restricted"]:
        answer = await http.post(f"{path}/openings", json={"part": part, "purpose": "The trial."})
        said += answer.content
    return said


async def _open_all(http: httpx2.AsyncClient, people: Mapping[str, str], part: str) -> set[str]:
    """The cases whose person's words are read in a part."""
    return {case_id for case_id, canary in people.items() if canary.encode() in await _opened(http, case_id, part)}


@pytest.mark.practice("P170")
@pytest.mark.parametrize("size", SIZES)
async def test_half_of_the_people_are_forgotten(
    running: Running, kafka_server: KafkaServer, tmp_path: Path, size: int
) -> None:
    canaries = _canaries(size)
    async with running.client(await running.key()) as http:
        hook = {"url": "https://hook.invalid/", "filters": {"events": ["all"]}}
        subscribed = await http.post("/v1/webhooks", json=hook, headers={"idempotency-key": str(uuid4())})
        assert subscribed.status_code == 201, subscribed.text
        cases = await _plant(running, kafka_server, http, canaries)
        await _close(http, cases)
        people = dict(zip(cases, canaries, strict=True))
        gone = {case_id: canary for number, (case_id, canary) in enumerate(people.items()) if number % 4 in (0, 1)}
        stay = {case_id: canary for case_id, canary in people.items() if case_id not in gone}
        assert len(gone) == len(stay) == size // 2
        # The search finds what is there: every person's refused messages, and every person's file.
        assert _found(people, await _kept(running)) == people.keys()
        file = await http.get(f"/v1/cases/{cases[0]}/files/intake")
        holds = [p for p in file.json()["restricted"] if canaries[0].encode() in await _opened(http, cases[0], p)]
        part = holds[0]
        assert await _open_all(http, people, part) == people.keys()
        assert await _known_by(http, people) == people.keys()
        for table, rows in (await _rows_of(running, gone)).items():
            assert rows >= len(gone), table
        counts = (await http.get("/v1/complaint-counts")).json()
        before = await back_up(running.database_url, ["vault"])

        erasures: dict[str, float] = {}
        for case_id in gone:
            body = {"case_id": case_id, "reason": "request"}
            answer = await http.post("/v1/erasures", json=body, headers={"idempotency-key": str(uuid4())})
            assert answer.status_code == 201, answer.text
            erasures[answer.json()["erasure_id"]] = time.monotonic()
        # A key store of before comes back: nobody comes with it, neither at once nor later.
        await restore(running.database_url, before, ["vault"])
        assert await _keys_of(running, gone)
        assert await _open_all(http, gone, part) == set()
        # Complete but for the inbox topic, where the broker cannot delete records.
        able = kafka_server.part is None
        took = await _slowest(http, erasures, able)
        print(f"\n{len(erasures)} erasures, the slowest complete after {took:.1f} s")
        assert took <= WITHIN_S

        assert await _keys_of(running, gone) == 0
        await _nothing_is_left(running, kafka_server, http, gone, stay, part, able)
        await _nothing_in_the_notarys_folder(running, tmp_path / "notary", people)
        assert (await http.get("/v1/complaint-counts")).json() == counts

    async with open_stores(running.database_url) as stores:
        await export(stores, tmp_path / "all.jsonl")
        for case_id in list(gone)[:5]:
            assert (await replay(stores, UUID(case_id))).document()
    assert verify_file(tmp_path / "all.jsonl").faults == 0
    assert (await verify_stores(running.database_url, all_states=True)).faults == 0
    assert _found(people, (tmp_path / "all.jsonl").read_bytes()) == set()


async def _slowest(http: httpx2.AsyncClient, erasures: Mapping[str, float], able: bool) -> float:
    """Waits until every erasure is complete, the first one first. Returns the longest that one took, in seconds."""
    took = 0.0
    async with asyncio.timeout(2 * WITHIN_S):
        for erasure_id, at in erasures.items():
            while True:
                report = (await http.get(f"/v1/erasures/{erasure_id}")).json()
                if not [each for each in report["waiting_for"] if able or not each.startswith("inbox topic")]:
                    took = max(took, time.monotonic() - at)
                    break
                await asyncio.sleep(0.5)
    return took


async def _nothing_is_left(
    running: Running,
    kafka: KafkaServer,
    http: httpx2.AsyncClient,
    gone: Mapping[str, str],
    stay: Mapping[str, str],
    part: str,
    able: bool,
) -> None:
    kept = await _kept(running)
    assert _found(gone, kept) == set()
    assert _found(stay, kept) == stay.keys(), "the refused messages of the others are kept"
    log = running.log.read_bytes()
    assert _found({**gone, **stay}, log) == set()
    for topic in running.topics.all():
        if topic is running.topics.inbox and not able:
            continue
        assert _found({**gone, **stay}, await _on(kafka, topic.name, topic.partitions)) == set(), topic.name
    first = next(iter(gone))
    assert b"[erased]" in await _opened(http, first)
    assert _found(gone, await _opened(http, first)) == set()
    assert await _open_all(http, {**gone, **stay}, part) == stay.keys()
    assert await _known_by(http, {**gone, **stay}) == stay.keys()
    assert set((await _rows_of(running, gone)).values()) == {0}
    assert all((await _rows_of(running, stay)).values())


async def _nothing_in_the_notarys_folder(running: Running, folder: Path, people: Mapping[str, str]) -> None:
    credential = (running.log.parent / "services").read_text().strip()
    folder.mkdir(mode=0o700)
    async with httpx2.AsyncClient(timeout=30.0, trust_env=False) as client:
        feed = FeedClient(client, lambda _: running.url, credential)
        notary = Notary(folder, feed, [Ed25519PrivateKey.generate()], every=1.0, measures=Measures())
        assert await notary.look() is not None
    written = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    assert written
    assert _found(people, written) == set()


async def _rows_of(running: Running, gone: Collection[str]) -> Mapping[str, int]:
    """How many rows with a keyed hash there are of these cases, in each table that has such."""
    connection = await asyncpg.connect(running.database_url)
    cases = [UUID(case_id) for case_id in gone]
    try:
        return {
            table: await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE {which} case_id = ANY($1::uuid[])", cases
            )
            for table, which in LEFT_OF.items()
        }
    finally:
        await connection.close()


async def _keys_of(running: Running, gone: Collection[str]) -> int:
    connection = await asyncpg.connect(running.database_url)
    try:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM vault.person_key k JOIN intake.reference r USING (person)"
            " WHERE r.case_id = ANY($1::uuid[]) AND k.wrapped_key IS NOT NULL",
            [UUID(case_id) for case_id in gone],
        )
        return found
    finally:
        await connection.close()
