"""Posts that must be refused, each with what must come back: over HTTP, on the inbox topic, or at both doors.

Whatever a person would have written holds `CANARY`, so that an answer or a log that quotes it is found out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from casework.shared.contracts.inbox import COMPLAINT_POSTED
from casework.shared.contracts.types import rfc3339

CANARY = "kingfisher-47"
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class BadPost:
    """A post that can never succeed. `body` is what HTTP gets, `value` what the inbox topic gets; None where it does
    not go through that door. At the inbox the pointers have `/data` before them, unless they are `about_message`."""

    name: str
    code: str
    status: int
    pointers: tuple[str, ...] = ()
    body: bytes | None = None
    value: bytes | None = None
    tombstone: bool = False
    about_message: bool = False
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)

    @property
    def goes_to_inbox(self) -> bool:
        return self.value is not None or self.tombstone

    @property
    def inbox_pointers(self) -> tuple[str, ...]:
        return self.pointers if self.about_message else tuple(f"/data{pointer}" for pointer in self.pointers)


def complaint(**changes: object) -> dict[str, Any]:
    """A complaint as an integrator posts it, with `changes`; a value of None takes the field away."""
    usual: dict[str, object] = {
        "source": "crm",
        "source_reference": "R-1",
        "channel": "web",
        "language": "en",
        "category": "Credit card",
        "words": f"The fee was taken twice, says {CANARY}.",
        "complainant": {"name": f"A. {CANARY}", "email": f"{CANARY}@example.org"},
        "wish": f"Give it back to {CANARY}.",
        "facts": [{"name": "account_type", "value": "gold"}],
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def message(data: object, /, **changes: object) -> dict[str, Any]:
    """The CloudEvents document of a post, with `changes`; a value of None takes the attribute away."""
    usual: dict[str, object] = {
        "specversion": "1.0",
        "id": "p-1",
        "source": "crm",
        "type": COMPLAINT_POSTED,
        "datacontenttype": "application/json",
        "data": data,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def encoded(document: object) -> bytes:
    """JSON as a careless client writes it: anything Python lets through, as UTF-8."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _content(name: str, pointer: str, code: str = "invalid-message", **changes: object) -> BadPost:
    """A complaint that is wrong in what it says, at both doors."""
    data = complaint(**changes)
    return BadPost(name, code, 422, (pointer,), encoded(data), encoded(message(data)))


def _form(name: str, spoil: Callable[[bytes], bytes], code: str = "malformed-json") -> BadPost:
    """A document that is wrong in its form, at both doors."""
    data = complaint()
    return BadPost(name, code, 400, (), spoil(encoded(data)), spoil(encoded(message(data))))


def _attribute(name: str, pointer: str, **changes: object) -> BadPost:
    """A message whose CloudEvents attributes are wrong: only the inbox has them."""
    value = encoded(message(complaint(), **changes))
    return BadPost(name, "invalid-message", 422, (pointer,), value=value, about_message=True)


def _nested(levels: int) -> object:
    deep: object = CANARY
    for _ in range(levels):
        deep = [deep]
    return deep


def _far(**apart: int) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(**apart))


def bad_posts() -> list[BadPost]:
    """The corpus. Posts that are refused because of the time are about the time of this call."""
    return [*_forms(), *_contents(), *_attributes(), *_of_one_door()]


