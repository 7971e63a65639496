"""Every reading of what is restricted, out of the four logs: who read which part of which case, when and what for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from casework.shared.audit.three_ws import READINGS
from casework.shared.audit.walk import Stores
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.types import rfc3339
from casework.shared.runtime.database import begin

_PAGE = 2_000


async def readings(stores: Stores) -> AsyncIterator[dict[str, Any]]:
    """The readings of each service, shard by shard, in the order of its log. Raises `StoreUnavailable`."""
    for service in SERVICES:
        for shard in range(stores.installation.shards):
            after = -1
            while True:
                async with begin(stores.engines[service]) as work:
                    rows = await work.fetch(
                        "SELECT position, envelope FROM event WHERE shard = $1 AND position > $2"
                        " AND split_part(type, '.', 3) = ANY($4) ORDER BY position LIMIT $3",
                        shard,
                        after,
                        _PAGE,
                        sorted(READINGS),
                    )
                for _, document in rows:
                    envelope = open_envelope(document)
                    words = envelope.type.split(".")[2]
                    yield {
                        "time": rfc3339(envelope.time),
                        "by": envelope.actor.id,
                        "by_kind": envelope.actor.kind,
                        "case_id": str(envelope.case_id),
                        "service": service,
                        "part": str(envelope.data.get("part", words)),
                        "purpose": str(envelope.data.get("purpose", "")),
                        "allowed": words != "file-refused",
                        "event": str(envelope.id),
                    }
                if len(rows) < _PAGE:
                    break
                after = rows[-1][0]
