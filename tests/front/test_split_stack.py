"""The four services behind the front: to a caller they are one."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.registry import EVENT_TYPES, dataschema, json_schema
from casework.shared.http.export import described
from casework.shared.testing.desk import STEPS, Desk

from .conftest import Split


async def test_a_complaint_is_taken_from_receipt_to_closing(split: Split) -> None:
    async with split.client() as http:
        desk = Desk(http, split.settle)
        case_id = await desk.receive()
        await desk.walk(case_id, "closure")
        assert (await desk.show(case_id))["stage"] == "closed"
        assert len(STEPS) < len((await http.get(f"/v1/cases/{case_id}/events")).json())


async def test_a_key_opens_here_what_it_opens_there(split: Split) -> None:
    async with split.client(split.other) as http:
        assert (await http.get("/v1/cases")).status_code == 200
        assert (await http.get("/v1/feeds/intake/heads")).status_code == 403
        assert (await http.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})).status_code == 403
    async with split.client("cw_aaaaaaaa_" + "a" * 43) as http:
        answer = await http.get("/v1/cases")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="casework"')


async def test_metrics_are_for_this_machine_or_the_scope(split: Split) -> None:
    async with httpx2.AsyncClient(base_url=split.url, trust_env=False) as stranger:
        from_elsewhere = {"x-forwarded-for": "192.0.2.7"}
        assert (await stranger.get("/metrics", headers=from_elsewhere)).status_code == 401
        here = await stranger.get("/metrics")
    async with split.client() as http:
        there = await http.get("/metrics", headers=from_elsewhere)
    assert (here.status_code, there.status_code) == (200, 200)
    assert here.headers["content-type"] == there.headers["content-type"]
    started = {
        sample.labels["service"]
        for family in text_string_to_metric_families(there.text)
        for sample in family.samples
        if sample.name == "process_start_time_seconds"
    }
    assert started == {"front", *SERVICES}


async def test_readiness_is_that_of_all_four(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {f"{service}.{check}" for service in SERVICES for check in ("database", "consumer", "relay")}
    # Nothing consumes in these tests; a start is waited for until then.
    for runtime in split.runtimes.values():
        runtime.messaging.joined.set()
    async with split.client() as http:
        assert (await http.get("/health/live")).json() == {"status": "live"}
        well = await http.get("/health/ready")
        assert (well.status_code, well.json()) == (200, {"status": "ready", "checks": dict.fromkeys(checks, "ok")})
        monkeypatch.setattr(split.runtimes["resolution"].consumer, "halted", "too many parked cases")
        ill = await http.get("/health/ready")
    assert (ill.status_code, ill.json()["status"]) == (503, "not ready")
    assert {name for name, found in ill.json()["checks"].items() if found != "ok"} == {"resolution.consumer"}
    assert ill.json()["checks"].keys() == checks


async def test_the_descriptions_are_those_of_one_process(split: Split) -> None:
    async with split.client() as http:
        assert (await http.get("/openapi.json")).json() == described().openapi()
        topics = (await http.get("/asyncapi.json")).json()["channels"]
        assert topics["events"]["address"] == split.runtimes["intake"].topics.events.name
        for page in ("/docs", "/asyncapi"):
            answer = await http.get(page)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("name", EVENT_TYPES)
async def test_the_schema_an_event_names_is_served(split: Split, name: str) -> None:
    async with split.client() as http:
        answer = await http.get(dataschema(name))
    assert (answer.headers["content-type"], answer.json()) == ("application/schema+json", json_schema(name))


async def test_a_schema_nobody_names_is_not_there(split: Split) -> None:
    async with split.client() as http:
        assert (await http.get("/schemas/casework.intake.unheard-of/1.json")).status_code == 404


async def test_callers_at_once_get_their_own_answers(split: Split) -> None:
    async with split.client() as http:
        unknown = [f"00000000-0000-7000-8000-{number:012d}" for number in range(12)]
        answers = await asyncio.gather(*(http.get(f"/v1/cases/{case_id}") for case_id in unknown))
    assert [case_id in answer.json()["detail"] for case_id, answer in zip(unknown, answers, strict=True)] == [True] * 12
