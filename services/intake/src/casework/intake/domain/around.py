"""What belongs to a complaint beside its receipt and assessment: one state of several small rules.

Invariant: nothing here moves the complaint itself, and a ground, a quarrel, a post or a contact decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from casework.intake.domain import (
    demand_owners,
    disputes,
    items,
    posts,
    problem_statements,
    repeat_contacts,
    respondents,
)
from casework.intake.domain.demand_owners import DemandOwners, TakeDemand
from casework.intake.domain.disputes import DisputeCommand, DisputeEvent, Disputes
from casework.intake.domain.items import ItemCommand, ItemEvent, Items
from casework.intake.domain.posts import PostCommand, PostEvent, Posts
from casework.intake.domain.problem_statements import NO_PROBLEM, Problem, ProblemCommand, ProblemEvent
from casework.intake.domain.repeat_contacts import NO_CONTACTS, ContactCommand, ContactEvent, Contacts
from casework.intake.domain.respondents import RespondentCommand, RespondentEvent, Respondents
from casework.shared.contracts.around import DemandPassedOn, DemandTaken, GroundRecorded
from casework.shared.contracts.types import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordGround:
    """Record on what ground the complaint rests, so that like cases can be shown. It decides nothing."""

    ground: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the complaint itself: whom it is about, since when, and the newest version of each demand."""

    organisation: str | None
    received_at: datetime
    demands: Mapping[int, int]


Told: TypeAlias = ContactCommand | DisputeCommand | PostCommand
"""What others do: it is recorded also of a complaint that was withdrawn."""
AroundCommand: TypeAlias = TakeDemand | ItemCommand | ProblemCommand | RespondentCommand | RecordGround | Told
AroundEvent: TypeAlias = (
    DemandTaken
    | DemandPassedOn
    | ItemEvent
    | ProblemEvent
    | RespondentEvent
    | GroundRecorded
    | ContactEvent
    | DisputeEvent
    | PostEvent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the decisions about it need to know. `ground` only keeps the same from being recorded twice."""

    demands: DemandOwners = ()
    items: Items = ()
    problem: Problem = NO_PROBLEM
    respondents: Respondents = ()
    contacts: Contacts = NO_CONTACTS
    disputes: Disputes = ()
    posts: Posts = ()
    ground: str | None = None


NOTHING_AROUND = Around()


def decide(command: AroundCommand, state: Around, known: Known) -> tuple[AroundEvent, ...]:
    """The events that `command` brings about. Raises the refusals of each rule."""
    if isinstance(command, TakeDemand):
        return demand_owners.decide(command, state.demands, known.demands)
    if isinstance(command, RecordGround):
        if command.ground == state.ground:
            return ()
        return (GroundRecorded(ground=command.ground, organisation=known.organisation, received_at=known.received_at),)
    if isinstance(command, ItemCommand):
        return items.decide(command, state.items, known.demands)
    if isinstance(command, ProblemCommand):
        return problem_statements.decide(command, state.problem)
    if isinstance(command, RespondentCommand):
        return respondents.decide(command, state.respondents)
    if isinstance(command, ContactCommand):
        return repeat_contacts.decide(command, state.contacts)
    if isinstance(command, DisputeCommand):
        return disputes.decide(command, state.disputes, len(state.items))
    if isinstance(command, PostCommand):
        return posts.decide(command, state.posts)
    assert_never(command)


def evolve(state: Around, event: AroundEvent) -> Around:
    """The state after `event`."""
    if isinstance(event, DemandTaken | DemandPassedOn):
        return replace(state, demands=demand_owners.evolve(state.demands, event))
    if isinstance(event, GroundRecorded):
        return replace(state, ground=event.ground)
    if isinstance(event, ItemEvent):
        return replace(state, items=items.evolve(state.items, event))
    if isinstance(event, ProblemEvent):
        return replace(state, problem=problem_statements.evolve(state.problem, event))
    if isinstance(event, RespondentEvent):
        return replace(state, respondents=respondents.evolve(state.respondents, event))
    if isinstance(event, ContactEvent):
        return replace(state, contacts=repeat_contacts.evolve(state.contacts, event))
    if isinstance(event, DisputeEvent):
        return replace(state, disputes=disputes.evolve(state.disputes, event))
    if isinstance(event, PostEvent):
        return replace(state, posts=posts.evolve(state.posts, event))
    assert_never(event)
