"""Whether a service took effects in before their causes, worked out from the logs of one shard alone.

A service that recorded an event because of event E had taken in E, and should have taken in everything that E rests
on: what E's service had recorded before it, what that was caused by, and so on. If it then records something because
of an event that E rests on, it had not: it took the effect in before the cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from casework.shared.contracts.ids import SERVICES, ServiceName

_SOURCES: Mapping[str, ServiceName] = {f"/casework/{service}": service for service in SERVICES}
_NOTHING: Mapping[ServiceName, int] = dict.fromkeys(SERVICES, -1)


class _Log:
    """One service's log of the shard, as far as it was followed."""

    def __init__(self, documents: Sequence[bytes]) -> None:
        self.causes = [_cause(document) for document in documents]
        self.known = dict(_NOTHING)
        """The highest position of each service that this one's events rest on, so far."""
        self.rests: list[dict[ServiceName, int]] = []
        """The same at each event."""
        self.taken = dict(_NOTHING)
        """The newest position of each service that something was recorded for."""


def out_of_order(documents: Mapping[ServiceName, Sequence[bytes]]) -> list[str]:
    """The effects of a shard, by service in position order, that were taken in too early."""
    logs = {service: _Log(documents[service]) for service in SERVICES}
    found: list[str] = []
    progress = True
    while progress:
        progress = False
        for service, log in logs.items():
            while len(log.rests) < len(log.causes):
                position = len(log.rests)
                cause = log.causes[position]
                if cause is not None:
                    source, at = cause
                    if at >= len(logs[source].rests):
                        break
                    if at < log.known[source] or (at == log.known[source] and at != log.taken[source]):
                        found.append(f"{service} {position} comes of {source} {at}, on which an earlier one rests")
                    log.taken[source] = at
                    for each, known in logs[source].rests[at].items():
                        log.known[each] = max(log.known[each], known)
                log.known[service] = position
                log.rests.append(dict(log.known))
                progress = True
    found += [
        f"{service} {len(log.rests)} comes of what comes later"
        for service, log in logs.items()
        if len(log.rests) < len(log.causes)
    ]
    return found


def _cause(document: bytes) -> tuple[ServiceName, int] | None:
    raw = orjson.loads(document)
    if "causesource" not in raw:
        return None
    return _SOURCES[raw["causesource"]], raw["causeposition"]
