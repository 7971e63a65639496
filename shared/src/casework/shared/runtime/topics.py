"""The six topics and what each must be. `casework migrate` creates them; nothing is ever created automatically."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.shared.runtime.retention import BROKER

MAX_RECORD_BYTES = 1_048_576
"""Above the largest envelope (256 KiB) with its headers, so that the broker never refuses what the store took."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its full name, its fixed partition count and its broker settings."""

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one installation. `prefix` comes from the settings; `partitions` equals the shard count, but for
    the checkpoints: each stands for all shards and names the one before it, so they are one sequence."""

    inbox: Topic
    receipts: Topic
    rejections: Topic
    events: Topic
    status: Topic
    checkpoints: Topic

    @classmethod
    def of(cls, prefix: str, shards: int) -> Topics:
        """Topic names as integrators know them, with `prefix` in front (empty by default)."""

        def topic(name: str, **config: str) -> Topic:
            settings = {"max.message.bytes": str(MAX_RECORD_BYTES), "cleanup.policy": "delete", **config}
            return Topic(f"{prefix}casework.{name}.v1", shards, settings)

        keep = {"retention.ms": "-1"}
        week = {"retention.ms": str(int(BROKER.total_seconds() * 1_000))}
        return cls(
            # What people wrote in the clear: kept only as long as intake may need to read it again.
            inbox=topic("inbox", **week),
            receipts=topic("receipts", **week),
            rejections=topic("rejections", **week),
            events=topic("events", **keep),
            status=topic("status", **{"cleanup.policy": "compact"}),
            checkpoints=replace(topic("checkpoints", **keep), partitions=1),
        )

    def all(self) -> tuple[Topic, ...]:
        return (self.inbox, self.receipts, self.rejections, self.events, self.status, self.checkpoints)
