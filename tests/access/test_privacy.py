"""Canaries in everything that people may write: they stand in no log, no answer, no table and no topic but two."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topic
from casework.shared.testing.bad_posts import CANARY, complaint, encoded, message
from casework.shared.testing.canaries import columns_holding, spellings
from casework.shared.testing.issuer import AUDIENCE, ISSUER, Issuer
from casework.shared.testing.parts import KafkaServer, PostgresServer, fresh_prefix
from casework.shared.testing.running import Running, running_services

pytestmark = pytest.mark.wire

ENOUGH_S = 60.0
PIECES = (CANARY, "Wren Canary", "7 Nightingale Lane", "+44 20 7946 0958", "我的银行卡被盗刷了")
"""A token that stands in every field, a name, an address, a number, and words."""


@pytest_asyncio.fixture(scope="module")
async def running(
    postgres_server: PostgresServer,
    kafka_server: KafkaServer,
    tmp_path_factory: pytest.TempPathFactory,
    issuer: Issuer,
) -> AsyncIterator[Running]:
    policy = files("casework.shared") / "policies" / "straight-through-demo.toml"
    folder = tmp_path_factory.mktemp("privacy")
    keys = folder / "issuer.json"
    keys.write_bytes(issuer.key_set())
    async with running_services(
        postgres_server,
        kafka_server,
        folder,
        CASEWORK_STRAIGHT_THROUGH=str(policy),
        CASEWORK_LOG_LEVEL="DEBUG",
        CASEWORK_JWT_ISSUER=ISSUER,
        CASEWORK_JWT_AUDIENCE=AUDIENCE,
        CASEWORK_JWT_KEYS=str(keys),
    ) as running:
        yield running


def _personal(reference: str, **changes: object) -> dict[str, Any]:
    return complaint(
        source_reference=reference,
        words=f"我的银行卡被盗刷了, {CANARY}",
        wish=f"Call {CANARY} on +44 20 7946 0958.",
        complainant={
            "name": "Wren Canary",
            "phone": "+44 20 7946 0958",
            "email": f"{CANARY}@example.org",
            "address": "7 Nightingale Lane",
        },
        **changes,
    )


async def test_a_canary_in_everything(running: Running, kafka_server: KafkaServer) -> None:
    key = await running.key()
    async with running.client(key) as http:
        case_id = await _said_over_http(http)
        await _said_wrongly(http, running)
        await _said_on_the_inbox(running, kafka_server)
        async with asyncio.timeout(ENOUGH_S):
            while (await http.get(f"/v1/cases/{case_id}")).json()["stage"] != "closed":
                await asyncio.sleep(0.05)
        answered = [
            (await http.get(path)).text
            for path in (
                f"/v1/cases/{case_id}",
                f"/v1/cases/{case_id}/events",
                "/v1/cases",
                "/metrics",
                "/health/ready",
            )
        ]
    secret = key.split("_", 2)[2]
    log = running.log.read_text(encoding="utf-8")
    for piece in (*PIECES, secret):
        assert piece not in log
        assert piece not in json.dumps(json.loads(f"[{','.join(log.splitlines())}]"), ensure_ascii=False)
        assert all(piece not in text for text in answered)
    # One line, one object: nothing that was sent could begin a line of its own.
    lines = running.lines()
    assert len(lines) > 50
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    assert not any(line["event"] in ("http.fault", "process.uncaught", "unnamed") for line in lines)
    assert not any("dropped" in line for line in lines)
    for piece in PIECES:
        held = await columns_holding(running.admin, piece)
        assert held <= {"intake.rejection.original"}, piece
        if piece == CANARY:
            assert held, "the search finds what is there"
    assert await columns_holding(running.admin, secret) == set()
    for topic in running.topics.all():
        holds = await _holds(kafka_server, topic)
        assert holds == (set(PIECES) if topic == running.topics.inbox else set()), topic.name


async def _said_over_http(http: httpx2.AsyncClient) -> str:
    posted = {"idempotency-key": str(uuid4()), "traceparent": CANARY, "user-agent": CANARY, "x-name": "Wren Canary"}
    first = await http.post("/v1/complaints", json=_personal("R-private"), headers=posted)
    assert first.status_code == 201, first.text
    changed = _personal("R-private") | {"words": f"Again: {CANARY}"}
    again = await http.post("/v1/complaints", json=changed, headers={"idempotency-key": str(uuid4())})
    assert again.json()["outcome"] in ("updated", "duplicate")
    return str(first.json()["case_id"])


async def _said_wrongly(http: httpx2.AsyncClient, running: Running) -> None:
    """Where nothing personal belongs, but people put it."""
    for path in (
        f"/v1/complaints?source={CANARY}&source_reference=Wren%20Canary",
        f"/v1/cases?cursor={CANARY}&holder=Wren%20Canary",
        f"/v1/cases/{CANARY}",
        f"/{CANARY}?name=Wren%20Canary%0d%0a%7b%22event%22%3a%22forged%22%7d",
        f"/problems/{CANARY}",
        f"/static/{CANARY}",
    ):
        assert 400 <= (await http.get(path)).status_code < 500, path
    for body in (_personal("R", category=None), _personal("R", channel=CANARY), [CANARY], {CANARY: CANARY}):
        answer = await http.post("/v1/complaints", json=body, headers={"idempotency-key": str(uuid4())})
        assert answer.status_code == 422
        assert all(piece not in answer.text for piece in PIECES[1:])
    for token in (CANARY, f"cw_22222222_{CANARY.ljust(43, '_')}"):
        async with running.client(token) as stranger:
            answer = await stranger.get("/v1/cases", headers={"x-real-ip": CANARY, "referer": f"http://x/{CANARY}"})
            assert answer.status_code == 401
            assert CANARY not in answer.text


async def _said_on_the_inbox(running: Running, kafka_server: KafkaServer) -> None:
    inbox = running.topics.inbox.name
    headers = [("name", b"Wren Canary"), ("reply_to", CANARY.encode()), ("correlation_id", CANARY.encode())]
    good = encoded(message(_personal("R-inbox"), id="p-private"))
    bad = (encoded(message(_personal("R", channel="Wren Canary"))), f"{{{CANARY} Wren Canary".encode(), CANARY.encode())
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers) as producer, running.client(None) as http:
        for value in (*bad, good):
            await producer.send_and_wait(inbox, value, key=b"k", partition=0, headers=headers)
        # Whatever a stranger writes on the case log.
        await producer.send_and_wait(running.topics.events.name, good, key=CANARY.encode(), headers=headers)
        async with asyncio.timeout(ENOUGH_S):
            while 'outcome="accepted"' not in (await http.get("/metrics")).text:
                await asyncio.sleep(0.05)


async def _holds(kafka_server: KafkaServer, topic: Topic) -> set[str]:
    """Which pieces stand in values of a topic that we wrote; what the stranger wrote above is not ours."""
    found: set[str] = set()
    async with topic_reader(kafka_server.servers) as reader:
        for partition, (start, end) in (await reader.ends(topic.name, range(topic.partitions))).items():
            async for record in reader.read(topic.name, partition, start, end):
                if record.key == CANARY.encode():
                    continue
                found |= {piece for piece in PIECES if any(each in record.value for each in spellings(piece))}
                found |= {piece for piece in PIECES if json.dumps(piece)[1:-1].encode() in record.value}
    return found


async def test_access_tokens_are_not_written_down(running: Running, issuer: Issuer) -> None:
    """Neither what a good one says beside the actor, nor anything of a bad one."""
    personal: dict[str, Any] = {
        "name": "Wren Canary",
        "email": f"{CANARY}@example.org",
        "phone_number": "+44 20 7946 0958",
    }
    tokens = [
        issuer.token("cases:read", **personal),
        issuer.token("cases:read", sub=f"Wren Canary {CANARY}"),
        issuer.token("cases:read", aud=CANARY, **personal),
        issuer.token("cases:read", role=f"Wren Canary {CANARY}"),
        issuer.token("cases:read", scope=f"{CANARY} cases:read", actor_kind=CANARY),
        issuer.token("cases:read", header={"kid": CANARY}),
        issuer.token("cases:read", header={"jku": f"https://{CANARY}.example/"}),
    ]
    for number, token in enumerate(tokens):
        async with running.client(token) as http:
            answer = await http.get("/v1/case-counts")
        assert answer.status_code == (401 if number else 200), answer.text
        assert all(piece not in answer.text for piece in PIECES)
    log = running.log.read_text(encoding="utf-8")
    for piece in (*PIECES, *(part for token in tokens for part in token.split(".")[1:])):
        assert not any(each.decode() in log for each in spellings(piece)), piece
    assert sum(line["event"] == "tokens.refused" for line in running.lines()) >= len(tokens) - 1


async def test_no_header_begins_a_line_of_the_log(running: Running) -> None:
    """Line breaks in the target and in every header, sent as no client would."""
    await asyncio.sleep(0.5)
    before = len(running.lines())
    forged = '{"at": "now", "level": "info", "event": "forged"}'
    host, port = running.url.removeprefix("http://").split(":")
    names = (
        "Host",
        "Authorization",
        "Idempotency-Key",
        "Traceparent",
        "User-Agent",
        "Accept-Language",
        "X-Forwarded-For",
    )
    for end in ("\r", "\n", "\r\n", "\x0b", "\x85", "\u2028"):
        for name in (*names, "Content-Type", "If-Match", "Last-Event-ID", "Origin"):
            head = f"GET /v1/case-counts?x=a HTTP/1.1\r\n{name}: a{end}{forged}\r\n\r\n"
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode())
            writer.write_eof()
            await reader.read()
            writer.close()
    await asyncio.sleep(0.5)
    added = running.lines()[before:]
    assert all("forged" not in json.dumps(line) for line in added)
    assert sum(line["event"] == "http.request" for line in added) <= 6 * 11


async def test_loading_a_file_says_nothing_of_what_is_in_it(
    running: Running, kafka_server: KafkaServer, tmp_path: Path
) -> None:
    """Good rows and rows that cannot be read; the journal is the integrator's own record and holds what was posted."""
    sample = (files("casework.shared.integrator") / "data" / "sample.csv").read_text(encoding="utf-8").splitlines()
    good = sample[1].replace("900000001", "910000001").replace("Drilling", f"Wren Canary {CANARY} drilling")
    no_date = good.replace("01/06/2025", CANARY).replace("910000001", "910000002")
    (tmp_path / "file.csv").write_text("\n".join([sample[0], good, no_date, f"{CANARY},Wren Canary"]) + "\n")
    ran = await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "casework.shared.cli", "load", "cfpb", "file.csv", "--kafka", kafka_server.servers),
            *("--topic-prefix", running.topics.inbox.name.removesuffix("casework.inbox.v1"), "--data-dir", "data"),
        ],
        env=os.environ | {"CASEWORK_KAFKA_IDEMPOTENCE": str(kafka_server.idempotent).lower()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "accepted 1" in ran.stdout, ran.stdout + ran.stderr
    for said in (ran.stdout, ran.stderr, running.log.read_text(encoding="utf-8")):
        assert [line for line in said.splitlines() if any(piece in line for piece in PIECES)] == []


@pytest.mark.parametrize("lead", range(6))
def test_a_text_is_found_however_it_is_written(lead: int) -> None:
    around = b"x" * lead + CANARY.encode() + b"y" * 7
    for written in (around, around.hex().encode(), base64.b64encode(around)):
        assert any(each in written for each in spellings(CANARY))
    assert not any(each in base64.b64encode(b"x" * 60) for each in spellings(CANARY))


QUOTING_HANDLER = """
import asyncio
from faststream.exceptions import StopConsume
from pydantic import BaseModel
from casework.shared.runtime.logging import adopt_loggers, configure_logging, guard_loop
from casework.shared.runtime.messaging import Messaging, Subscription
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import Topics

class Complaint(BaseModel):
    amount: int

async def main():
    guard_loop(asyncio.get_running_loop())
    settings, attempts, done = Settings(), [], asyncio.Event()

    async def handler(records):
        attempts.append(len(records))
        text = records[0].value.decode()
        if len(attempts) == 1:
            Complaint.model_validate_json(text)
        if len(attempts) == 2:
            raise KeyError(text) from ValueError(text)
        if len(attempts) == 3:
            raise ExceptionGroup(text, [RuntimeError(text)])
        done.set()
        raise StopConsume

    inbox = Topics.of(settings.topic_prefix, 1).inbox
    working = asyncio.create_task(Messaging(settings, [Subscription(inbox, inbox.name + ".quoting", handler)]).run())
    await asyncio.wait_for(done.wait(), 60)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


configure_logging("INFO", service="intake")
adopt_loggers()
asyncio.run(main())
"""


async def test_a_handler_that_quotes_is_not_quoted(kafka_server: KafkaServer, tmp_path: Path) -> None:
    """FastStream logs the text of whatever a handler raises, and pydantic's text quotes what was sent."""
    prefix = fresh_prefix()
    topics = await kafka_server.create_topics(prefix, 1)
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.servers) as producer:
        await producer.send_and_wait(topics.inbox.name, f'{{"amount": "{CANARY}, Wren Canary"}}'.encode(), key=b"k")
    for name in ("key", "credential"):
        (tmp_path / name).write_text("unused")
    environment = {
        **os.environ,
        "CASEWORK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "CASEWORK_KAFKA_SERVERS": kafka_server.servers,
        "CASEWORK_KAFKA_IDEMPOTENCE": str(kafka_server.idempotent).lower(),
        "CASEWORK_TOPIC_PREFIX": prefix,
        "CASEWORK_KEY_FILE": str(tmp_path / "key"),
        "CASEWORK_SERVICE_KEY_FILE": str(tmp_path / "credential"),
    }
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", QUOTING_HANDLER],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    assert ran.stdout == ""
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    raised = [line["error"] for line in lines if line.get("logger") == "faststream" and line["level"] == "error"]
    assert raised == ["ValidationError", "KeyError", "ExceptionGroup"]
    for piece in PIECES:
        assert piece not in ran.stderr
