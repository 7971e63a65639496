"""Which service answers which path: the one table that the front goes by.

Invariant: a path belongs to one row at most, and a row of one service to that service alone; a test walks every
route of all four. Methods are not looked at: the service says itself which it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casework.shared.contracts.ids import SERVICES, ServiceName

_CASE = r"/v1/cases/[^/]+"


_CONTACT = (
    *("contacts", "contact-attempts", "left-messages", "contact-preferences", "planned-contacts", "receipt-proofs"),
    *("watches", "watch-endings", "representatives", "joint-complaints", "authorities", "disclosures", "roads"),
    *("visits", "visit-items", "visit-closings", "visit-promises-kept"),
    *("media-signals", "media-signal-looks", "complainants", "public-replies"),
)
"""What intake records of contact with the complainant, below a case."""

_INTAKE = (
    *("complaints", "complaint-forms", "complaint-counts", "code-report", "inbox"),
    *("watch-lookups", "case-searches", "person-keys", "subject-exports"),
)
_FOLLOWUP = (
    *("access-records", "case-counts", "worklist", "roster", "clock-report", "remedy-report", "equal-treatment"),
    "status/stream",
)


def _rows() -> Iterator[tuple[str, tuple[ServiceName, ...]]]:
    yield rf"/v1/({'|'.join(_INTAKE)})|/v1/(rejections|procedures|erasures)(/.+)?", ("intake",)
    yield rf"{_CASE}/(acknowledgement|assessment|withdrawal|investigation-offer|intake/.+)", ("intake",)
    yield rf"{_CASE}/({'|'.join(_CONTACT)})", ("intake",)
    yield rf"{_CASE}/investigation/.+|/v1/(reports|suppliers)/.+", ("investigation",)
    yield rf"{_CASE}/resolution/.+|/v1/resolution/.+|/v1/parties/[^/]+/sanctions", ("resolution",)
    yield rf"{_CASE}/(follow-up/.+|closure|reopening)", ("followup",)
    yield rf"{_CASE}/clocks(/.+)?|{_CASE}/escalations/.+", ("followup",)
    yield rf"/v1/cases|{_CASE}(/events|/clauses|/replay)?", ("followup",)
    yield rf"/v1/({'|'.join(_FOLLOWUP)})|/v1/webhooks(/.+)?", ("followup",)
    # Followup passes these on to the notary.
    yield r"/v1/(checkpoints|proofs)/.+|/v1/checkpoints", ("followup",)
    for service in SERVICES:
        yield rf"/v1/(feeds|parked)/{service}(/.+)?|{_CASE}/files/{service}(/.+)?", (service,)
    # What every service can say; the first that has an answer gives it.
    yield r"/docs|/asyncapi(\.json)?|/static/[^/]+|/problems/[^/]+|/schemas/.+", SERVICES


TABLE: tuple[tuple[re.Pattern[str], tuple[ServiceName, ...]], ...] = tuple(
    (re.compile(pattern), services) for pattern, services in _rows()
)
"""Patterns of whole paths, and who answers them."""

OWN: frozenset[str] = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json", "/v1/alarms"})
"""What the front answers itself, out of the answers of all four."""


def services_for(path: str) -> tuple[ServiceName, ...]:
    """Who answers a (decoded) path: one service; all of them, to be asked in turn; or nobody."""
    return next((services for pattern, services in TABLE if pattern.fullmatch(path)), ())