def _forms() -> list[BadPost]:
    return [
        _form("cut short", lambda body: body[: len(body) // 2]),
        _form("an end too many", lambda body: body + b"}"),
        _form("two documents", lambda body: body + b"\n" + body),
        _form("single quotes", lambda body: body.replace(b'"', b"'")),
        _form("not UTF-8", lambda body: body.replace(CANARY.encode(), b"\xff\xfe" + CANARY.encode())),
        _form("UTF-16", lambda body: body.decode().encode("utf-16")),
        _form("a byte order mark", lambda body: b"\xef\xbb\xbf" + body),
        _form("surrogates as bytes", lambda body: body.replace(CANARY.encode(), b"\xed\xa0\x80")),
        _form("only blanks", lambda _body: b"  \n"),
        _form("no JSON at all", lambda _body: f"<complaint>{CANARY}</complaint>".encode()),
        _form("NaN", lambda body: body.replace(b'"gold"', b"NaN")),
        _form("Infinity", lambda body: body.replace(b'"gold"', b"-Infinity")),
        _form("a number beyond all", lambda body: body.replace(b'"gold"', b"1e999")),
        _form("a number of 5,000 digits", lambda body: body.replace(b'"gold"', b"9" * 5_000)),
        _form("a raw control character", lambda body: body.replace(CANARY.encode(), b"\x07" + CANARY.encode())),
        _form("a key twice", lambda body: body.replace(b'"channel"', b'"source": "other", "channel"', 1).replace(
            b'"specversion"', b'"type": "x", "specversion"', 1), "duplicate-key"),
        _form("33 levels deep", lambda body: body.replace(b'"gold"', encoded(_nested(30))), "too-deep"),
        _form("100,000 levels deep", lambda body: body.replace(b'"gold"', b"[" * 100_000), "too-deep"),
    ]  # fmt: skip


def _contents() -> list[BadPost]:
    fact = {"name": "a", "value": "1"}
    return [
        _content("no source", "/source", source=None),
        _content("no reference", "/source_reference", source_reference=None),
        _content("an empty reference", "/source_reference", source_reference="   "),
        _content("a reference too long", "/source_reference", source_reference=CANARY * 50),
        _content("a number for a reference", "/source_reference", source_reference=17),
        _content("an object for a source", "/source", source={"name": CANARY}),
        _content("an unknown channel", "/channel", channel=f"pigeon {CANARY}"),
        _content("an unknown language", "/language", language="tlh"),
        _content("a misspelt field", "/categroy", categroy=CANARY),
        _content("a field with a slash", "/a~1b~0c", **{"a/b~c": CANARY}),
        _content("an actor of its own", "/actor", actor={"id": "the-boss", "kind": "person"}),
        _content("a case of its own", "/case_id", case_id="00000000-0000-7000-8000-000000000000"),
        _content("words too long", "/words", words=(CANARY * 2_000)[:20_001]),
        _content("a list for words", "/words", words=[CANARY]),
        _content("an unknown way to reach somebody", "/complainant/pager", complainant={"pager": CANARY}),
        _content("a fact without a value", "/facts/0/value", facts=[{"name": "a"}]),
        _content("a fact named for a person", "/facts/0/name", facts=[{"name": f"A. {CANARY}", "value": "1"}]),
        _content("a float for a fact", "/facts/1/value", facts=[fact, {"name": "amount", "value": 12.5}]),
        _content("a big number for a fact", "/facts/0/value", facts=[{"name": "amount", "value": 2**53}]),
        _content("a boolean for a fact", "/facts/0/value", facts=[{"name": "a", "value": True}]),
        _content("101 facts", "/facts", facts=[fact] * 101),
        _content("facts as an object", "/facts", facts={"a": "1"}),
        _content("a time without a zone", "/received_at", received_at="2026-03-02T09:10:00"),
        _content("no time at all", "/received_at", received_at=f"last week, {CANARY}"),
        _content("a 13th month", "/received_at", received_at="2026-13-02T09:10:00Z"),
        _content("before the first day", "/received_at", received_at="0001-01-01T00:00:00+12:00"),
        _content("after the last day", "/received_at", received_at="9999-12-31T23:59:59-12:00"),
        _content("a time in the future", "/received_at", "future", received_at=_far(hours=1)),
        _content("a time in another millennium", "/received_at", "future", received_at="9999-01-01T00:00:00Z"),
        _content("NUL in the words", "/words", "unstorable-text", words=f"{CANARY}\x00"),
        _half_a_surrogate(),
        _over_the_envelope(),
    ]  # fmt: skip


def _half_a_surrogate() -> BadPost:
    def spoil(body: bytes) -> bytes:
        return body.replace(b'"gold"', b'"\\ud800"')

    data = complaint()
    return BadPost(
        "half a surrogate", "unstorable-text", 422, ("/facts/0/value",), spoil(encoded(data)),
        spoil(encoded(message(data))),
    )  # fmt: skip


def _over_the_envelope() -> BadPost:
    """Small enough as a post: what is sealed grows by a third."""
    bird = "\U0001f426"
    facts = [{"name": f"f{n}", "value": "x" * 1_000} for n in range(60)]
    data = complaint(source_reference="R-fat", words=bird * 20_000, wish=bird * 20_000, facts=facts)
    return BadPost("an event over 256 KiB", "too-large", 422, (), encoded(data), encoded(message(data)))


def _attributes() -> list[BadPost]:
    return [
        _attribute("no specversion", "/specversion", specversion=None),
        _attribute("CloudEvents 0.3", "/specversion", specversion="0.3"),
        _attribute("specversion as a number", "/specversion", specversion=1.0),
        _attribute("no id", "/id", id=None),
        _attribute("a number for an id", "/id", id=17),
        _attribute("an id too long", "/id", id=CANARY * 20),
        _attribute("no source of the message", "/source", source=""),
        _attribute("no type", "/type", type=None),
        _attribute("an unknown type", "/type", type=f"casework.inbox.{CANARY}.v1"),
        _attribute("a version to come", "/type", type=COMPLAINT_POSTED.replace(".v1", ".v2")),
        _attribute("an event of the case log", "/type", type="casework.intake.complaint-received.v1"),
        _attribute("data in another language", "/datacontenttype", datacontenttype="application/xml"),
        _attribute("a time that is none", "/time", time="yesterday"),
        _attribute("no data", "/data", data=None),
        _attribute("data as text", "/data", data=json.dumps(complaint())),
        _attribute("data in base64", "/data", data=None, data_base64="e30="),
    ]


def _of_one_door() -> list[BadPost]:
    bare = encoded(complaint())
    fat = encoded(complaint(facts=[{"name": f"f{n}", "value": "x" * 2_000} for n in range(100)], wish="y" * 20_000,
                            words="z" * 20_000, issue=" " * 30_000 + "i"))  # fmt: skip
    backdated = encoded(complaint(received_at=_far(days=-30)))
    return [
        BadPost("a tombstone", "empty", 422, tombstone=True),
        BadPost("an empty value", "malformed-json", 400, value=b""),
        BadPost("a bare complaint", "invalid-message", 422,
                ("/specversion", "/id", "/type", "/data"), value=bare, about_message=True),
        BadPost("a list of messages", "not-an-object", 422, value=encoded([message(complaint())])),
        BadPost("null", "not-an-object", 422, value=b"null"),
        BadPost("a message over the limit", "too-large", 422, value=encoded(message(json.loads(fat)))),
        BadPost("a message of 1,000 KB", "too-large", 422, value=b'"' + b"x" * 1_000_000 + b'"'),
        BadPost("a body over 1 MiB", "too-large", 413, body=b'"' + b"x" * 1_048_576 + b'"'),
        BadPost("a list of complaints", "invalid-message", 422, ("",), body=encoded([complaint()])),
        BadPost("a number", "invalid-message", 422, ("",), body=b"7"),
        BadPost("an empty body", "invalid-message", 422, ("",), body=b""),
        BadPost("no content type", "unsupported-media-type", 415, body=bare, headers={"content-type": ""}),
        BadPost("a form", "unsupported-media-type", 415, body=b"source=crm",
                headers={"content-type": "application/x-www-form-urlencoded"}),
        BadPost("a compressed body", "unsupported-media-type", 415, body=b"\x1f\x8b",
                headers=JSON | {"content-encoding": "gzip"}),
        BadPost("backdated without the scope", "backdated", 422, ("/received_at",), body=backdated),
    ]  # fmt: skip
