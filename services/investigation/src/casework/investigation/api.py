"""Investigation over HTTP: the steps of its staff, and its feed."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from casework.investigation import (
    bearing_staff,
    eight_d_staff,
    evidence_staff,
    inquiry_staff,
    item_staff,
    proof_staff,
    staff,
    staff_file_staff,
)
from casework.shared.http.checks import checks_router
from casework.shared.http.feed import feed_router
from casework.shared.http.files import files_router
from casework.shared.http.parked import parked_router
from casework.shared.privacy.purging import purges_router
from casework.shared.runtime.service import ServiceRuntime


def routers(runtime: ServiceRuntime) -> Sequence[APIRouter]:
    """Every route of investigation."""
    return (
        staff.router(runtime),
        checks_router(runtime, "investigation"),
        evidence_staff.router(runtime),
        item_staff.router(runtime),
        proof_staff.router(runtime),
        inquiry_staff.router(runtime),
        bearing_staff.router(runtime),
        eight_d_staff.router(runtime),
        staff_file_staff.router(runtime),
        feed_router(runtime),
        purges_router(runtime),
        files_router(runtime),
        parked_router(runtime),
    )
