"""A message from outside, whichever door it came by: read, or refused with its problem and kept.

Invariant: both doors read a message by the same rules, and what is refused is kept once, as it came, in the
transaction that refuses it. Rejections of an installation get their ids in the order in which they are committed, so
who reads on after an id misses none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from aiokafka import ConsumerRecord

from casework.intake.domain.telling import Reference, references_in
from casework.intake.handlers import Outcome
from casework.intake.referencing import Mark, Post, cases_of
from casework.shared.contracts import cloudevents
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.ids import derived_id
from casework.shared.contracts.inbox import InboxMessage, read_message
from casework.shared.errors import CaseworkError, InvalidMessage
from casework.shared.http.limits import parse_json
from casework.shared.http.problems import problem_of
from casework.shared.keys.vault import PersonErased
from casework.shared.runtime.database import Work

INBOX_ACTOR = Actor("inbox", "integrator")
"""Who posts on the topic: whom the broker lets write there. The topic carries no other proof of identity."""
MAX_POST_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came, who brought it, and the post it holds or the error that it is."""

    original: bytes
    posted_by: str
    post: Post | None = None
    error: CaseworkError | None = None
    place: Place | None = None
    """On the topic; None for what came over HTTP."""
    source: str | None = None
    """The CloudEvents source that it names, where it could be read that far."""
    message_id: str | None = None

    @property
    def sha256(self) -> bytes:
        return sha256(self.original).digest()


def read_record(record: ConsumerRecord[Any, Any]) -> Any:
    """The CloudEvents document of a record of the inbox topic, in structured or binary mode, unchecked.

    Raises `InvalidMessage`."""
    value: bytes | None = record.value
    if value is None:
        raise InvalidMessage("the record has no value; post a complaint as a CloudEvents document", code="empty")
    require_size(value)
    headers = cloudevents.text_headers(record.headers or ())
    mode = cloudevents.mode_on_kafka(headers)
    if mode == "batch":
        detail = "a record is one event: Kafka has no batches of CloudEvents; send each as a record of its own"
        raise InvalidMessage(detail, code="batch-on-topic")
    document = parse_json(value)
    return cloudevents.from_kafka(headers, document) if mode == "binary" else document


def require_size(value: bytes) -> None:
    """Raises `InvalidMessage` for what is larger than any post."""
    if len(value) > MAX_POST_BYTES:
        raise InvalidMessage(f"the post has {len(value)} bytes; at most {MAX_POST_BYTES} are taken", code="too-large")


def names_in(document: Any) -> tuple[str | None, str | None]:
    """The CloudEvents source and id that a document gives, whatever else is wrong with it."""
    if not isinstance(document, Mapping):
        return None, None
    found = [document.get(name) for name in ("source", "id")]
    source, message_id = (value if isinstance(value, str) and 0 < len(value) <= 200 else None for value in found)
    return source, message_id


def post_of(document: Any, actor: Actor, *, may_backdate: bool) -> Post:
    """The post that a document holds. Raises `InvalidMessage`."""
    message = read_message(document)
    return Post(message.id, message.data, actor, may_backdate=may_backdate, mark=mark_of(message))


def mark_of(message: InboxMessage) -> Mark:
    """By what a message is known again: the same in every mode, and in the next release, which may know more fields."""
    key = f"ce {sha256(orjson.dumps([message.source, message.id])).hexdigest()}"
    said = [key, message.type, message.data.model_dump(mode="json", exclude_defaults=True)]
    return Mark(key, sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest())


def problem_document(item: Arrived, error: CaseworkError) -> dict[str, Any]:
    """The RFC 9457 problem of a refused message: what is wrong with it, and by what to know it again."""
    document = dict(problem_of(error).document())
    document["sha256"] = item.sha256.hex()
    if item.place is not None:
        document |= {"topic": item.place.topic, "partition": item.place.partition, "offset": item.place.offset}
    if item.message_id is not None:
        document["post_id"] = item.message_id
    if item.post is not None:
        document["post_id"] = item.post.post_id
        # What refused the complaint points into the complaint; who reads this has sent the message around it.
        document["errors"] = [each | {"pointer": f"/data{each['pointer']}"} for each in document.get("errors", ())]
        if not document["errors"]:
            del document["errors"]
    return document


async def keep_rejected(work: Work, answers: Sequence[tuple[Arrived, Outcome | CaseworkError]]) -> None:
    """Keep what was refused, as it came, beside its problem: the original never goes on a topic again."""
    refused = [(item, answer) for item, answer in answers if not isinstance(answer, Outcome)]
    if not refused:
        return
    await hold_rejections(work)
    named = [references_in(item.original) for item, _ in refused]
    gone = await _erased(work, frozenset().union(*named))
    for (item, error), references in zip(refused, named, strict=True):
        place = item.place
        # What is said of a person after their erasure is not kept either.
        nothing = isinstance(error, PersonErased) or not gone.isdisjoint(references)
        await work.execute(
            'INSERT INTO rejection (topic, partition, "offset", sha256, problem, original, posted_by, source_sha256)'
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            None if place is None else place.topic,
            None if place is None else place.partition,
            None if place is None else place.offset,
            item.sha256,
            orjson.dumps(problem_document(item, error)).decode(),
            b"" if nothing else item.original,
            item.posted_by,
            None if item.source is None else source_hash(item.source),
        )


async def hold_rejections(work: Work) -> None:
    """Let nobody else keep or look through rejections until this commits: ids come in the order of commits, and no
    message is kept that an erasure has missed. To be taken after case state, before log heads."""
    await work.execute("SELECT pg_advisory_xact_lock(hashtextextended('casework.intake.rejection', 0))")


async def _erased(work: Work, references: Collection[Reference]) -> set[Reference]:
    """Those of the references whose complainant was erased."""
    if not references:
        return set()
    # Of a case whose complainant nobody knew, the case's own key was destroyed.
    persons = {
        reference: {derived_id(case_id, "complainant", 0)} | (set() if person is None else {person})
        for reference, (case_id, person) in (await cases_of(work, references)).items()
    }
    wanted = sorted(set().union(*persons.values()))
    erased = await work.fetch("SELECT person FROM erased_person WHERE person = ANY($1)", wanted)
    gone = {row["person"] for row in erased}
    return {reference for reference, whose in persons.items() if not gone.isdisjoint(whose)}


def source_hash(source: str) -> bytes:
    """By what a rejection is found for its sender: what a stranger wrote there is not kept in the clear."""
    return sha256(source.encode("utf-8", "surrogatepass")).digest()
