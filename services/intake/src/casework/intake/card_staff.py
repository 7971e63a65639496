"""What intake's staff record on the complaint card, over HTTP. What was said is sealed before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from casework.intake.domain.asserted import AssertFact, ChangeFactStanding
from casework.intake.domain.card import ConfirmCard, ReadBackCard, RecordOpinion, WriteCard
from casework.intake.domain.codes import CodeComplaint
from casework.intake.domain.commands import Command
from casework.intake.domain.form import AddFormLine
from casework.intake.forms import LineFields, sealed_line
from casework.intake.handlers import IntakeUnit
from casework.shared.contracts.card import Clerk, Goods, OpinionQuestion, Standing, When
from casework.shared.contracts.inbox import Label, Part, Words
from casework.shared.contracts.types import Money, Sealed, Word
from casework.shared.contracts.vocabulary import Channel, Side
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.keys.sealing_for import seal
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

Said = Annotated[Words | None, Field(repr=False)]
Opinion = Annotated[Literal["yes", "no", "unclear"] | None, Field(repr=False)]
QUESTIONS: Mapping[OpinionQuestion, str] = {"seventh": "reasonable", "eighth": "regular"}
"""The two questions of opinion, by their place on the card. The names stay here and where the answers are read."""


class GoodsAnswer(Part):
    """Which goods or service, of which design, at which price."""

    what: Said = None
    design: Said = None
    price: Money | None = None


class ClerkAnswer(Part):
    """Which clerk: as they were described, and the ids of those members of staff who are meant."""

    said: Said = None
    staff: Annotated[tuple[Label, ...], Field(max_length=20)] = ()


class CardAnswers(Part):
    """Answers to the questions of the complaint card; one that is left out stays as it is, another answer corrects it.

    `real_cause` is why the complainant is dissatisfied, `wish` the solution they want. `reasonable` and `regular` are
    your opinion of the complainant: they are no part of the complainant's file, and nothing is decided by them. Beside
    the eight: `feeling` as it was heard, and `expectation`.
    """

    what_happened: Said = None
    when: When | None = None
    goods: GoodsAnswer | None = None
    clerk: ClerkAnswer | None = None
    real_cause: Said = None
    wish: Said = None
    reasonable: Opinion = None
    regular: Opinion = None
    feeling: Said = None
    expectation: Said = None


class Told(Part):
    """By which way the complainant was told, or told us."""

    channel: Channel


class AssertedFact(Part):
    """What somebody says is so."""

    fact: Annotated[Words, Field(repr=False)]
    asserted_by: Side


class FactStanding(Part):
    """What the fact of that number now counts as, and why."""

    number: Annotated[int, Field(ge=1, le=1_000)]
    standing: Standing
    reason: Annotated[Words, Field(repr=False)]


class ComplaintCodes(Part):
    """What the complaint is sorted by: codes of the newest versions of the institution's lists."""

    cause: Word | None = None
    type: Word | None = None


def router(runtime: ServiceRuntime) -> APIRouter:
    """The staff routes of the card."""
    api = APIRouter(prefix="/v1/cases/{case_id}/intake", tags=["intake staff"])

    @api.post("/card", summary="Write answers on the complaint card", response_model=Done)
    async def write(case_id: UUID, body: CardAnswers, asked: StaffOnce, request: Request) -> Response:
        gather = await _write(runtime, case_id, body)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/card-readings", summary="Record that the card was read back", response_model=Done)
    async def read_back(case_id: UUID, body: Told, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(ReadBackCard(channel=body.channel)), request)

    @api.post("/card-confirmations", summary="Record that the complainant confirms the card", response_model=Done)
    async def confirm(case_id: UUID, body: Told, asked: StaffOnce, request: Request) -> Response:
        return await run_command(runtime, asked, case_id, just(ConfirmCard(channel=body.channel)), request)

    @api.post("/facts", summary="Record what somebody asserts", response_model=Done)
    async def assert_fact(case_id: UUID, body: AssertedFact, asked: StaffOnce, request: Request) -> Response:
        (words,) = await seal(runtime, case_id, body.fact)
        command = AssertFact(words=words, asserted_by=body.asserted_by)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/fact-standings", summary="Record what an asserted fact counts as", response_model=Done)
    async def change_standing(case_id: UUID, body: FactStanding, asked: StaffOnce, request: Request) -> Response:
        (reason,) = await seal(runtime, case_id, body.reason)
        command = ChangeFactStanding(number=body.number, standing=body.standing, reason=reason)
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/form-lines", summary="Add a line to the follow-up of the form", response_model=Done)
    async def add_line(case_id: UUID, body: LineFields, asked: StaffOnce, request: Request) -> Response:
        given = [text for text in (body.action, body.remark) if text is not None]
        boxes = dict(zip(given, await seal(runtime, case_id, *given), strict=True))
        command = AddFormLine(line=sealed_line(body, boxes.__getitem__))
        return await run_command(runtime, asked, case_id, just(command), request)

    @api.post("/codes", summary="Sort the complaint by cause and type", response_model=Done)
    async def code(case_id: UUID, body: ComplaintCodes, asked: StaffOnce, request: Request) -> Response:
        command = CodeComplaint(cause=body.cause, type=body.type, lists=runtime.codes)
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


async def _write(runtime: ServiceRuntime, case_id: UUID, body: CardAnswers) -> Gather:
    goods, clerk = body.goods, body.clerk
    said: dict[str, str | None] = {
        name: getattr(body, name) for name in ("what_happened", "real_cause", "wish", "feeling", "expectation")
    }
    if goods is not None:
        said |= {"goods": goods.what, "design": goods.design}
    if clerk is not None:
        said |= {"clerk": clerk.said}
    said |= {name: getattr(body, name) for name in QUESTIONS.values()}
    kept = await _sealed(runtime, case_id, said)

    async def gather(_work: Work, unit: IntakeUnit) -> Sequence[Command]:
        written = WriteCard(
            what_happened=kept["what_happened"],
            when=body.when,
            goods=None if goods is None else Goods(what=kept["goods"], design=kept["design"], price=goods.price),
            clerk=None if clerk is None else Clerk(said=kept["clerk"], staff=clerk.staff),
            real_cause=kept["real_cause"],
            wish=kept["wish"],
            feeling=kept["feeling"],
            expectation=kept["expectation"],
            now=unit.now,
        )
        opinions = ((question, kept[name]) for question, name in QUESTIONS.items())
        return (written, *(RecordOpinion(question=q, opinion=opinion) for q, opinion in opinions if opinion))

    return gather


async def _sealed(
    runtime: ServiceRuntime, case_id: UUID, texts: Mapping[str, str | None]
) -> Mapping[str, Sealed | None]:
    """Each text sealed, under its own name; None stays None."""
    given = {name: text for name, text in texts.items() if text is not None}
    boxes = await seal(runtime, case_id, *given.values())
    return dict.fromkeys(texts) | dict(zip(given, boxes, strict=True))
