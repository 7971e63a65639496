"""The one table from what went wrong to what the caller reads: RFC 9457 problem details.

Invariant: an answer says what to do next and never repeats what was sent, nor shows a stack, SQL or anything
personal. An error that is in no row of the table is a fault: the caller gets an id, the log gets the fault.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from casework.shared.errors import CaseworkError, Conflict, FieldError, InvalidMessage, Refusal
from casework.shared.platform.api_keys import NotAllowed, Unauthenticated
from casework.shared.runtime.database import Duplicate, Serialization, StoreUnavailable

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
LONGEST_POINTER = 512

_BAD_REQUEST = frozenset(
    {"malformed-json", "too-deep", "duplicate-key", "bad-cursor", "bad-place", "idempotency-key-missing"}
)
"""Reasons of `InvalidMessage` that are about the form of the request (400), not about its content (422)."""

_AGAIN = "send the same request again, with the same Idempotency-Key"
_BY_STATUS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "the request could not be read; compare it with the description at /docs"),
    404: ("not-found", "there is nothing here; the addresses are listed at /docs"),
    405: ("method-not-allowed", "this address does not take this method; see the Allow header and /docs"),
    406: ("not-acceptable", "this address does not answer in the media type asked for; see /docs"),
    408: ("too-slow", "the body took too long to arrive; send the request again on a better connection"),
    412: ("version-changed", "the case has changed since it was read; read it again and decide anew"),
    413: ("too-large", "the body is too large; leave out what is not needed"),
    415: ("unsupported-media-type", "send the body as application/json, not compressed"),
    428: ("version-missing", "say in If-Match which version was read; the ETag of the read has it"),
    429: ("too-many-requests", "wait as long as Retry-After says, then go on more slowly"),
    503: ("unavailable", f"something that is needed does not answer; {_AGAIN} after a moment"),
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Problem:
    """One RFC 9457 answer. `code` names the kind for good; `extra` are members beside the standard ones."""

    status: int
    code: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The JSON object: type, title, status, detail, errors (each a detail and where it is), extra members."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if self.errors:
            document["errors"] = list(self.errors[:MOST_ERRORS])
        return document

    def response(self) -> Response:
        """The answer to send. A pointer may hold whatever key was sent, so what UTF-8 cannot say is replaced."""
        body = json.dumps(self.document(), ensure_ascii=False).encode("utf-8", "replace")
        headers = {"content-language": "en", **self.headers}
        return Response(body, status_code=self.status, headers=headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """The row of the table for `error`. Anything unknown is logged as a fault under an id and becomes a 500."""
    match error:
        case Unauthenticated():
            return Problem(401, error.code, str(error), headers={"www-authenticate": 'Bearer realm="casework"'})
        case NotAllowed():
            challenge = f'Bearer realm="casework", error="insufficient_scope", scope="{error.scope}"'
            return Problem(
                403, error.code, str(error), headers={"www-authenticate": challenge}, extra={"scope": error.scope}
            )
        case InvalidMessage():
            status = 400 if error.reason in _BAD_REQUEST else 422
            return Problem(status, error.reason, str(error), tuple(map(_pointed, error.errors)))
        case Refusal():
            return Problem(getattr(error, "status", 409), error.code, str(error))
        case Serialization():
            detail = f"others are working on the same case; {_AGAIN}"
            return Problem(409, error.code, detail, headers={"retry-after": "1"})
        case Duplicate():
            # Its own text names a database constraint.
            return Problem(409, error.code, "this is already there; read it instead of sending it again")
        case Conflict():
            seconds = getattr(error, "retry_after", None)
            headers = {} if seconds is None else {"retry-after": str(seconds)}
            return Problem(getattr(error, "status", 409), error.code, str(error), headers=headers)
        case CaseworkError():
            return Problem(getattr(error, "status", 400), error.code, str(error))
        case StoreUnavailable():
            code, detail = _BY_STATUS[503]
            return Problem(503, code, detail, headers={"retry-after": "2"})
        case RequestValidationError():
            return _of_validation(error)
        case HTTPException():
            return of_status(error.status_code, _own_words(error), error.headers or {})
        case _:
            return _fault(error)


def of_status(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem that HTTP itself has a number for; `detail` replaces the table's sentence."""
    code, standard = _BY_STATUS.get(status, (_slug(status), "the request was refused; see /docs"))
    return Problem(status, code, detail or standard, headers=headers or {})


def install(app: FastAPI) -> None:
    """Make every error of `app` that has a row in the table answer with it. Faults are caught at the app's edge."""
    for kind in (CaseworkError, StoreUnavailable, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)


async def _answer(_request: Request, error: Exception) -> Response:
    return problem_of(error).response()


def _fault(error: Exception) -> Problem:
    fault_id = str(uuid4())
    log.error("http.fault", fault_id=fault_id, exc_info=error)
    detail = f"something failed on our side and is recorded under this id; {_AGAIN}, and quote the id if it stays"
    return Problem(500, "fault", detail, extra={"id": fault_id})


def _own_words(error: HTTPException) -> str | None:
    """What a handler said itself; None where it is only the status's standard phrase, which helps nobody."""
    return error.detail if isinstance(error.detail, str) and error.detail != _phrase(error.status_code) else None


def _slug(status: int) -> str:
    return _phrase(status).lower().replace(" ", "-") or f"status-{status}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _pointed(error: FieldError) -> Mapping[str, str]:
    return {"detail": error.detail, "pointer": error.pointer[:LONGEST_POINTER]}


def _of_validation(error: RequestValidationError) -> Problem:
    found: list[Mapping[str, str]] = []
    for each in error.errors():
        place, *path = each["loc"]
        if place == "header" and [str(part).lower() for part in path] == ["idempotency-key"]:
            detail = (
                "every POST needs the header Idempotency-Key: 1 to 200 visible characters, a new one for each new thing"
            )
            return Problem(400, "idempotency-key-missing", detail)
        where = (
            {"pointer": pointer_into(error.body, path)[:LONGEST_POINTER]}
            if place == "body"
            else {place: ".".join(map(str, path))}
        )
        found.append({"detail": validation_detail(each), **where})
    return Problem(422, "invalid-message", "some fields are not as described at /docs", tuple(found))


def pointer_into(document: object, path: Sequence[str | int]) -> str:
    """The RFC 6901 pointer for a pydantic location. pydantic also names union members and validators on the
    way; only steps that exist in `document` are kept, and the last one, which may be what is missing."""
    pointer, here = "", document
    for number, step in enumerate(path):
        last = number == len(path) - 1
        if isinstance(here, Mapping) and (step in here or (last and isinstance(step, str))):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            continue
        pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
    return pointer


_OWN_DETAIL = {
    "missing": "this field is required",
    "extra_forbidden": "there is no such field; leave it out",
    "uuid_parsing": "should be a UUID",
    "union_tag_invalid": "is not one of the allowed kinds",
    "json_invalid": "is not valid JSON",
}


def validation_detail(error: Mapping[str, Any]) -> str:
    """pydantic's sentence for one error, unless it would quote what was sent."""
    own = _OWN_DETAIL.get(error["type"])
    if own is not None:
        return own
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    return "is not acceptable here" if isinstance(given, str) and len(given) > 3 and given in message else message
