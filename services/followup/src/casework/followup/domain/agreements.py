"""Agreements that wait to be accepted by both sides: a case is not closed over one of them.

Invariant: what resolution recorded is noted, never refused; only the closing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.talks import AgreementPending, AgreementSettled
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAgreement:
    """Resolution put an agreement into words (`bound` is None), both accepted it, or it was given up. Never refused."""

    agreement_id: UUID
    bound: bool | None = None


AgreementEvent: TypeAlias = AgreementPending | AgreementSettled
Pending: TypeAlias = tuple[UUID, ...]


class AgreementOpen(Refusal):
    code = "agreement-open"

    def __init__(self, agreements: Sequence[UUID]) -> None:
        super().__init__(
            f"The agreement {', '.join(map(str, agreements))} was not accepted by both sides and binds nobody; have it"
            " accepted, or given up, before the case is closed."
        )


def decide(command: NoteAgreement, pending: Pending) -> tuple[AgreementEvent, ...]:
    """The events that `command` brings about: none where it is no news."""
    known = command.agreement_id in pending
    if command.bound is None:
        return () if known else (AgreementPending(agreement_id=command.agreement_id),)
    return (AgreementSettled(agreement_id=command.agreement_id, bound=command.bound),) if known else ()


def evolve(pending: Pending, event: AgreementEvent) -> Pending:
    """The agreements that wait, after `event`."""
    match event:
        case AgreementPending(agreement_id=id_):
            return (*pending, id_)
        case AgreementSettled(agreement_id=id_):
            return tuple(each for each in pending if each != id_)
        case _:
            assert_never(event)


def require_settled(pending: Pending) -> None:
    """Raises `AgreementOpen` while an agreement waits."""
    if pending:
        raise AgreementOpen(pending)
