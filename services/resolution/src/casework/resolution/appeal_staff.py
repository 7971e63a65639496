"""Appeals of the complainant against a decision, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StrictBool

from casework.resolution.domain.appeals import DecideDecisionAppeal, LodgeDecisionAppeal
from casework.resolution.domain.commands import Command
from casework.resolution.sending import ResolutionUnit
from casework.shared.clocks.calendars import instant_of
from casework.shared.clocks.rulebook import Rulebook
from casework.shared.contracts.appeals import AppealTerms
from casework.shared.contracts.inbox import Part
from casework.shared.contracts.types import Prose
from casework.shared.http.commands import Done, Gather, StaffOnce, just, run_command
from casework.shared.policies.shipped_appeals import AppealRule, newest
from casework.shared.runtime.database import Work
from casework.shared.runtime.service import ServiceRuntime

AppealRules = Mapping[tuple[str, int], AppealRule]


class DecisionAppeal(Part):
    """The complainant's appeal, as the handler sums its grounds up."""

    grounds: Prose


class DecisionAppealOutcome(Part):
    """What the appeal comes to. Who sends this is its judge."""

    succeeded: StrictBool
    reason: Prose


def router(runtime: ServiceRuntime, rules: AppealRules) -> APIRouter:
    """The staff routes for appeals against decisions."""
    api = APIRouter(prefix="/v1/cases/{case_id}/resolution", tags=["resolution staff"])

    @api.post("/decision-appeals", summary="Record the appeal against the decision", response_model=Done)
    async def lodge(case_id: UUID, body: DecisionAppeal, asked: StaffOnce, request: Request) -> Response:
        gather = _lodge(case_id, body, runtime.store.mint, rules)
        return await run_command(runtime, asked, case_id, gather, request)

    @api.post("/decision-appeal-outcome", summary="Decide on the appeal, as its judge", response_model=Done)
    async def decide(case_id: UUID, body: DecisionAppealOutcome, asked: StaffOnce, request: Request) -> Response:
        command = DecideDecisionAppeal(judge=asked.principal.actor.id, **dict(body))
        return await run_command(runtime, asked, case_id, just(command), request)

    return api


def terms_at(given_at: datetime, rules: AppealRules, rulebook: Rulebook) -> AppealTerms:
    """The terms of an appeal against a decision given then: its local day is day 0, and the last day counts whole."""
    rule, zone = newest(rules), rulebook.calendar_of(rulebook.institution.calendar, None).zone
    last = given_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=rule.days)
    return AppealTerms(policy=rule.id, version=rule.version, until=instant_of(last, 24 * 60, zone), last_day=last)


def _lodge(case_id: UUID, body: DecisionAppeal, mint: Callable[[], UUID], rules: AppealRules) -> Gather:
    async def gather(_work: Work, unit: ResolutionUnit) -> Sequence[Command]:
        terms = unit.streams[case_id].state.appeal.terms
        # A rule whose file was taken away is told by the newest one's words.
        rule = newest(rules) if terms is None else rules.get((terms.policy, terms.version), newest(rules))
        return (
            LodgeDecisionAppeal(
                appeal_id=mint(),
                grounds=body.grounds,
                now=unit.occurred_at or unit.now,
                route=f"{rule.route_en} {rule.route_zh}",
            ),
        )

    return gather
