"""All that goes with the complaint card: its answers, asserted facts, codes, a form. Each has rules of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from casework.intake.domain import asserted, card, codes, form
from casework.intake.domain.asserted import Asserted, AssertedCommand, AssertedEvent
from casework.intake.domain.card import EMPTY, Card, CardCommand, CardEvent
from casework.intake.domain.codes import NO_CODES, CodeComplaint, Codes
from casework.intake.domain.demands import Demands
from casework.intake.domain.form import FormCommand, FormEvent, Lines
from casework.shared.contracts.card import ComplaintCoded

OnCardCommand: TypeAlias = CardCommand | AssertedCommand | CodeComplaint | FormCommand
OnCardEvent: TypeAlias = CardEvent | AssertedEvent | ComplaintCoded | FormEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCard:
    """What later decisions need to know of all that."""

    card: Card = EMPTY
    asserted: Asserted = ()
    codes: Codes = NO_CODES
    form_lines: Lines = None


NOTHING_ON_CARD = OnCard()


def decide(command: OnCardCommand, state: OnCard, demands: Demands) -> tuple[OnCardEvent, ...]:
    """The events that `command` brings about. Raises the refusals of the module whose command it is."""
    if isinstance(command, CodeComplaint):
        return codes.decide(command, state.codes)
    if isinstance(command, AssertedCommand):
        return asserted.decide(command, state.asserted)
    if isinstance(command, FormCommand):
        return form.decide(command, state.form_lines)
    return card.decide(command, state.card, demands)


def evolve(state: OnCard, event: OnCardEvent) -> OnCard:
    """The state after `event`."""
    if isinstance(event, ComplaintCoded):
        return replace(state, codes=codes.evolve(state.codes, event))
    if isinstance(event, AssertedEvent):
        return replace(state, asserted=asserted.evolve(state.asserted, event))
    if isinstance(event, FormEvent):
        return replace(state, form_lines=form.evolve(state.form_lines, event))
    return replace(state, card=card.evolve(state.card, event))
