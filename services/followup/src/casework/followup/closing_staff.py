"""The end of a case over HTTP: opinions, silence, owners, and the closing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictBool

from casework.followup.domain.closing import (
    AskOpinion,
    ChangeOwner,
    ClosingCommand,
    ExcuseOpinion,
    LookIn,
    MakeSecondContact,
    RecordOpinion,
)
from casework.followup.domain.commands import CloseCase, Command
from casework.followup.domain.empty_hands import EMPTY
from casework.followup.handlers import FollowUpUnit, given_of, tell
from casework.followup.progress import Progress
from casework.followup.projections import progress_of
from casework.shared.business_time import is_backdated
from casework.shared.clocks.calendars import instant_of
from casework.shared.clocks.moments import Moment
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.clauses import ProcedureCode, SkippedProcedure
from casework.shared.contracts.closing import ClosingTerms, OpinionOn, OwedR, R, Score
from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Prose, Sentence
from casework.shared.contracts.vocabulary import Channel
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.http.files import PartNotForReader
from casework.shared.keys.sealing_for import seal
from casework.shared.policies.shipped_closing import ClosingRule, newest
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

ClosingRules = Mapping[tuple[str, int], ClosingRule]
_REFUSED = "casework.followup.file-refused.v1"


class Owed(Part):
    """One of the four Rs: what was done, or why it is not owed."""

    r: R
    done: Sentence | None = None
    excused: Sentence | None = None


class Skipped(Part):
    """One of the six procedures, and why it was not done in this case."""

    procedure: ProcedureCode
    reason: Sentence


class Closure(Part):
    """Why the case ends here, and how. `offers` are all that were made, for an end without agreement; `four_rs` are
    wanted where the complaint was upheld; `thanked` says that the last message thanks the complainant; `skipped` says
    why a procedure was not done, and holds of none that was."""

    reason: Sentence
    outcome: Literal["decided", "unresolved", "silent"] = "decided"
    offers: Annotated[tuple[Sentence, ...], Field(max_length=20)] = ()
    four_rs: Annotated[tuple[Owed, ...], Field(max_length=4)] = ()
    thanked: StrictBool = False
    skipped: Annotated[tuple[Skipped, ...], Field(max_length=6)] = ()


class OpinionRequest(Part):
    """How the complainant was asked for an opinion."""

    channel: Channel


class OpinionExcuse(Part):
    """Why no opinion is to be had."""

    cause: Literal["contact-refused", "contact-impossible"]
    reason: Sentence


class Opinion(Part):
    """The complainant's opinion, from 1 to 5. `words` are theirs, and are sealed."""

    on: OpinionOn
    score: Score
    channel: Channel
    words: Prose | None = None


class SecondContact(Part):
    """By which other way the complainant was asked, and whether they were reached."""

    channel: Channel
    reached: StrictBool


class Owner(Part):
    """Who answers to the complainant from here on, and why."""

    owner: Label
    reason: Sentence


class OwnerLook(Part):
    """How the work stands. Holds nothing personal."""

    note: Sentence


