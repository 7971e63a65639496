"""CloudEvents 1.0 as it comes by HTTP and by Kafka: which mode a message is in, and its attributes as one document.

Invariant: a message means the same in every mode. What arrives in headers becomes the document that structured mode
would have brought, and one reader (`contracts/inbox.py`) judges them all.

Sources: CloudEvents 1.0.2, HTTP protocol binding section 3, Kafka protocol binding section 3. Kafka has no batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

from casework.shared.errors import InvalidMessage

Mode: TypeAlias = Literal["structured", "binary", "batch"]

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_DATA = "application/json"
_HTTP, _KAFKA = "ce-", "ce_"
MOST_ATTRIBUTES = 64


def media_type(content_type: str) -> str:
    """The media type without its parameters, in lower case: `application/json` of `Application/JSON; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def mode_over_http(content_type: str, names: Iterable[str]) -> Mode | None:
    """The mode of a request with this Content-Type and these header names (lower case); None where it is no event."""
    kind = media_type(content_type)
    if kind == BATCH:
        return "batch"
    if kind == STRUCTURED:
        return "structured"
    return "binary" if any(name.startswith(_HTTP) for name in names) else None


def mode_on_kafka(headers: Mapping[str, str]) -> Mode:
    """The mode of a record. One that says nothing of CloudEvents is read as structured: its value is the document."""
    kind = media_type(headers.get("content-type", ""))
    if kind == BATCH:
        return "batch"
    if kind != STRUCTURED and f"{_KAFKA}specversion" in headers:
        return "binary"
    return "structured"


def from_http(headers: Iterable[tuple[str, str]], data: Any) -> dict[str, Any]:
    """The document of a binary message over HTTP; `data` is its parsed body. Values are percent-decoded."""
    found = [(name, value) for name, value in headers if name == "content-type" or name.startswith(_HTTP)]
    return _document([(name, unquote(value, errors="replace")) for name, value in found], _HTTP, data)


def from_kafka(headers: Mapping[str, str], data: Any) -> dict[str, Any]:
    """The document of a binary record; `data` is its parsed value."""
    return _document(headers.items(), _KAFKA, data)


def text_headers(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """The headers of a record that are text, the first of each name. Others say nothing that is understood here."""
    found: dict[str, str] = {}
    for name, value in headers:
        try:
            found.setdefault(name.lower(), "" if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            continue
    return found


def _document(headers: Iterable[tuple[str, str]], prefix: str, data: Any) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in headers:
        if name == "content-type":
            document["datacontenttype"] = media_type(value)
        elif name.startswith(prefix):
            attribute = name.removeprefix(prefix)
            if attribute in document:
                raise InvalidMessage("an attribute of the event is there twice; send it once", code="duplicate-key")
            document[attribute] = value
    if len(document) > MOST_ATTRIBUTES:
        raise InvalidMessage(f"an event has at most {MOST_ATTRIBUTES} attributes here", code="too-large")
    # Headers cannot carry `data`: whatever calls itself so is not the body.
    document["data"] = data
    return document
