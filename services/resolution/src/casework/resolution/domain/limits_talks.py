"""Telling the complainant what is possible and what is not, and the leader where that brings no agreement.

Invariant: a hardship that is told is a true one, with what shows it. A leader has the case only by taking it over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.remedies import LeaderAsked, LeaderDeclined, LeaderTookOver, LimitsTalkHeld
from casework.shared.contracts.types import Instant, Sealed, Sentence
from casework.shared.errors import Refusal
from casework.shared.remedies.limits import Acting, Authority
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTalk:
    """Record what was said of limits at `held_at`. `now` is when it is recorded. The fields are those of
    `LimitsTalkHeld`; `authority` says who the leader is; `offer_id` is for the offer to them, if one is made."""

    offer_id: UUID
    held_at: Instant
    said: Sealed
    agreed: bool
    acting: Acting
    authority: Authority
    now: Instant
    hardship: Sealed | None = None
    hardship_shown_by: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLeaderOffer:
    """A leader takes the case over, or does not and says why. Without `talk` the one offer that waits is meant."""

    talk: int | None
    take: bool
    acting: Acting
    reason: Sentence | None = None


TalkCommand: TypeAlias = HoldTalk | AnswerLeaderOffer
TalkEvent: TypeAlias = LimitsTalkHeld | LeaderAsked | LeaderTookOver | LeaderDeclined


class HardshipNotShown(Refusal):
    code = "hardship-not-shown"

    def __init__(self) -> None:
        super().__init__("Only a true hardship may be told; say what shows it, or leave it out.")


class TalkInTheFuture(Refusal):
    code = "talk-in-the-future"

    def __init__(self) -> None:
        super().__init__("The talk has not been held yet; note it when it has.")


class NoLeaderAbove(Refusal):
    code = "no-leader-above"

    def __init__(self) -> None:
        super().__init__("There is nobody above you to take this over; go on, and give the answer with its reasons.")


class NotTheLeader(Refusal):
    code = "not-the-leader"

    def __init__(self, role: str) -> None:
        super().__init__(f"This is offered to the {role}, or somebody above, and not to who offered it.")


class DecliningNeedsReason(Refusal):
    code = "declining-needs-reason"

    def __init__(self) -> None:
        super().__init__("Say why you do not take it over, so that who offered it knows how to go on.")


class LeaderHasAnswered(Refusal):
    code = "leader-has-answered"

    def __init__(self) -> None:
        super().__init__("A leader has answered this already; note another talk to offer it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderOffer:
    """What the answer needs to know."""

    id: UUID
    talk: int
    asked_by: str
    roles: tuple[str, ...]
    rank: int
    status: Literal["open", "taken", "declined"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """How many talks there were, and what was offered to leaders."""

    held: int = 0
    offers: tuple[LeaderOffer, ...] = ()


NO_TALKS = Talks()


def decide(command: TalkCommand, talks: Talks) -> tuple[TalkEvent, ...]:
    """The events that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case HoldTalk():
            return _hold(command, talks)
        case AnswerLeaderOffer(acting=acting, take=take, reason=reason):
            known = {each.talk: each.status == "open" for each in talks.offers}
            number = which("offer to a leader", command.talk, known)
            offer = next(each for each in talks.offers if each.talk == number)
            if offer.status != "open":
                raise LeaderHasAnswered
            suffices = acting.role in offer.roles or acting.rank >= offer.rank
            if not suffices or acting.id == offer.asked_by:
                raise NotTheLeader(offer.roles[0])
            if take:
                return (LeaderTookOver(offer_id=offer.id, talk=number, by=acting.id),)
            if reason is None:
                raise DecliningNeedsReason
            return (LeaderDeclined(offer_id=offer.id, talk=number, by=acting.id, reason=reason),)
        case _:
            assert_never(command)


def evolve(talks: Talks, event: TalkEvent) -> Talks:
    """The state after `event`."""
    match event:
        case LimitsTalkHeld(number=number):
            return replace(talks, held=number)
        case LeaderAsked():
            offer = LeaderOffer(
                id=event.offer_id, talk=event.talk, asked_by=event.asked_by, roles=event.roles, rank=event.rank
            )
            return replace(talks, offers=(*talks.offers, offer))
        case LeaderTookOver(talk=talk):
            return _answered(talks, talk, "taken")
        case LeaderDeclined(talk=talk):
            return _answered(talks, talk, "declined")
        case _:
            assert_never(event)


def _answered(talks: Talks, talk: int, status: Literal["taken", "declined"]) -> Talks:
    offers = tuple(replace(each, status=status) if each.talk == talk else each for each in talks.offers)
    return replace(talks, offers=offers)


def _hold(command: HoldTalk, talks: Talks) -> tuple[TalkEvent, ...]:
    if command.held_at > command.now:
        raise TalkInTheFuture
    if command.hardship is not None and command.hardship_shown_by is None:
        raise HardshipNotShown
    number = talks.held + 1
    held = LimitsTalkHeld(
        number=number,
        held_at=command.held_at,
        by=command.acting.id,
        said=command.said,
        agreed=command.agreed,
        hardship=command.hardship,
        hardship_shown_by=command.hardship_shown_by,
    )
    if command.agreed:
        return (held,)
    place = command.authority.place_of(command.acting) + 1
    if place >= len(command.authority.rung):
        raise NoLeaderAbove
    rung = command.authority.rung[place]
    return (
        held,
        LeaderAsked(
            offer_id=command.offer_id,
            talk=number,
            asked_by=command.acting.id,
            roles=command.authority.roles_from(place),
            rank=rung.rank,
        ),
    )
