"""Books of events that do not fit together say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from casework.shared.contracts import clocks, followup, investigation
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause, Envelope
from casework.shared.contracts.handoff import Offered
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.intake import HandOffOffered
from casework.shared.contracts.registry import type_name
from casework.shared.simulation.books import Booked, booked

CASE, CLOCK, OFFER = uuid4(), uuid4(), uuid4()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = clocks.AtInstant(at=AT)
POLICY = clocks.DeadlineRef(id="internal.hand-off", version=1)

ARMED = clocks.ClockArmed(
    clock=CLOCK,
    policy=POLICY,
    calendar="UK-ENG",
    calendar_version="1",
    kind="internal",
    purpose="hand-off-acceptance",
    party="organisation",
    by=OFFER,
    start=DUE,
    about=OFFER,
    due=DUE,
)
MET = clocks.ClockMet(clock=CLOCK, by=OFFER, occurred_at=AT)
EXPIRED = clocks.ClockExpired(clock=CLOCK, policy=POLICY, purpose="answer", due=DUE, confirmed=True)
LATE = clocks.ClockMetLate(clock=CLOCK, by=OFFER, occurred_at=AT)
WARNED = clocks.ClockWarned(clock=CLOCK, purpose="answer", percent=75)
OFFERED = HandOffOffered(
    to="investigation", reason="It is ready.", ready=(), open=(), category="Credit card", owner="complaints-desk"
)
ACCEPTED = investigation.HandOffAccepted(offer_id=OFFER, holder="handler-1")
LAPSED = investigation.HandOffLapsed(offer_id=OFFER)
OF_ANOTHER = followup.HandOffAccepted(offer_id=OFFER, holder="handler-1")


def told(*events: Any) -> list[Booked]:
    return [_booked(event, number) for number, event in enumerate(events)]


def _booked(event: Any, number: int) -> Booked:
    type_ = type_name(type(event))
    (source,) = (name for name in _SERVICES if name == type_.split(".")[1])
    id_: UUID = OFFER if isinstance(event, Offered) else uuid4()
    cause = CommandCause(uuid4())
    return Booked(
        source,
        Envelope(id_, source, type_, CASE, number, AT, None, uuid4(), cause, Actor("a", "person"), None, None, {}),
        event,
    )


_SERVICES: tuple[ServiceName, ...] = ("intake", "investigation", "resolution", "followup")


@pytest.mark.parametrize(
    "events",
    [
        (OFFERED, ARMED),
        (OFFERED, ACCEPTED, ARMED, MET),
        (OFFERED, LAPSED, ARMED, EXPIRED, LATE),
        (OFFERED, ARMED, WARNED, EXPIRED),
    ],
)
def test_what_fits_balances(events: tuple[object, ...]) -> None:
    books = booked(told(*events))
    assert books.balanced, books.doubts


@pytest.mark.parametrize(
    "events",
    [
        (OFFERED, ARMED, MET, MET),
        (OFFERED, ARMED, MET, EXPIRED),
        (OFFERED, ARMED, EXPIRED, LATE, LATE),
        (OFFERED, ARMED, MET, WARNED),
        (OFFERED, ARMED, ARMED, MET),
        (MET,),
        (ACCEPTED,),
        (OFFERED, ACCEPTED, LAPSED),
        (OFFERED, OF_ANOTHER),
        (OFFERED, ACCEPTED, ARMED),
    ],
)
def test_what_does_not_fit_is_said(events: tuple[object, ...]) -> None:
    books = booked(told(*events))
    assert books.doubts
    assert not books.balanced
