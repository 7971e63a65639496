"""`POST /v1/inbox`: the messages of the inbox topic over HTTP, as CloudEvents in structured, binary or batch mode.

Invariant: a message is known by its CloudEvents `source` and `id`. However often it comes, alone or in any batch, it
has its effect once and gets the answer it got, for two weeks; after that its `source_reference` still keeps it one
case. In a batch each message is answered for itself, and a bad one harms no other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from casework.intake.arrivals import Arrived, keep_rejected, names_in, post_of, problem_document, require_size
from casework.intake.handlers import Outcome, Receiving
from casework.shared.contracts import cloudevents
from casework.shared.contracts.inbox import COMPLAINT_POSTED, PostedComplaint
from casework.shared.errors import CaseworkError, Conflict, InvalidMessage, Refusal
from casework.shared.http.access import requires
from casework.shared.http.batches import items_of
from casework.shared.http.commands import ATTEMPTS, RecordedEvent, recorded_events
from casework.shared.http.idempotency import (
    OptionalKey,
    StoredAnswer,
    claim_each,
    patiently,
    request_hash,
    store,
)
from casework.shared.http.limits import parse_json
from casework.shared.http.problems import MEDIA_TYPE, problem_of
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import Duplicate, Serialization, StoreUnavailable, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.service import ServiceRuntime

log = structlog.get_logger(__name__)

MOST_MESSAGES = 100
"""Messages of one batch: they are one transaction."""


class MessageIdReused(Refusal):
    """The source sent another message with this id within the last two weeks. Give each message an id of its own."""

    code: ClassVar[str] = "message-id-reused"
    status: ClassVar[int] = 422


class AcceptedMessage(BaseModel):
    """What became of a message. `outcome` is `accepted` for a new case, `updated` when an existing one learned
    something, `duplicate` when it learned nothing. `recorded` names the events that it brought about."""

    id: str
    source: str
    case_id: UUID
    outcome: str
    version: int
    recorded: list[RecordedEvent]


class Result(BaseModel):
    """One message of a batch: its HTTP status as if it had come alone, and its answer or its problem."""

    id: str | None
    source: str | None
    status: int
    answer: AcceptedMessage | None = None
    problem: dict[str, Any] | None = None


class Results(BaseModel):
    """The answers to a batch, in its order."""

    results: list[Result]


@dataclass(frozen=True, slots=True)
class _Message:
    """A message of a request, and by what it is known again."""

    arrived: Arrived
    key: str | None = None
    """None for what could not be read that far."""
    hash: bytes = b""


_Answer: TypeAlias = "StoredAnswer | CaseworkError | BaseException"


async def _read(request: Request, principal: Principal) -> tuple[cloudevents.Mode, list[_Message]]:
    """The messages of a request. Raises `InvalidMessage` for a batch whose form is broken, and HTTP's 415."""
    kind = request.headers.get("content-type", "")
    body = await request.body()
    mode = cloudevents.mode_over_http(kind, request.headers.keys())
    if mode is None:
        raise HTTPException(415, f"send {cloudevents.STRUCTURED}, {cloudevents.BATCH}, or headers that begin with ce-")
    if mode == "batch":
        items = items_of(body, MOST_MESSAGES)
        if not items:
            raise InvalidMessage("the batch is empty; send at least one event", code="empty")
        return mode, [_message(item, principal, parse_json) for item in items]
    if mode == "structured":
        return mode, [_message(body, principal, parse_json)]
    headers = request.headers.items()

    def binary(data: bytes) -> Any:
        return cloudevents.from_http(headers, parse_json(data))

    return mode, [_message(body, principal, binary)]


def _message(original: bytes, principal: Principal, parse: Callable[[bytes], Any]) -> _Message:
    found = Arrived(original, principal.actor.id)
    try:
        require_size(original)
        document = parse(original)
        source, message_id = names_in(document)
        found = replace(found, source=source, message_id=message_id)
        post = post_of(document, principal.actor, may_backdate="import" in principal.scopes)
    except InvalidMessage as error:
        return _Message(replace(found, error=error))
    assert post.mark is not None
    return _Message(replace(found, post=post), *post.mark)


