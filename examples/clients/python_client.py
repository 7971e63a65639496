"""An integrator in Python: posts complaints by HTTP or Kafka until each has its answer, and reads where a case stands.

    python -m examples.clients.python_client --url http://127.0.0.1:8000 --key-file KEY [--kafka 127.0.0.1:9092]

Nothing of Casework's own code is imported. The rules that make it safe are three: a message has its id before it is
first sent and keeps it; what is not answered is sent again, word for word; what is refused is mended, not repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

TYPE = "casework.inbox.complaint-posted.v1"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
"""Answers that say nothing about the message: it may be in or not, and is sent again."""
PASSING = frozenset(
    f"/problems/{code}" for code in ("request-in-flight", "busy", "conflict", "duplicate", "service-halted")
)
"""The 409s that say nothing about it either: an equal request is being worked on, others were in the way, or the
service is stopped. Any other is for good."""
MOST_TRIES = 8
PATIENCE_S = 30.0


class Refused(Exception):
    """The message can never be accepted as it is. `problem` is the RFC 9457 document: `errors` point at the fields."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail", problem.get("title")))
        self.problem = problem


class NotAnswered(Exception):
    """No answer in all that time. The message may be in: send the same one again later."""


def message(data: Mapping[str, Any], source: str, message_id: str | None = None) -> dict[str, Any]:
    """A complaint as a CloudEvents message. Keep it before you send it: a second try must be the same message."""
    return {"specversion": "1.0", "id": message_id or str(uuid4()), "source": source, "type": TYPE, "data": dict(data)}


