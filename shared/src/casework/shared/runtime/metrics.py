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
    relay_backlog_events: Gauge
    """Records that the broker has not yet acknowledged. Labels: service, topic."""
    relay_backlog_age_seconds: Gauge
    """Seconds since the oldest of them was recorded; 0 without any. Labels: service, topic."""
    relay_rewinds: Counter
    """Shards published again because the broker had lost their records. Labels: service."""
    relay_set_back: Counter
    """Shards whose topic holds a later history than the store. Must stay 0. Labels: service."""
    records_ignored: Counter
    """Records of the case log without valid headers. Labels: service."""
    relay_lag_seconds: Gauge
    """For how long the oldest record has waited for the broker. Labels: service, topic, shard."""
    consumer_lag_events: Gauge
    """Events of all sources not yet worked in. Labels: service."""
    consumer_lag_seconds: Gauge
    """For how long the oldest event has waited to be worked in. Labels: service, source, shard."""
    alarms: Gauge
    """Alarms that stand now, as GET /v1/alarms lists them. Labels: service, alarm."""
    still_cases: Gauge
    """Open cases in which nothing was recorded for long. Labels: service."""
    clocks_late: Gauge
    """Clocks that should have fired and have not, now. Labels: service."""
    clock_lateness_seconds: Gauge
    """How late the latest of them is; 0 without any. Labels: service."""
    guard_duplicates: Counter
    """Events that came again and had no effect. Labels: service."""
    guard_gaps: Counter
    """Holes found in a source's log. Labels: service."""
    guard_healed: Counter
    """Events read from a source's feed instead of the topic. Labels: service."""
    guard_alarms: Counter
    """Signs that a history was changed, a record forged or a release is bad. Must stay 0. Labels: service, kind."""
    cases_parked: Counter
    """Cases that were parked. Labels: service."""
    parked_cases: Gauge
    """Cases whose events wait for somebody to look, now. Labels: service."""
    orphaned_cases: Gauge
    """Open cases without an owner, a next action or a due time. Must be 0. Labels: service."""
    provisional_clocks: Gauge
    """Clocks without a date because their calendar does not reach so far. Labels: service."""
    calendar_days_left: Gauge
    """Days that a calendar in use still covers, today left out. Labels: service, calendar."""
    inbox_posts: Counter
    """Posts by what became of them: accepted, duplicate, added, rejected. Labels: service, outcome."""
    notices: Counter
    """Notices by what became of them: sent, refused, uncertain, again, too-late, doubled. Labels: service, outcome."""
    notices_due: Gauge
    """Notices that should be out and are not, now. Labels: service."""
    notices_unsendable: Gauge
    """Those of them for which there is no channel or no address. Labels: service."""

    webhook_tries: Counter
    """Tries of webhook deliveries by what came of them: delivered, again, failed, disabled, gone. Labels: service,
    outcome."""
    webhook_waiting: Gauge
    """Deliveries that wait at webhooks that are sent to. Labels: service."""
    webhook_age_seconds: Gauge
    """Seconds since the oldest of them was made; 0 without any. Labels: service."""
    webhooks_stopped: Gauge
    """Webhooks that are disabled or gone because their receivers failed. Labels: service."""
    purged_rows: Counter
    """Rows that were kept long enough and are removed. Labels: service, table."""

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
            relay_backlog_events=gauge("relay_backlog_events", "records not yet acknowledged by the broker", "topic"),
            relay_backlog_age_seconds=gauge("relay_backlog_age_seconds", "age of the oldest of them", "topic"),
            relay_rewinds=counter("relay_rewinds", "shards published again after the broker lost records"),
            relay_set_back=counter("relay_set_back", "shards whose topic is ahead of the store"),
            records_ignored=counter("records_ignored", "records of the case log without valid headers"),
            relay_lag_seconds=gauge("relay_lag_seconds", "how long the oldest record has waited", "topic", "shard"),
            consumer_lag_seconds=gauge("consumer_lag_seconds", "how long an event has waited", "source", "shard"),
            alarms=gauge("alarms", "alarms that stand now", "alarm"),
            still_cases=gauge("still_cases", "open cases in which nothing was recorded for long"),
            clocks_late=gauge("clocks_late", "clocks that should have fired and have not"),
            clock_lateness_seconds=gauge("clock_lateness_seconds", "how late the latest of them is"),
            consumer_lag_events=gauge("consumer_lag_events", "events of all sources not yet worked in"),
            guard_duplicates=counter("guard_duplicates", "events that came again and had no effect"),
            guard_gaps=counter("guard_gaps", "holes found in a source's log"),
            guard_healed=counter("guard_healed", "events read from a feed instead of the topic"),
            guard_alarms=counter("guard_alarms", "signs of a changed history or a bad release", "kind"),
            cases_parked=counter("cases_parked", "cases that were parked"),
            parked_cases=gauge("parked_cases", "cases whose events wait for somebody to look"),
            orphaned_cases=gauge("orphaned_cases", "open cases without owner, next action or due time"),
            provisional_clocks=gauge("provisional_clocks", "clocks that wait for a longer calendar"),
            calendar_days_left=gauge("calendar_days_left", "days that a calendar in use still covers", "calendar"),
            inbox_posts=counter("inbox_posts", "posts by what became of them", "outcome"),
            notices=counter("notices", "notices by what became of them", "outcome"),
            notices_due=gauge("notices_due", "notices that should be out and are not"),
            notices_unsendable=gauge("notices_unsendable", "due notices without a channel or an address"),
            webhook_tries=counter("webhook_tries", "tries of webhook deliveries by what came of them", "outcome"),
            webhook_waiting=gauge("webhook_waiting_deliveries", "deliveries that wait at active webhooks"),
            webhook_age_seconds=gauge("webhook_oldest_waiting_seconds", "age of the oldest of them"),
            webhooks_stopped=gauge("webhooks_stopped", "webhooks that are stopped because their receivers failed"),
            purged_rows=counter("purged_rows", "rows that were kept long enough and are removed", "table"),
        )
