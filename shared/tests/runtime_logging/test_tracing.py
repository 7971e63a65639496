"""Spans leave the process without what anybody wrote, and OpenTelemetry stays unloaded where it is not wanted."""

from __future__ import annotations

import subprocess
import sys

import httpx2
import pytest
from fastapi import APIRouter, Depends
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import CollectorRegistry

from casework.shared.http.access import open_route
from casework.shared.http.app import make_app
from casework.shared.runtime.tracing import provider_for
from casework.shared.testing.calls import KeysInMemory

CANARY = "Jane Canary"


def test_a_span_is_redacted() -> None:
    seen = InMemorySpanExporter()
    provider = provider_for(seen, "intake")
    tracer = provider.get_tracer("test")

    def fail() -> None:
        with tracer.start_as_current_span("process") as span:
            span.set_attribute("messaging.system", "kafka")
            span.set_attribute("messaging.kafka.message.key", CANARY)
            raise ValueError(CANARY)

    with pytest.raises(ValueError, match=CANARY):
        fail()
    provider.shutdown()
    (span_out,) = seen.get_finished_spans()
    assert dict(span_out.attributes or {}) == {"messaging.system": "kafka"}
    assert span_out.status.status_code is StatusCode.ERROR
    assert CANARY not in span_out.to_json()
    assert span_out.resource.attributes["service.name"] == "casework-intake"


async def test_requests_are_traced_by_their_route() -> None:
    seen = InMemorySpanExporter()
    provider = provider_for(seen, "intake")
    router = APIRouter()

    @router.get("/v1/cases/{case_id}", dependencies=[Depends(open_route)])
    async def read(case_id: str) -> None:
        raise ValueError(CANARY)

    async def readiness() -> dict[str, str | None]:
        return {}

    app = make_app(
        "Traced",
        [router],
        authenticator=KeysInMemory(),
        readiness=readiness,
        registry=CollectorRegistry(),
        tracer_provider=provider,
    )
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as http:
        await http.get(
            "/v1/cases/secret", params={"who": CANARY}, headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
        )
    provider.shutdown()
    (span,) = seen.get_finished_spans()
    assert span.name == "GET /v1/cases/{case_id}"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace_id
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 500
    for leak in (CANARY, "Canary", "secret"):
        assert leak not in span.to_json()


def test_without_an_endpoint_the_sdk_is_never_imported() -> None:
    program = (
        "import sys; from casework.shared.runtime.settings import Settings;"
        "from casework.shared.runtime.tracing import make_tracer_provider;"
        "settings = Settings(database_url='postgresql://127.0.0.1/x', kafka_servers='127.0.0.1:1',"
        " key_file='x', service_key_file='x');"
        "assert make_tracer_provider(settings, 'intake') is None;"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry.')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
