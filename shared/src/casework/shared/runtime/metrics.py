"""The numbers that say whether the machinery is well.

Invariant: one `Metrics` a process, on a registry of its own, handed to whoever counts; nothing is global, so
two stacks in one process, or two tests, never add up. Labels name services, never cases, people or keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every metric of one process. Each is labelled with the `service` that counts (first label)."""

    registry: CollectorRegistry
    relay_backlog: Gauge
    """Events in the store that the relay has not yet had acknowledged. Labels: service."""
    relay_backlog_age: Gauge
    """Seconds since the oldest of them was recorded; 0 without any. Labels: service."""
    parked_cases: Gauge
    """Cases whose events wait for somebody to look. Labels: service."""
    orphaned_cases: Gauge
    """Open cases without an owner, a next action or a due time. Must be 0. Labels: service."""
    consumer_lag: Gauge
    """Events of a source that this consumer has not yet worked in. Labels: service, source."""
    guard_duplicates: Counter
    """Events that came again and had no effect. Labels: service, source."""
    guard_gaps: Counter
    """Holes in a source's log that were healed from its feed. Labels: service, source."""
    guard_alarms: Counter
    """Signs that a source's history was changed, or a record forged. Must stay 0. Labels: service, source."""
    inbox_outcomes: Counter
    """Posts by what became of them: accepted, duplicate, added, rejected. Labels: service, outcome."""

    @classmethod
    def create(cls) -> Metrics:
        """All metrics at zero, on a new registry."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"casework_{name}", meaning, ("service", *labels), registry=registry)

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"casework_{name}", meaning, ("service", *labels), registry=registry)

        return cls(
            registry=registry,
            relay_backlog=gauge("relay_backlog_events", "events not yet acknowledged by the broker"),
            relay_backlog_age=gauge("relay_backlog_age_seconds", "age of the oldest event not yet acknowledged"),
            parked_cases=gauge("parked_cases", "cases whose events wait for somebody to look"),
            orphaned_cases=gauge("orphaned_cases", "open cases without owner, next action or due time"),
            consumer_lag=gauge("consumer_lag_events", "events of a source not yet worked in", "source"),
            guard_duplicates=counter("guard_duplicates", "events that came again", "source"),
            guard_gaps=counter("guard_gaps", "holes healed from a feed", "source"),
            guard_alarms=counter("guard_alarms", "signs of a changed history or a forged record", "source"),
            inbox_outcomes=counter("inbox_posts", "posts by what became of them", "outcome"),
        )
