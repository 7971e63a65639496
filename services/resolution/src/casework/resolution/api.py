"""Resolution over HTTP: the steps of its staff, and its feed."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from casework.resolution import (
    answers_staff,
    appeal_staff,
    approval_staff,
    demand_staff,
    remedy_staff,
    rulings_staff,
    sanction_staff,
    staff,
    talks_staff,
    tallies,
    timed,
)
from casework.shared.http.checks import checks_router
from casework.shared.http.feed import feed_router
from casework.shared.http.files import files_router
from casework.shared.http.parked import parked_router
from casework.shared.policies.shipped_appeals import appeal_rules
from casework.shared.policies.shipped_sanctions import sanction_ladders
from casework.shared.privacy.purging import purges_router
from casework.shared.runtime.people import People
from casework.shared.runtime.service import ServiceRuntime


def routers(runtime: ServiceRuntime) -> Sequence[APIRouter]:
    """Every route of resolution."""
    appeals = appeal_rules(runtime.settings.institution)
    ladders = sanction_ladders(runtime.settings.institution)
    people = People(runtime.settings.people)
    return (
        checks_router(runtime, "response"),
        staff.router(runtime, appeals),
        sanction_staff.router(runtime, ladders),
        appeal_staff.router(runtime, appeals),
        timed.router(runtime),
        answers_staff.router(runtime, people.directory),
        rulings_staff.router(runtime, appeals),
        talks_staff.router(runtime, people.directory),
        remedy_staff.router(runtime),
        approval_staff.router(runtime),
        tallies.router(runtime),
        demand_staff.router(runtime),
        feed_router(runtime),
        purges_router(runtime),
        files_router(runtime),
        parked_router(runtime),
    )
