"""A person's rights over their data: erased, disposed of by rule, asked for, given.

Invariant: nothing is erased while a legal hold lasts, nor while the case goes on: who handles a complaint has to know
whose it is, and ending it is follow-up's to decide. Intake's stream has the hold (incident mode) itself; that the case
has ended comes on the command. After an erasure nothing is recorded that was sealed for who was erased.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.privacy import (
    CaseDisposed,
    ComplainantErased,
    ErasureReason,
    RequestReference,
    StaffFileDisposed,
    SubjectAccessGiven,
    SubjectAccessRequested,
)
from casework.shared.contracts.types import SafeInt, Sealed
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseComplainant:
    """Forget `persons`, all under whose keys anything of the case was sealed. Nothing happens where they are forgotten
    already. `ended`: the case is closed, and was not reopened since."""

    erasure_id: UUID
    persons: tuple[UUID, ...]
    reason: ErasureReason
    reference: RequestReference | None = None
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeOfCase:
    """Dispose of the record, which had to be kept until the end of `kept_until`; `today` is a later day."""

    erasure_id: UUID
    persons: tuple[UUID, ...]
    rule: DeadlineRef
    kept_until: date
    today: date
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposeOfStaffFile:
    """Dispose of the file of staff, which had to be kept until the end of `kept_until`; `today` is a later day."""

    rule: DeadlineRef
    kept_until: date
    today: date
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOwnData:
    """Record that the person asked for the data that the case holds of them."""

    request_id: UUID
    reference: RequestReference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveOwnData:
    """Record that they were given: so many entries. Without `request_id` on the oldest request that is open;
    with it also once more, for a file that did not arrive."""

    request_id: UUID | None
    entries: SafeInt


PrivacyCommand: TypeAlias = EraseComplainant | DisposeOfCase | DisposeOfStaffFile | RequestOwnData | GiveOwnData
PrivacyEvent: TypeAlias = (
    ComplainantErased | CaseDisposed | StaffFileDisposed | SubjectAccessRequested | SubjectAccessGiven
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Who was erased, whether the record and the file of staff were disposed of, and the requests for data: those that
    wait, and those that were answered."""

    erased: tuple[UUID, ...] = ()
    disposed: bool = False
    staff_file_disposed: bool = False
    asked: tuple[UUID, ...] = ()
    answered: tuple[UUID, ...] = ()


UNTOUCHED = Privacy()


class CaseIsHeld(Refusal):
    code = "legal-hold"

    def __init__(self, ask: str) -> None:
        super().__init__(
            f"The case is under legal hold (incident mode), so nothing of it is erased; ask {ask}, who has the legal"
            " route. It can be erased once the hold is over."
        )


class CaseStillOpen(Refusal):
    code = "case-still-open"

    def __init__(self) -> None:
        super().__init__(
            "The case is not closed, and whoever handles it has to know whose it is; close it, or record that the"
            " complainant withdraws, and erase then."
        )


class KeptForLonger(Refusal):
    code = "kept-for-longer"

    def __init__(self, kept_until: date) -> None:
        super().__init__(f"The record has to be kept until the end of {kept_until}; dispose of it after that.")


class DataErased(Refusal):
    code = "person-erased"

    def __init__(self) -> None:
        super().__init__("The complainant of this case was erased; there is nothing left to give.")


class ErasedMeanwhile(Refusal):
    code = "person-erased"

    def __init__(self) -> None:
        super().__init__(
            "The complainant of this case was erased while this was being written down, so it is not recorded; take"
            " what is new as a complaint of its own."
        )


class NothingAsked(Refusal):
    code = "no-subject-request"

    def __init__(self) -> None:
        super().__init__(
            "Nobody has asked for the data of this case, or they were given; record the request first, or name it."
        )


def decide(command: PrivacyCommand, state: Privacy, *, held_by: str | None) -> tuple[PrivacyEvent, ...]:
    """The events that `command` brings about. `held_by` is who has the legal route while a hold lasts. Raises the
    refusals above."""
    match command:
        case EraseComplainant(persons=persons):
            if set(persons) <= set(state.erased):
                return ()
            _require_free(held_by, ended=command.ended)
            return (
                ComplainantErased(
                    erasure_id=command.erasure_id,
                    persons=persons,
                    reason=command.reason,
                    reference=command.reference,
                ),
            )
        case DisposeOfCase(kept_until=kept_until):
            if state.disposed:
                return ()
            _require_free(held_by, ended=command.ended)
            if command.today <= kept_until:
                raise KeptForLonger(kept_until)
            disposed = CaseDisposed(rule=command.rule, kept_until=kept_until)
            if set(command.persons) <= set(state.erased):
                return (disposed,)
            erased = ComplainantErased(erasure_id=command.erasure_id, persons=command.persons, reason="disposal")
            return (disposed, erased)
        case DisposeOfStaffFile(kept_until=kept_until):
            if state.staff_file_disposed:
                return ()
            _require_free(held_by, ended=command.ended)
            if command.today <= kept_until:
                raise KeptForLonger(kept_until)
            return (StaffFileDisposed(rule=command.rule, kept_until=kept_until),)
        case RequestOwnData(request_id=request_id, reference=reference):
            _require_kept(state)
            return (SubjectAccessRequested(request_id=request_id, reference=reference),)
        case GiveOwnData(request_id=request_id, entries=entries):
            _require_kept(state)
            wanted = request_id or next(iter(state.asked), None)
            if wanted is None or wanted not in (*state.asked, *state.answered):
                raise NothingAsked
            return (SubjectAccessGiven(request_id=wanted, entries=entries),)
        case _:
            assert_never(command)


def require_openable(command: object, state: Privacy) -> None:
    """Raises `ErasedMeanwhile` for a command with a value under a key that is gone: whoever gave it had it sealed
    before the erasure, and keeps beside it by what it is found."""
    if state.erased and not set(state.erased).isdisjoint(_sealed_for(command)):
        raise ErasedMeanwhile


def evolve(state: Privacy, event: PrivacyEvent) -> Privacy:
    """The state after `event`; never fails on an event that was recorded."""
    match event:
        case ComplainantErased(persons=persons):
            return replace(state, erased=tuple(dict.fromkeys((*state.erased, *persons))), asked=())
        case CaseDisposed():
            return replace(state, disposed=True)
        case StaffFileDisposed():
            return replace(state, staff_file_disposed=True)
        case SubjectAccessRequested(request_id=request_id):
            return replace(state, asked=(*state.asked, request_id))
        case SubjectAccessGiven(request_id=request_id):
            left = tuple(each for each in state.asked if each != request_id)
            return replace(state, asked=left, answered=tuple(dict.fromkeys((*state.answered, request_id))))
        case _:
            assert_never(event)


def _require_free(held_by: str | None, *, ended: bool) -> None:
    if held_by is not None:
        raise CaseIsHeld(held_by)
    if not ended:
        raise CaseStillOpen


def _require_kept(state: Privacy) -> None:
    if state.erased:
        raise DataErased


def _sealed_for(value: object) -> Iterator[UUID]:
    """Under whose keys anything in a value is sealed."""
    match value:
        case Sealed(person=person):
            yield person
        case tuple() | list():
            for each in value:
                yield from _sealed_for(each)
        case _ if is_dataclass(value):
            for name in fields(value):
                yield from _sealed_for(getattr(value, name.name))
        case _:
            pass
