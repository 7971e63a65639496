"""The file of members of staff, over HTTP: what is put into it. It is read by opening the part `staff-file`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from casework.investigation.domain.staff_file import RecordStaffMatter
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.staff_file import StaffMatter
from casework.shared.contracts.types import Prose
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.service import ServiceRuntime


class NewStaffMatter(Part):
    """A finding on a person of ours, a training action, or an internal sanction. All of it is sealed, apart from the
    complainant's record."""

    what: StaffMatter
    staff: Label
    words: Prose


def router(runtime: ServiceRuntime) -> APIRouter:
    """The route of the file of staff."""
    api = APIRouter(tags=["investigation staff"])

    @api.post(
        "/v1/cases/{case_id}/investigation/staff-matters",
        summary="Put a matter of staff into the restricted file",
        response_model=Done,
    )
    async def record(case_id: UUID, body: NewStaffMatter, asked: StaffOnce, request: Request) -> Response:
        what, staff, words = await seal(runtime, case_id, body.what, body.staff, body.words, of="staff")
        command = RecordStaffMatter(what=what, staff=staff, words=words, by=asked.principal.actor.id)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api
