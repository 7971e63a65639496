"""What intake's staff record around a complaint, over HTTP: contacts, respondents, quarrels between others, posts, and
the ground it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, model_validator

from casework.intake import like_cases
from casework.intake.domain.around import RecordGround
from casework.intake.domain.commands import Command
from casework.intake.domain.disputes import LinkDispute, NoteDisputeState, RecordDisputeWords
from casework.intake.domain.posts import AnswerPost, ApprovePostStatement, LinkPost, ReportPost
from casework.intake.domain.repeat_contacts import LinkContact
from casework.intake.domain.respondents import AnswerForRespondent, NameRespondent, WithdrawRespondent
from casework.intake.handlers import IntakeUnit
from casework.shared.contracts.around import DisputeSide, DisputeState, Number, ReportedTo
from casework.shared.contracts.inbox import Label, Part, Words
from casework.shared.contracts.types import CalendarDay, Instant, Prose, Sealed, Sentence, Word
from casework.shared.contracts.vocabulary import Channel, Outcome
from casework.shared.http.access import requires
from casework.shared.http.awaiting import awaited
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work, begin
from casework.shared.runtime.service import ServiceRuntime


class LinkedContact(Part):
    """The complainant came again about the same complaint. Without `contacted_at` that is now; `words` are sealed."""

    channel: Channel
    contacted_at: Instant | None = None
    source: Label | None = None
    source_reference: Label | None = None
    words: Annotated[Words | None, Field(repr=False)] = None

    @model_validator(mode="after")
    def _both_or_none(self) -> LinkedContact:
        if (self.source is None) != (self.source_reference is None):
            raise ValueError("source and source_reference go together")
        return self


class RespondentName(Part):
    """An organisation that the complaint is against."""

    name: Label


class RespondentWithdrawal(Part):
    """The complainant no longer complains of this one."""

    number: Number
    reason: Sentence
    channel: Channel


class RespondentOutcome(Part):
    """What the complaint came to as far as this one is concerned."""

    number: Number
    outcome: Outcome
    reason: Prose


class ThirdPartyDispute(Part):
    """A quarrel of the complainant with another. `third_party` is what the other is in it, such as `forwarder`."""

    third_party: Word
    item: Number | None = None


class DisputeNews(Part):
    """How a quarrel stands, as far as was heard."""

    number: Number
    state: DisputeState


class DisputeWords(Part):
    """What one side of a quarrel told us; sealed, and never shown to the other."""

    number: Number
    side: DisputeSide
    words: Annotated[Words, Field(repr=False)]


class Post(Part):
    """What was published about the complaint: in which medium, on what day, and where, which is sealed."""

    medium: Label
    posted_on: CalendarDay
    address: Annotated[Sentence, Field(repr=False)]


class PostStatement(Part):
    """The words that you approve, to be stated in public about a post."""

    number: Number
    statement: Prose


class PostAnswer(Part):
    """The facts as they were stated in public, in words that somebody else approved before. Their author is who sends
    this. `approved_by` is for recorded histories, which name who approved them."""

    number: Number
    statement: Prose
    approved_by: Label | None = None


class PostReport(Part):
    """To whom a post was reported, and on what day."""

    number: Number
    to: ReportedTo
    reported_on: CalendarDay


class Ground(Part):
    """The ground of a complaint as a code, such as `loan-without-consent`."""

    ground: Word


class LikeCase(BaseModel):
    """Another case on the same ground."""

    case_id: UUID
    organisation: str | None
    received_at: datetime


class LikeCases(BaseModel):
    """A hint for the handler, and no reason for anything: the cases on one ground within so many days, this one among
    them. Empty where there is no other."""

    ground: str | None
    within_days: int
    cases: list[LikeCase]


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes for what is around a complaint."""
    api = APIRouter(prefix="/v1/cases/{case_id}/intake", tags=["intake staff"])
    mint = runtime.store.mint

    @api.post("/linked-contacts", summary="Record that the complainant came again", response_model=Done)
    async def link_contact(case_id: UUID, body: LinkedContact, asked: StaffOnce, request: Request) -> Response:
        words = None if body.words is None else (await seal(runtime, case_id, body.words))[0]
        return await run_command(runtime, asked, case_id, _contact(body, words), request)

    @api.post("/respondents", summary="Name a respondent", response_model=Done)
    async def name_respondent(case_id: UUID, body: RespondentName, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _name(body, mint), request)

    @api.post("/respondent-withdrawals", summary="Withdraw against one respondent", response_model=Done)
    async def withdraw(case_id: UUID, body: RespondentWithdrawal, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(WithdrawRespondent(**dict(body))), request)

    @api.post("/respondent-outcomes", summary="Record the outcome for one respondent", response_model=Done)
    async def answer_for(case_id: UUID, body: RespondentOutcome, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(AnswerForRespondent(**dict(body))), request)

    @api.post("/third-party-disputes", summary="Link a quarrel with a third party", response_model=Done)
    async def link_dispute(case_id: UUID, body: ThirdPartyDispute, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(LinkDispute(**dict(body))), request)

    @api.post("/third-party-dispute-states", summary="Record how a quarrel stands", response_model=Done)
    async def note_dispute(case_id: UUID, body: DisputeNews, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(NoteDisputeState(**dict(body))), request)

    @api.post("/third-party-dispute-words", summary="Record what one side of a quarrel told us", response_model=Done)
    async def dispute_words(case_id: UUID, body: DisputeWords, asked: StaffOnce, request: Request) -> Response:
        (words,) = await seal(runtime, case_id, body.words)
        command = RecordDisputeWords(number=body.number, side=body.side, words=words)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/posts", summary="Link a post", response_model=Done)
    async def link_post(case_id: UUID, body: Post, asked: StaffOnce, request: Request) -> Response:
        (address,) = await seal(runtime, case_id, body.address)
        return await run_command(runtime, asked, case_id, _post(body, address), request)

    @api.post("/post-statement-approvals", summary="Approve what is stated in public", response_model=Done)
    async def approve_statement(case_id: UUID, body: PostStatement, asked: StaffOnce, request: Request) -> Response:
        command = ApprovePostStatement(by=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/post-answers", summary="Record that the facts were stated in public", response_model=Done)
    async def answer_post(case_id: UUID, body: PostAnswer, asked: StaffOnce, request: Request) -> Response:
        command = AnswerPost(
            number=body.number,
            statement=body.statement,
            author=asked.principal.actor.id,
            long_ago_by=body.approved_by if asked.tells_of_the_past else None,
        )
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/post-reports", summary="Record that a post was reported upward", response_model=Done)
    async def report_post(case_id: UUID, body: PostReport, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, _report(body), request)

    @api.post("/ground", summary="Record the ground of the complaint", response_model=Done)
    async def ground(case_id: UUID, body: Ground, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(RecordGround(ground=body.ground)), request)

    @api.get(
        "/like-cases",
        summary="Cases on the same ground: a hint, and no reason",
        dependencies=[Depends(requires("files:read")), Depends(awaited(runtime))],
    )
    async def like(case_id: UUID) -> LikeCases:
        async with begin(runtime.engine) as work:
            found = await like_cases.like(work, case_id)
        return LikeCases(
            ground=found.ground,
            within_days=like_cases.DAYS,
            cases=[
                LikeCase(case_id=row.case_id, organisation=row.organisation, received_at=row.received_at)
                for row in found.cases
            ],
        )

    return api


def _contact(body: LinkedContact, words: Sealed | None) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        reference = None
        if body.source is not None and body.source_reference is not None:
            reference = (body.source, body.source_reference)
        return (
            LinkContact(
                channel=body.channel,
                contacted_at=body.contacted_at or unit.occurred_at,
                reference=reference,
                words=words,
                now=unit.now,
            ),
        )

    return gather


def _name(body: RespondentName, mint: Callable[[], UUID]) -> Gather:
    async def gather(_work: Work, _unit: IntakeUnit) -> Sequence[Command]:
        return (NameRespondent(respondent_id=mint(), name=body.name),)

    return gather


def _post(body: Post, address: Sealed) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        today = _latest_day(unit.now)
        return (LinkPost(medium=body.medium, posted_on=body.posted_on, address=address, today=today),)

    return gather


def _report(body: PostReport) -> Gather:
    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        return (ReportPost(number=body.number, to=body.to, reported_on=body.reported_on, today=_latest_day(unit.now)),)

    return gather


def _latest_day(now: datetime) -> date:
    """The day that it is where it is latest on earth: a day is no instant, and nobody said of which zone it is."""
    return (now.astimezone(UTC) + timedelta(hours=14)).date()
