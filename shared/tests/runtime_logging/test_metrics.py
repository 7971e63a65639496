"""Metrics belong to one process and never name a case."""

from __future__ import annotations

from dataclasses import fields

from prometheus_client import generate_latest

from casework.shared.runtime.metrics import Metrics


def test_two_processes_worth_of_metrics_do_not_add_up() -> None:
    one, other = Metrics.create(), Metrics.create()
    one.guard_gaps.labels("intake").inc()
    assert b'casework_guard_gaps_total{service="intake"} 1.0' in generate_latest(one.registry)
    assert b"casework_guard_gaps_total{" not in generate_latest(other.registry)


def test_labels_name_services_first_and_nothing_without_bound() -> None:
    metrics = Metrics.create()
    for field in fields(metrics):
        if field.name != "registry":
            labels = getattr(metrics, field.name)._labelnames
            assert labels[0] == "service"
            assert set(labels) <= {
                "service",
                "source",
                "topic",
                "shard",
                "kind",
                "outcome",
                "calendar",
                "alarm",
                "table",
            }
