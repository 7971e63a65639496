"""A person's own data: what they said, what was decided, and what was said to them, out of the streams of all services.

Invariant: only what `OWN_DATA` names is in it, field by field, so what is new in any stream is left out until somebody
adds it here. Nothing of what handlers think (questions 7 and 8 of the card), of the floor, of the staff file, or of
other people is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import httpx2 as httpx
import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from casework.intake.domain.privacy import GiveOwnData, RequestOwnData
from casework.shared.contracts import (
    answers,
    card,
    closing,
    contacts,
    demand_answers,
    demands,
    followup,
    intake,
    messages,
    privacy,
    remedies,
    resolution,
)
from casework.shared.contracts.envelope import CommandCause, Envelope, open_envelope
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.privacy import RequestReference
from casework.shared.contracts.registry import from_data
from casework.shared.contracts.types import Sealed, rfc3339
from casework.shared.eventstore import reading
from casework.shared.eventstore.store import Origin
from casework.shared.files.parts import SAID, Under, persons_in, written
from casework.shared.http.access import requires
from casework.shared.http.commands import Done, UnknownCase, finish, just, run_command
from casework.shared.http.feed import CaseStream
from casework.shared.http.idempotency import Once, once, repeatable
from casework.shared.keys.sealing import ERASED, open_sealed
from casework.shared.platform.api_keys import Principal
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.service import ServiceRuntime

OWN_DATA: Mapping[type, tuple[str, ...]] = {
    intake.ComplaintReceived: (
        *("source", "source_reference", "channel", "received_at", "language", "organisation", "category", "issue"),
        *("words", "complainant", "wish", "facts", "reachable_by"),
    ),
    intake.ComplaintAcknowledged: ("channel", "next_step"),
    intake.FactsAdded: ("facts", "words"),
    intake.ComplaintWithdrawn: ("channel", "by"),
    # Questions of the card. What is said of a clerk is that person's data too, and is left out.
    card.CardWritten: ("what_happened", "when", "goods", "real_cause", "wish", "feeling", "expectation"),
    card.CardReadBack: ("version", "channel"),
    card.CardConfirmed: ("version", "channel"),
    demands.DemandStated: ("number", "kind", "amounts", "words", "alternatives"),
    demands.DemandChanged: ("number", "kind", "amounts", "words", "alternatives"),
    demand_answers.DemandAnswered: ("number", "answer", "reason", "granted"),
    contacts.ComplainantReached: ("at", "channel"),
    contacts.ContactPreferencesSet: ("channel", "hours", "language", "avoid"),
    privacy.SubjectAccessRequested: ("request_id", "reference"),
    answers.ApologyGiven: ("kind", "scope", "words"),
    messages.MessageSent: ("channel", "text"),
    resolution.DecisionCommunicated: ("outcome", "answer", "reasons", "channel", "route"),
    resolution.DecisionAccepted: ("channel",),
    resolution.DecisionContested: ("channel",),
    resolution.PromiseMade: ("kind", "words", "due_at"),
    resolution.PromiseKept: ("kind",),
    resolution.ProgressUpdateSent: ("channel", "news", "next_by"),
    remedies.RemedyOffered: ("remedy", "until", "channel"),
    remedies.RemedyOfferAnswered: ("remedy", "answer"),
    remedies.RemedySent: ("remedy", "amount"),
    remedies.RemedyReceived: ("remedy", "kind"),
    followup.CaseClosed: ("outcome", "offers", "route_en", "route_zh"),
    followup.CaseReopened: (),
    closing.OpinionAsked: ("channel",),
}
"""What is given of which event."""
_UNDER_THEIR_NAMES = (intake.ComplaintReceived, intake.FactsAdded)
"""Events whose sealed fields were sealed for their own names, and not for `said`."""


class SubjectRequest(Part):
    """That the person asked for the data that the case holds of them. `reference` is how they know the request."""

    reference: RequestReference | None = None


class SubjectExport(Part):
    """Whose data is given out, and on which request; without one the oldest that is open is meant."""

    case_id: UUID
    request_id: UUID | None = None


def router(runtime: ServiceRuntime) -> APIRouter:
    """The routes of a person's access to their own data."""
    api = APIRouter(tags=["privacy"])

    @api.post(
        "/v1/cases/{case_id}/intake/subject-requests",
        summary="Record that somebody asked for their own data",
        response_model=Done,
    )
    async def ask(
        case_id: UUID, body: SubjectRequest, asked: Annotated[Once, Depends(once("privacy:write"))], request: Request
    ) -> Response:
        """A clock is set for it: `internal.subject-access`."""
        command = RequestOwnData(request_id=runtime.store.mint(), reference=body.reference)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/v1/subject-exports", summary="Give a person their own data", dependencies=[Depends(repeatable)])
    async def give(
        body: SubjectExport, principal: Annotated[Principal, Depends(requires("privacy:write"))]
    ) -> Response:
        """The answer is personal and is kept nowhere; each giving is recorded."""
        entries = await _entries(runtime, body.case_id)
        await _record(runtime, body, len(entries), principal)
        document = {"case_id": str(body.case_id), "entries": entries}
        return Response(orjson.dumps(document), media_type="application/json", headers={"cache-control": "no-store"})

    return api