@dataclass(frozen=True, slots=True)
class HttpClient:
    """Posts to `POST /v1/inbox`, and reads."""

    http: httpx.AsyncClient

    async def post(self, posted: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to one message: its case, what came of it, and the events. Raises `Refused` or `NotAnswered`."""
        answer = await self._send(json.dumps(posted).encode(), STRUCTURED)
        if answer.status_code >= 400:
            raise Refused(answer.json())
        return dict(answer.json())

    async def post_all(self, posted: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any] | Refused]:
        """The answer to each message, in order; one that is refused disturbs no other. At most 100 at once."""
        answer = await self._send(json.dumps(list(posted)).encode(), BATCH)
        if answer.status_code >= 400:
            raise Refused(answer.json())
        results = answer.json()["results"]
        return [each["answer"] if "answer" in each else Refused(each["problem"]) for each in results]

    async def status(self, case_id: str, after: str) -> Mapping[str, Any]:
        """Where a case stands, once that reflects `after`, such as `intake:4`."""
        answer = await self.http.get(f"/v1/cases/{case_id}", params={"after": after})
        answer.raise_for_status()
        return dict(answer.json())

    async def rejections(self, after: int) -> AsyncIterator[Mapping[str, Any]]:
        """Every message of ours that was refused, from the id after `after` on. Keep the last id that you have read."""
        more = True
        while more:
            answer = await self.http.get("/v1/rejections", params={"after": after, "limit": 200})
            answer.raise_for_status()
            page = answer.json()
            for item in page["items"]:
                yield item
                after = item["id"]
            more = page["more"]

    async def _send(self, body: bytes, kind: str) -> httpx.Response:
        for attempt in range(MOST_TRIES):
            if attempt:
                await asyncio.sleep(random.uniform(0.5, 1.0) * min(30.0, 0.2 * 2**attempt))  # noqa: S311
            try:
                answer = await self.http.post("/v1/inbox", content=body, headers={"content-type": kind})
            except httpx.TransportError:
                continue
            if not _passes(answer):
                return answer
        raise NotAnswered("no answer; the message may be in, so send the same one again later")


def _passes(answer: httpx.Response) -> bool:
    return answer.status_code in AGAIN or (answer.status_code == 409 and answer.json().get("type") in PASSING)


@dataclass(frozen=True, slots=True)
class KafkaClient:
    """Posts to the inbox topic and finds the answers on the topics of receipts and rejections."""

    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    inbox: str

    async def post(self, posted: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt of a message. Raises `Refused` or `NotAnswered`."""
        data, value = posted["data"], json.dumps(posted).encode()
        # Whatever is said about one complaint has one key, and so stays in order. Answers bear the key of the post.
        key = f"{data['source']}|{data['source_reference']}".encode()
        sent = await self.producer.send_and_wait(
            self.inbox, value, key=key, headers=[("content-type", STRUCTURED.encode())]
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                async for record in self.consumer:
                    answer = json.loads(record.value)
                    if record.key == key and answer.get("post_id") == posted["id"] and "case_id" in answer:
                        return dict(answer)
                    if (answer.get("partition"), answer.get("offset")) == (sent.partition, sent.offset):
                        raise Refused(answer)
        except TimeoutError:
            pass
        raise NotAnswered("no receipt and no rejection yet; send the same message again")


@asynccontextmanager
async def kafka_client(servers: str, prefix: str = "") -> AsyncIterator[KafkaClient]:
    """A client of the installation whose topics have this prefix."""
    answers = (f"{prefix}casework.receipts.v1", f"{prefix}casework.rejections.v1")
    consumer = AIOKafkaConsumer(*answers, bootstrap_servers=servers, auto_offset_reset="earliest")
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer, consumer:
        yield KafkaClient(producer, consumer, f"{prefix}casework.inbox.v1")


def complaint(reference: str, **more: Any) -> dict[str, Any]:
    """What somebody said at the counter."""
    said = {"source": "crm", "source_reference": reference, "channel": "counter", "category": "Credit card"}
    return said | {"words": "I was charged the annual fee twice.", "wish": "Refund one of the two fees."} | more


async def walk(url: str, key: str, kafka: str | None, prefix: str) -> AsyncIterator[Mapping[str, Any]]:
    """What is done and what comes back, one object a step."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30.0) as http:
        client = HttpClient(http)
        first = message(complaint(f"py-{uuid4()}"), "crm")
        answer = await client.post(first)
        yield {"step": "posted", "answer": answer}
        yield {"step": "posted again", "answer": await client.post(first)}

        bad = message(complaint(f"py-{uuid4()}", received_at="31/02/2026"), "crm")
        good = message(complaint(f"py-{uuid4()}"), "crm")
        refused, accepted = await client.post_all([bad, good])
        assert isinstance(refused, Refused)
        yield {"step": "refused in a batch", "answer": refused.problem}
        yield {"step": "accepted in the same batch", "answer": accepted}
        async for item in client.rejections(after=0):
            if item["sha256"] == refused.problem["sha256"]:
                yield {"step": "found among the rejections", "answer": item}
        mended = bad | {"data": bad["data"] | {"received_at": None}}
        yield {"step": "mended and sent again", "answer": await client.post(mended)}

        status = await client.status(answer["case_id"], f"intake:{answer['version']}")
        yield {"step": "where the first case stands", "answer": status}
    if kafka is not None:
        async with kafka_client(kafka, prefix) as topics:
            posted = message(complaint(f"py-{uuid4()}"), "crm")
            yield {"step": "posted by Kafka", "answer": await topics.post(posted)}
            try:
                await topics.post(message(complaint(f"py-{uuid4()}", received_at="31/02/2026"), "crm"))
            except Refused as error:
                yield {"step": "refused by Kafka", "answer": error.problem}


async def _print(options: argparse.Namespace) -> None:
    key = options.key_file.read_text().strip()
    async for step in walk(options.url, key, options.kafka, options.prefix):
        print(json.dumps(step, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An integrator in Python.")
    parser.add_argument("--url", required=True, help="where Casework answers")
    parser.add_argument(
        "--key-file",
        type=Path,
        required=True,
        help="holds an API key with the scopes complaints:write, cases:read, rejections:read",
    )
    parser.add_argument("--kafka", help="bootstrap servers; without them only HTTP is used")
    parser.add_argument("--prefix", default="", help="of the installation's topics")
    asyncio.run(_print(parser.parse_args()))
