"""What a request body may be, before anything parses it; and the one parser of JSON from outside.

Invariant: no body costs more than `MAX_BODY_BYTES` of memory, `BODY_SECONDS` of waiting and one linear pass,
and no value that PostgreSQL, RFC 8785 or UTF-8 cannot hold gets past `parse_json`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casework.shared.errors import FieldError, InvalidMessage
from casework.shared.http.problems import MOST_ERRORS, Problem, of_status, problem_of

MAX_BODY_BYTES = 1_048_576
BODY_SECONDS = 10.0
LINGER_BYTES = 8_388_608
LINGER_SECONDS = 2.0
MAX_DEPTH = 32

PARSED = "casework.json"
"""Where the middleware leaves the parsed body in the ASGI scope."""

SELF_READ = frozenset({"/v1/inbox"})
"""Routes that take bodies apart themselves, since one bad message of a batch must not refuse the others. Whoever adds
one has to read every piece by `parse_json`, and declare no body that FastAPI would read past it."""

_TOO_LARGE = f"the body is over {MAX_BODY_BYTES} bytes"
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""Strings (also one that never ends) and brackets. Possessive throughout: it must stay linear on hostile input."""
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def parse_json(body: bytes) -> Any:
    """The JSON value of `body` (UTF-8, at most 1 MiB, at most 32 levels deep).

    Raises `InvalidMessage`: `too-large`, `malformed-json`, `too-deep`, `duplicate-key` for the form;
    `unstorable-text`, with pointers, for NUL characters and lone surrogates.
    """
    if len(body) > MAX_BODY_BYTES:
        raise InvalidMessage(
            f"the document is over {MAX_BODY_BYTES} bytes; leave out what is not needed", code="too-large"
        )
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidMessage(f"not UTF-8 at byte {error.start}", code="malformed-json") from None
    if _too_deep(text):
        raise InvalidMessage(f"nested more than {MAX_DEPTH} levels deep; flatten the document", code="too-deep")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidMessage(f"not JSON from {where} on", code="malformed-json") from None
    except ValueError:
        # A number of thousands of digits: Python refuses to convert it.
        raise InvalidMessage("a number is too long to be one", code="malformed-json") from None
    if _SUSPICIOUS.search(text):
        errors = tuple(_unstorable(value, ""))[:MOST_ERRORS]
        if errors:
            raise InvalidMessage("some text holds characters that cannot be stored", errors, code="unstorable-text")
    return value


def _too_deep(text: str) -> bool:
    # Fewer opening brackets than the limit, even counting those inside strings: the usual case, two fast counts.
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _TOKENS.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif first != '"':
            depth -= 1
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    keys = [key for key, _ in pairs]
    twice = next(key for key in keys if keys.count(key) > 1)
    named = f" ({twice})" if _PLAIN_KEY.fullmatch(twice) else ""
    raise InvalidMessage(f"a key{named} appears twice in one object; send it once", code="duplicate-key")


def _no_constant(_name: str) -> NoReturn:
    raise InvalidMessage("NaN and Infinity are not JSON; leave the field out", code="malformed-json")


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise InvalidMessage("a number is too large to be one", code="malformed-json")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)


def _unstorable(value: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield FieldError(pointer, "holds a NUL character or half a surrogate pair; remove it")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unstorable(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _UNSTORABLE.search(key):
                # The pointer could not be written down either: point at the object.
                yield FieldError(pointer, "a key in here holds a NUL character or half a surrogate pair; remove it")
            else:
                yield from _unstorable(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")


class Limits:
    """ASGI middleware: reads the whole body within the limits, parses it, then lets the request in.

    Refuses with a problem: a body over the limit (413, as soon as the bytes are counted), one that takes longer
    than `body_seconds` (408), a compressed one or one that is not JSON (415), and what `parse_json` refuses.
    """

    def __init__(self, app: ASGIApp, *, body_seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(scope, receive)
        if body is None:
            return
        if isinstance(body, Problem):
            await body.response()(scope, receive, _lingering(receive, send))
            return
        refused = _refused(scope, body)
        if refused is not None:
            await refused.response()(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | Problem | None:
        """The body, why it is refused, or None when the client went away."""
        # The rest of a refused body would be read as the next request: the connection ends with the answer.
        close = {"connection": "close"}
        too_large = of_status(413, f"{_TOO_LARGE}; leave out what is not needed", close)
        announced = _header(scope, b"content-length")
        if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
            return too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self._body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > MAX_BODY_BYTES:
                        return too_large
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            return of_status(408, headers=close)


def _lingering(receive: Receive, send: Send) -> Send:
    """`send`, but the answer's end waits until the client has sent its body, within bounds: hanging up on somebody
    who still sends takes the answer away from them. What comes is dropped."""

    async def sending(message: Message) -> None:
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send({**message, "more_body": True} if last else message)
        if last:
            await _drain(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sending


async def _drain(receive: Receive) -> None:
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))


def _refused(scope: Scope, body: bytes) -> Problem | None:
    if not body:
        return None
    if _header(scope, b"content-encoding") not in (b"", b"identity"):
        return of_status(415, "send the body as it is, without Content-Encoding", {"accept-encoding": "identity"})
    kind = _header(scope, b"content-type").partition(b";")[0].strip()
    if kind != b"application/json" and not (kind.startswith(b"application/") and kind.endswith(b"+json")):
        return of_status(415, headers={"accept": "application/json"})
    if scope["path"] in SELF_READ:
        return None
    try:
        scope[PARSED] = parse_json(body)
    except InvalidMessage as error:
        return problem_of(error)
    return None


def _header(scope: Scope, name: bytes) -> bytes:
    return next((bytes(value).lower() for key, value in scope["headers"] if key == name), b"")