@dataclass(frozen=True, slots=True)
class _Door:
    runtime: ServiceRuntime
    receiving: Receiving

    async def take(
        self, principal: Principal, messages: Sequence[_Message], whole: tuple[str, bytes] | None
    ) -> list[_Answer]:
        """The answer to each message, in order; `whole` is the Idempotency-Key of the request and its hash.

        One that fails in a way nobody foresaw is found by taking each alone, so that the others are in."""
        try:
            return await self._again(principal, messages, whole)
        except (CaseworkError, StoreUnavailable, asyncio.CancelledError):
            raise
        except Exception as error:
            if len(messages) == 1:
                raise
            log.warning("inbox.batch-failed", error=type(error).__name__)
        answers: list[_Answer] = []
        for message in messages:
            try:
                answers += await self._again(principal, [message], whole)
            except (CaseworkError, StoreUnavailable, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001  its answer is a fault with an id; the log has the rest
                answers.append(error)
        return answers

    async def _again(
        self, principal: Principal, messages: Sequence[_Message], whole: tuple[str, bytes] | None
    ) -> list[_Answer]:
        attempt: Callable[[], Awaitable[list[_Answer]]] = partial(self._once, principal, messages, whole)
        for _ in range(ATTEMPTS - 1):
            try:
                return await patiently(attempt)
            except Conflict as error:
                if not isinstance(error, Serialization | Duplicate) and type(error) is not Conflict:
                    raise
        return await patiently(attempt)

    async def _once(
        self, principal: Principal, messages: Sequence[_Message], whole: tuple[str, bytes] | None
    ) -> list[_Answer]:
        self.runtime.refuse_when_halted()
        first: dict[str, _Message] = {}
        for message in messages:
            if message.key is not None:
                first.setdefault(message.key, message)
        wanted = {key: message.hash for key, message in first.items()}
        async with begin(self.runtime.engine) as work:
            used = await claim_each(work, principal.actor.id, wanted | (dict([whole]) if whole else {}))
            if whole and isinstance(refused := used.get(whole[0]), CaseworkError):
                raise refused
            new = {key: message for key, message in first.items() if key not in used}
            posts = [message.arrived.post for message in new.values()]
            unit, outcomes = await self.receiving.receive(work, [post for post in posts if post is not None])
            fresh = dict(zip(new, outcomes, strict=True))
            answers: list[_Answer] = []
            refusals: list[tuple[Arrived, Outcome | CaseworkError]] = []
            for message in messages:
                answer = _answer_to(message, first, used, fresh)
                answers.append(answer)
                if isinstance(answer, CaseworkError):
                    refusals.append((message.arrived, answer))
            for key, outcome in fresh.items():
                if outcome.error is None:
                    await store(work, key, principal.actor.id, wanted[key], _accepted(new[key], outcome))
            if whole and whole[0] not in used and not refusals:
                # Of a request with refusals nothing is kept: sent again, each message gets its answer by its own id.
                await store(work, whole[0], principal.actor.id, whole[1], StoredAnswer(200, b"{}"))
            await keep_rejected(work, refusals)
            await self.runtime.store.append(work, unit)
            failpoint("command.appended")
        failpoint("command.committed")
        self.runtime.wake()
        kinds = [outcome.kind for outcome in outcomes if outcome.error is None] + ["rejected"] * len(refusals)
        for kind in kinds:
            self.runtime.metrics.inbox_posts.labels("intake", kind).inc()
        return answers


def _answer_to(
    message: _Message,
    first: Mapping[str, _Message],
    used: Mapping[str, StoredAnswer | Any],
    fresh: Mapping[str, Outcome],
) -> _Answer:
    if message.key is None:
        assert message.arrived.error is not None
        return message.arrived.error
    before = used.get(message.key)
    if isinstance(before, StoredAnswer):
        return before
    if before is not None or first[message.key].hash != message.hash:
        return MessageIdReused("this source has sent another message with this id; give this one an id of its own")
    outcome = fresh[message.key]
    return outcome.error if outcome.error is not None else _accepted(message, outcome)


def _accepted(message: _Message, outcome: Outcome) -> StoredAnswer:
    assert outcome.case_id is not None
    assert outcome.kind is not None
    answer = AcceptedMessage(
        id=message.arrived.message_id or "",
        source=message.arrived.source or "",
        case_id=outcome.case_id,
        outcome=outcome.kind,
        version=outcome.version,
        recorded=recorded_events(outcome.recorded),
    )
    return StoredAnswer(
        201 if outcome.kind == "accepted" else 200,
        orjson.dumps(answer.model_dump(mode="json")),
        location=f"/v1/cases/{outcome.case_id}",
        etag=f'"intake:{outcome.version}"',
    )


def _problem(arrived: Arrived, error: BaseException) -> dict[str, Any]:
    if isinstance(error, CaseworkError):
        return problem_document(arrived, error)
    assert isinstance(error, Exception)
    return problem_of(error).document()


def _results(messages: Iterable[_Message], answers: Iterable[_Answer]) -> Response:
    results: list[dict[str, Any]] = []
    for message, answer in zip(messages, answers, strict=True):
        named = {"id": message.arrived.message_id, "source": message.arrived.source}
        if isinstance(answer, StoredAnswer):
            results.append({**named, "status": answer.status, "answer": orjson.loads(answer.body)})
        else:
            problem = _problem(message.arrived, answer)
            results.append({**named, "status": problem["status"], "problem": problem})
    whole = 200 if all(each["status"] < 300 for each in results) else 207
    return Response(_dumped({"results": results}), status_code=whole, media_type="application/json")


def _single(message: _Message, answer: _Answer) -> Response:
    if isinstance(answer, StoredAnswer):
        return answer.response()
    problem = _problem(message.arrived, answer)
    headers = {"content-language": "en"}
    return Response(_dumped(problem), status_code=problem["status"], headers=headers, media_type=MEDIA_TYPE)


def _dumped(document: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8. A pointer may hold whatever key was sent, so what UTF-8 cannot say is replaced."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_DATA = {"$ref": f"#/components/schemas/{PostedComplaint.__name__}"}
_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _TEXT,
        "source": _TEXT,
        "type": {"const": COMPLAINT_POSTED},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "data": _DATA,
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            cloudevents.STRUCTURED: {"schema": _EVENT},
            cloudevents.BATCH: {"schema": {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MOST_MESSAGES}},
            "application/json": {"schema": _DATA | {"description": "Binary mode: the attributes are in ce- headers."}},
        },
    }
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    201: {"model": AcceptedMessage, "description": "One message, and a new case"},
    200: {
        "model": AcceptedMessage | Results,
        "description": "One message of a case that was known; or a batch, every message of it accepted",
    },
    207: {"model": Results, "description": "A batch, and at least one message of it was refused"},
}


async def _given_key(key: OptionalKey = None) -> str | None:
    return key


def router(runtime: ServiceRuntime, receiving: Receiving) -> APIRouter:
    """The inbox over HTTP."""
    api = APIRouter(tags=["complaints"])
    door = _Door(runtime, receiving)

    @api.post(
        "/v1/inbox",
        summary="Post complaints as CloudEvents",
        status_code=201,
        response_model=None,
        responses=_RESPONSES,
        openapi_extra=_BODY,
    )
    async def post_messages(
        request: Request,
        principal: Annotated[Principal, Depends(requires("complaints:write"))],
        key: Annotated[str | None, Depends(_given_key)],
    ) -> Response:
        """The messages of the inbox topic, one or up to 100 at once. `source` and `id` make sending again harmless; an
        Idempotency-Key may be given besides."""
        mode, messages = await _read(request, principal)
        whole = None
        if key is not None:
            said = [(message.hash or message.arrived.sha256).hex() for message in messages]
            whole = (key, request_hash(key, principal.actor.id, "POST", "/v1/inbox", said))
        answers = await door.take(principal, messages, whole)
        return _results(messages, answers) if mode == "batch" else _single(messages[0], answers[0])

    return api