async def _entries(runtime: ServiceRuntime, case_id: UUID) -> list[dict[str, Any]]:
    """Everything that is given, in the order in which it was recorded. Raises `UnknownCase`, `StoreUnavailable`."""
    async with begin(runtime.engine) as work:
        envelopes = [open_envelope(each.document) for each in await reading.of_case(work, case_id)]
    if not envelopes:
        raise UnknownCase(f"Intake has no case {case_id}.")
    for service in SERVICES:
        if service != runtime.name:
            envelopes += await _stream(runtime, service, case_id)
    given = [(envelope, _given(envelope)) for envelope in envelopes]
    found = sorted(
        ((envelope, values) for envelope, values in given if values is not None), key=lambda each: each[0].time
    )
    keys = await runtime.keys.open(persons_in([values for _, values in found]))

    def opener(sealed: Sealed, field: str) -> str:
        return open_sealed(sealed, keys.get(sealed.person, ERASED), case_id=case_id, field=field)

    return [
        {
            "at": rfc3339(envelope.occurred_at or envelope.time),
            "what": envelope.type.split(".")[2],
            **written(values, opener),
        }
        for envelope, values in found
    ]


def _given(envelope: Envelope) -> dict[str, Any] | None:
    """The fields of an event that are given; None where nothing of it is."""
    event = from_data(envelope.type, envelope.data)
    names = OWN_DATA.get(type(event))
    if names is None:
        return None
    values = ((name, getattr(event, name, None)) for name in names)
    sealed_for_name = isinstance(event, _UNDER_THEIR_NAMES)
    return {
        name: Under(value, name if sealed_for_name else SAID) if isinstance(value, Sealed) else value
        for name, value in values
        if value is not None
    }


async def _stream(runtime: ServiceRuntime, service: ServiceName, case_id: UUID) -> Iterable[Envelope]:
    """Another service's events of the case, from its feed. Raises `StoreUnavailable`: half a file is none."""
    url = f"{runtime.settings.url_of(service)}/v1/feeds/{service}/cases/{case_id}"
    try:
        answer = await runtime.http.get(url, headers={"authorization": f"Bearer {runtime.credential}"})
    except httpx.HTTPError as error:
        raise StoreUnavailable(f"{service} does not answer ({type(error).__name__})") from error
    if answer.status_code != httpx.codes.OK:
        raise StoreUnavailable(f"{service} answers HTTP {answer.status_code} when asked for a case")
    return [open_envelope(each.envelope.encode()) for each in CaseStream.model_validate_json(answer.content).events]


async def _record(runtime: ServiceRuntime, body: SubjectExport, entries: int, principal: Principal) -> None:
    """Record that the data are given, before they are. Raises `NothingAsked`, `DataErased`."""
    runtime.refuse_when_halted()
    async with begin(runtime.engine) as work:
        unit = await runtime.store.open(work, [body.case_id], refuse_parked_by=runtime.reactor.consumer)
        origin = Origin(actor=principal.actor, cause=CommandCause(runtime.store.mint()))
        unit.run(body.case_id, [GiveOwnData(request_id=body.request_id, entries=entries)], origin)
        await finish(runtime, work, unit)
        await runtime.store.append(work, unit)
    runtime.wake()
