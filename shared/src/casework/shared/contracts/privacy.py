"""What intake publishes of a person's rights over their data: erased, disposed of, asked for, given.

Nothing personal is in these payloads: ids, codes, days, and the requester's own reference, which is a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.types import SafeInt

ErasureReason: TypeAlias = Literal["request", "consent-withdrawn", "unlawful", "disposal"]
RequestReference: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
"""How whoever asks knows their request, such as `DSR-2026-17`: no spaces, so that no name fits."""
Persons: TypeAlias = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplainantErased:
    """The keys of `persons` were destroyed in the transaction of this event: what was sealed for the case is noise.

    `persons` are all under whose keys anything of the case was sealed. Whoever restores an older key store finds here
    whom to erase again. One erasure (`erasure_id`) can be about several cases of a person."""

    erasure_id: UUID
    persons: Persons
    reason: ErasureReason
    reference: RequestReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDisposed:
    """The record of the case was kept for as long as `rule` says, until the end of `kept_until`, and not longer.

    The same transaction erases the persons of the case. The events stay: they hold nothing personal any more."""

    rule: DeadlineRef
    kept_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFileDisposed:
    """The case's file of staff was kept for as long as `rule` says, until the end of `kept_until`. Its key went in the
    transaction of this event: what was sealed in it is noise."""

    rule: DeadlineRef
    kept_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAccessRequested:
    """Somebody asked for the data that the case holds of them. A clock sees to it that it is given in time."""

    request_id: UUID
    reference: RequestReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAccessGiven:
    """The person's own data was given out on the request. What it held is not kept: it is made anew each time."""

    request_id: UUID
    entries: SafeInt