def router(runtime: ServiceRuntime, rules: ClosingRules) -> APIRouter:
    """The staff routes for the end of a case."""
    api = APIRouter(prefix="/v1/cases/{case_id}", tags=["follow-up staff"])
    rulebook = runtime.rulebook

    @api.post("/closure", summary="Close the case", response_model=Done)
    async def close(case_id: UUID, body: Closure, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _close(case_id, body, rules, rulebook), request)

    @api.post("/follow-up/opinion-requests", summary="Record that an opinion was asked for", response_model=Done)
    async def ask(case_id: UUID, body: OpinionRequest, asked: StaffOnce, request: Request) -> Response:
        gather = _and_tell(AskOpinion(channel=body.channel), "opinion-asked", rulebook)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/follow-up/opinion-excuses", summary="Record that no opinion is to be had", response_model=Done)
    async def excuse(case_id: UUID, body: OpinionExcuse, asked: StaffOnce, request: Request) -> Response:
        gather = _and_tell(ExcuseOpinion(cause=body.cause, reason=body.reason), "opinion-asked", rulebook)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/follow-up/opinions", summary="Record the complainant's opinion", response_model=Done)
    async def opinion(case_id: UUID, body: Opinion, asked: StaffOnce, request: Request) -> Response:
        words = (None,) if body.words is None else await seal(runtime, case_id, body.words)
        command = RecordOpinion(
            on=body.on, score=body.score, channel=body.channel, words=words[0], by=asked.principal.actor.id
        )
        answer = await run_command(runtime, asked, case_id, just(command), request)
        if _REFUSED in orjson.loads(answer.body)["events"]:
            raise PartNotForReader(
                "Nobody rates their own work; that you tried is recorded. Let the complainant do it."
            )
        return answer

    @api.post("/follow-up/second-contacts", summary="Record that the complainant was asked again", response_model=Done)
    async def second(case_id: UUID, body: SecondContact, asked: StaffOnce, request: Request) -> Response:
        command = MakeSecondContact(channel=body.channel, reached=body.reached)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/follow-up/owners", summary="Name who answers to the complainant", response_model=Done)
    async def own(case_id: UUID, body: Owner, asked: StaffOnce, request: Request) -> Response:
        command = ChangeOwner(owner=body.owner, reason=body.reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/follow-up/look-ins", summary="Record that the owner looked in", response_model=Done)
    async def look_in(case_id: UUID, body: OwnerLook, asked: StaffOnce, request: Request) -> Response:
        command = LookIn(by=asked.principal.actor.id, note=body.note)
        return await run_command(runtime, asked, case_id, _and_tell(command, "owner-looked-in", rulebook), request)

    return api


def terms_at(closed_at: datetime, rule: ClosingRule, rulebook: Rulebook) -> ClosingTerms:
    """The terms of a closing then: its local day is day 0, and the last day to reopen counts whole."""
    zone = rulebook.calendar_of(rulebook.institution.calendar, None).zone
    last = closed_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=rule.reopening_days)
    return ClosingTerms(policy=rule.id, version=rule.version, reopen_until=instant_of(last, 24 * 60, zone))


def _close(case_id: UUID, body: Closure, rules: ClosingRules, rulebook: Rulebook) -> Gather:
    """End the case, and its clocks with it."""

    async def gather(work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        rule = newest(rules)
        progress = (await progress_of(work, [case_id])).get(case_id)
        past = is_backdated(unit.occurred_at, unit.now)
        command = CloseCase(
            reason=body.reason,
            outcome=body.outcome,
            given=None if past else given_of(progress),
            decision="" if progress is None else progress.decision,
            gated=not past,
            terms=terms_at(unit.occurred_at or unit.now, rule, rulebook),
            offers=body.offers,
            route_en=rule.route_en,
            route_zh=rule.route_zh,
            four_rs=tuple(OwedR(r=each.r, done=each.done, excused=each.excused) for each in body.four_rs),
            thanked=body.thanked,
            hands=EMPTY if progress is None else progress.hands.open,
            undone=() if progress is None else _undone(progress),
            skipped=tuple(SkippedProcedure(procedure=each.procedure, reason=each.reason) for each in body.skipped),
        )
        return (command, tell(unit, rulebook, "case-closed"))

    return gather


def _undone(progress: Progress) -> tuple[ProcedureCode, ...]:
    """Which of the six procedures this case has not been through."""
    passed: dict[ProcedureCode, bool] = {
        "receive": "received" in progress.times,
        "judge": "assessed" in progress.times,
        "cause-and-responsibility": "concluded" in progress.times,
        "solution": "decided" in progress.times,
        "sanction": progress.sanctioned,
        "improve-and-file": progress.improved,
    }
    return tuple(code for code, was_done in passed.items() if not was_done)


def _and_tell(command: ClosingCommand, moment: Moment, rulebook: Rulebook) -> Gather:
    async def gather(_work: Work, unit: FollowUpUnit) -> Sequence[Command]:
        return (command, tell(unit, rulebook, moment))

    return gather
