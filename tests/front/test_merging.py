"""One document out of four: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from casework.shared.contracts.ids import SERVICES
from casework.shared.http.export import described
from casework.shared.http.merging import merge_metrics, merge_openapi


def exposed(service: str, amount: float) -> str:
    registry = CollectorRegistry()
    Counter("posts", "posts\nby \\ outcome", ("service", "outcome"), registry=registry).labels(service, 'a"b').inc(
        amount
    )
    Gauge("memory_bytes", "memory", registry=registry).set(amount)
    Histogram("took_seconds", "time", buckets=(0.1, 1.0), registry=registry).observe(amount)
    return generate_latest(registry).decode()


def samples_of(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    samples = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in found}
    assert len(samples) == len(found), "a sample is there twice"
    return samples


def test_metrics_of_several_processes_are_one_text() -> None:
    text = merge_metrics({"intake": exposed("intake", 1.0), "followup": exposed("followup", 2.0)}).decode()
    declared = [line.split()[1:3] for line in text.splitlines() if line.startswith("# ")]
    assert len(declared) == len({tuple(each) for each in declared}), "a family is declared twice"
    samples = samples_of(text)
    for service, amount in (("intake", 1.0), ("followup", 2.0)):
        own = ("service", service)
        assert samples["posts_total", (("outcome", 'a"b'), own)] == amount
        assert samples["memory_bytes", (own,)] == amount
        assert samples["took_seconds_bucket", (("le", "+Inf"), own)] == 1.0
        assert samples["took_seconds_sum", (own,)] == amount
    # Each family stands together, under its own declaration.
    assert {family.type for family in text_string_to_metric_families(text)} == {"counter", "gauge", "histogram"}


def test_another_kind_of_metric_under_the_same_name_is_left_out() -> None:
    registry = CollectorRegistry()
    Gauge("took_seconds", "time", registry=registry).set(9.0)
    text = merge_metrics({"intake": exposed("intake", 1.0), "followup": generate_latest(registry).decode()}).decode()
    assert ("took_seconds", (("service", "followup"),)) not in samples_of(text)


def test_the_four_descriptions_are_the_one_of_a_process_with_all_four() -> None:
    merged = merge_openapi({service: described([service]).openapi() for service in SERVICES})
    assert merged == described().openapi()


def document(components: dict[str, Any], **paths: Any) -> dict[str, Any]:
    return {"openapi": "3.2.0", "paths": {f"/{path}": item for path, item in paths.items()}} | {
        "components": {"schemas": components}
    }


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_components_of_one_name_and_another_content_are_kept_apart() -> None:
    first = document({"Part": {"type": "string"}, "Whole": {"items": ref("Part")}, "Same": {}}, one=ref("Whole"))
    second = document(
        {
            "Part": {"type": "integer"},
            "Whole": {"items": ref("Part")},
            "Same": {},
            "Kinds": {"discriminator": {"mapping": {"part": ref("Part")["$ref"]}}},
        },
        two=[ref("Whole"), ref("Same")],
    )
    third = document({"Part": {"type": "string"}, "Whole": {"items": ref("Part")}}, three=ref("Whole"))
    merged = merge_openapi({"intake": first, "resolution": second, "followup": third})
    assert merged["components"]["schemas"] == {
        "Part": {"type": "string"},
        # Its text is the first one's, but not its meaning.
        "Whole": {"items": ref("Part")},
        "Same": {},
        "resolution.Part": {"type": "integer"},
        "resolution.Whole": {"items": ref("resolution.Part")},
        "Kinds": {"discriminator": {"mapping": {"part": ref("resolution.Part")["$ref"]}}},
    }
    assert merged["paths"] == {
        "/one": ref("Whole"),
        "/two": [ref("resolution.Whole"), ref("Same")],
        "/three": ref("Whole"),
    }
