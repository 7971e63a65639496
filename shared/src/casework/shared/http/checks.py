"""Checklists over HTTP, the same for every stage that is checked."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.shared.checks.answering import AnswerChecks, Offered
from casework.shared.contracts.checks import CheckAnswer, CheckedStage
from casework.shared.contracts.clocks import PolicyId
from casework.shared.contracts.inbox import Label, Part, Words
from casework.shared.contracts.types import Sentence, Word
from casework.shared.http.commands import Done, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.service import ServiceRuntime


class AnswerGiven(Part):
    """The answer to one question, about how the case was handled: nothing personal."""

    question: Word
    answer: Sentence


class LevelGiven(Part):
    """Which level was offered to the complainant, on which day, and what they said to it."""

    level: Label
    day: date
    reply: Words | None = None


class ChecksGiven(Part):
    """Answers to questions of a checklist. Those that are left out stay as they are."""

    checklist: PolicyId
    answers: Annotated[tuple[AnswerGiven, ...], Field(max_length=100)] = ()
    level: LevelGiven | None = None


def checks_router(runtime: ServiceRuntime, stage: CheckedStage) -> APIRouter:
    """The route by which the checklists of a stage are answered."""
    api = APIRouter(prefix=f"/v1/cases/{{case_id}}/{runtime.name}", tags=[f"{runtime.name} staff"])

    @api.post("/checks", summary="Answer questions of a checklist", response_model=Done)
    async def answer(case_id: UUID, body: ChecksGiven, asked: StaffOnce, request: Request) -> Response:
        reply = None
        if body.level is not None and body.level.reply is not None:
            (reply,) = await seal(runtime, case_id, body.level.reply)
        command = AnswerChecks(
            checklists=runtime.rulebook.checklists_at(stage),
            checklist=body.checklist,
            answers=tuple(CheckAnswer(question=each.question, answer=each.answer) for each in body.answers),
            offered=None if body.level is None else Offered(level=body.level.level, day=body.level.day, reply=reply),
        )
        return await run_command(runtime, asked, case_id, just(command), request)

    return api
