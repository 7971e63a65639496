"""Traces over OTLP, for installations that collect them.

Invariant: a span leaves the process with allow-listed attributes only, and without the texts of exceptions
that instrumentation attaches (as events and as the status's description): those quote what people wrote.
Without an endpoint nothing of OpenTelemetry's SDK is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    from casework.shared.runtime.settings import Settings

EXPORTABLE = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "network.protocol.version",
        "url.scheme",
        "error.type",
        "messaging.system",
        "messaging.operation",
        "messaging.destination.name",
        "messaging.destination_publish.name",
        "messaging.kafka.destination.partition",
        "messaging.kafka.message.offset",
        "messaging.message.payload_size_bytes",
        "messaging.batch.message_count",
    }
)
"""Not among them: paths, queries, addresses, user agents, message keys."""


def make_tracer_provider(settings: Settings, service: str) -> TracerProvider | None:
    """A provider that sends to `settings.otlp_endpoint` (OTLP over HTTP, `/v1/traces` is added), or None
    without one. Call its `shutdown` at the end: it sends what is still waiting."""
    if settings.otlp_endpoint is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return provider_for(OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces"), service)


def provider_for(exporter: SpanExporter, service: str) -> TracerProvider:
    """A provider whose spans reach `exporter` redacted."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
    from opentelemetry.trace import Link, Status

    class Redacting(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return exporter.export([redacted(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return exporter.force_flush(timeout_millis)

    def redacted(span: ReadableSpan) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes={name: value for name, value in (span.attributes or {}).items() if name in EXPORTABLE},
            links=[Link(link.context) for link in span.links],
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    provider = TracerProvider(resource=Resource.create({"service.name": f"casework-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(Redacting()))
    return provider
