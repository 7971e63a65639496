"""The replay of a case over HTTP: how it stood at a moment, for auditors.

Followup answers, since it gathers a case's events from all four services already. Nothing is projected: each service
hands out its events, and the rules that made them fold them again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from casework.shared.audit.replay import NoSuchCase, Stored, replayed
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.types import parse_rfc3339, rfc3339
from casework.shared.errors import FieldError, InvalidMessage
from casework.shared.http.access import requires
from casework.shared.http.awaiting import stream_of
from casework.shared.http.commands import UnknownCase
from casework.shared.runtime.database import begin
from casework.shared.runtime.service import ServiceRuntime


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of replays."""
    api = APIRouter(tags=["audit"], dependencies=[Depends(requires("audit:read"))])

    @api.get(
        "/v1/cases/{case_id}/replay", summary="A case as it stood at a moment, and what was known and done by then"
    )
    async def replay(
        case_id: UUID,
        at: Annotated[
            str | None,
            Query(max_length=40, description="RFC 3339, as in 2026-03-05T12:00:00Z; now, where nothing is said"),
        ] = None,
    ) -> JSONResponse:
        async with begin(runtime.engine) as work:
            now = work.now
        moment = now if at is None else _moment(at, now)
        streams = {
            service: [
                Stored(each["position"], bytes.fromhex(each["hash"]), each["envelope"].encode())
                for each in await stream_of(runtime, service, case_id)
            ]
            for service in SERVICES
        }
        try:
            found: dict[str, Any] = replayed(case_id, streams, moment).document()
        except NoSuchCase as error:
            raise UnknownCase(str(error)) from None
        return JSONResponse(found, headers={"cache-control": "no-store"})

    return api


def _moment(text: str, now: datetime) -> datetime:
    """The moment that was asked for. Raises `InvalidMessage` for what is none, or is still to come: what is shown of
    a moment must not change afterwards."""
    try:
        moment = parse_rfc3339(text)
    except ValueError:
        # Its text would quote what was sent.
        raise InvalidMessage(
            "at: not a time with a zone, as in 2026-03-05T12:00:00Z", (FieldError("/at", "RFC 3339 with a zone"),)
        ) from None
    if moment > now:
        raise InvalidMessage(
            f"at: {rfc3339(moment)} is still to come; a replay shows what was.", (FieldError("/at", "still to come"),)
        )
    return moment
