"""What the notary tells Prometheus."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

from casework.shared.audit.checkpoint import Checkpoint


class Measures:
    """The notary's metrics, on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"casework_notary_{name}", meaning, labels, registry=self.registry)

        self.refusing = gauge("refusing", "1 while it refuses to sign: a log contradicts what was signed. Must be 0")
        self.feeds_away = gauge("feed_away", "1 while a feed does not answer", "source")
        self._number = gauge("checkpoint", "the number of the last checkpoint")
        self._events = gauge("signed_events", "events that it stands for")
        self._at = gauge("signed_at_seconds", "when it was signed or, after a start, read; seconds since 1970")
        self.unpublished = gauge("unpublished", "checkpoints that are not on the topic yet")

    def signed(self, checkpoint: Checkpoint) -> None:
        """There is a new one."""
        self._number.set(checkpoint.number)
        self._events.set(checkpoint.events)
        self._at.set(time.time())
