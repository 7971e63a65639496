"""Offers made to a service: what stands before it, what it answered, and what may be answered still. Pure.

Invariant: the receiver's stream decides on an offer, and once. It is accepted, declined or lapsed; whichever was
recorded first holds, the other answers are refused or have no effect. Silence is never acceptance (practice P185).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, NoReturn, TypeAlias, assert_never
from uuid import UUID

from casework.shared.contracts.handoff import Accepted, Declined, Lapsed, Routing
from casework.shared.contracts.ids import ServiceName
from casework.shared.contracts.types import Name, Sentence
from casework.shared.errors import Refusal
from casework.shared.people.units import missing

Standing: TypeAlias = Literal["none", "waiting", "accepted", "declined", "lapsed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHandOff:
    """Take the work. `holder` does it from now on. `imported`: so it was in a history that is told afterwards.
    `skills` are those that the holder has; None where no file says what anybody has."""

    offer_id: UUID
    holder: Name
    imported: bool = False
    skills: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineHandOff:
    """Leave the work with who offered it."""

    offer_id: UUID
    reason: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseHandOff:
    """The time for an answer is over. Never refused: it has no effect on an offer that does not wait here."""

    offer_id: UUID


class Way(NamedTuple):
    """From which service to which the work is offered."""

    giver: ServiceName
    receiver: ServiceName


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersReceived:
    """The offers made to this service: part of its state. `offer` is the newest that came before it, `standing` what
    became of that one, and `seen` all so far, so that the same offer again has no effect. `routing` says who is asked
    by the newest."""

    offer: UUID | None = None
    standing: Standing = "none"
    seen: tuple[UUID, ...] = ()
    routing: Routing | None = None

    @property
    def is_free(self) -> bool:
        """Whether a new offer may come before the service: none waits, and none was accepted."""
        return self.standing in ("none", "declined", "lapsed")

    def waits(self, offer_id: UUID) -> bool:
        """Whether this offer is before the service and unanswered."""
        return self.standing == "waiting" and offer_id == self.offer

    def opened(self, offer_id: UUID, routing: Routing | None = None) -> OffersReceived:
        """After an offer came before the service."""
        return OffersReceived(offer=offer_id, standing="waiting", seen=(*self.seen, offer_id), routing=routing)

    def answered(self, answer: Accepted | Declined | Lapsed) -> OffersReceived:
        """After an answer. To an offer that never came before the service (it has the case) it changes nothing else."""
        if answer.offer_id != self.offer:
            return replace(self, seen=(*self.seen, answer.offer_id))
        match answer:
            case Accepted():
                return replace(self, standing="accepted")
            case Declined():
                return replace(self, standing="declined")
            case Lapsed():
                return replace(self, standing="lapsed")
            case _:
                assert_never(answer)

    def require_waiting(self, offer_id: UUID, way: Way) -> None:
        """An answer to `offer_id` is possible now, where the service has not taken the work.

        Raises `NothingOffered`, `HandOffAlreadyDeclined`, `HandOffHasLapsed`, `AnotherOffer`."""
        if self.standing != "waiting":
            self._over(way)
        if offer_id != self.offer:
            raise AnotherOffer(self.offer, way)

    def refuse_work(self, way: Way) -> NoReturn:
        """Why nobody may work on a case that the service has not taken. Raises that refusal."""
        if self.standing == "waiting":
            raise HandOffNotAccepted
        self._over(way)

    def _over(self, way: Way) -> NoReturn:
        match self.standing:
            case "declined":
                raise HandOffAlreadyDeclined(way)
            case "lapsed":
                raise HandOffHasLapsed(way)
            case _:
                raise NothingOffered(way)


NO_OFFERS = OffersReceived()


def require_skills(routing: Routing | None, holder: str, skills: tuple[str, ...] | None) -> None:
    """`holder` was asked, or has the skills that the work takes. Raises `SkillsMissing`."""
    if routing is None or skills is None or holder in routing.asked:
        return
    lacking = missing(routing.skills, skills)
    if lacking:
        raise SkillsMissing(holder, lacking, routing.asked)


class SkillsMissing(Refusal):
    code = "skills-missing"

    def __init__(self, holder: str, lacking: tuple[str, ...], asked: tuple[str, ...]) -> None:
        super().__init__(
            f"{holder} cannot take this case: it takes {', '.join(lacking)}, which {holder} does not have. It was put"
            f" to {', '.join(asked)}."
        )


class NothingOffered(Refusal):
    code = "nothing-offered"

    def __init__(self, way: Way) -> None:
        super().__init__(
            f"{way.receiver.capitalize()} was not offered this case; {way.giver} has to offer the hand-off first."
        )


class AnotherOffer(Refusal):
    code = "another-offer"

    def __init__(self, offer: UUID | None, way: Way) -> None:
        super().__init__(f"The offer before {way.receiver} is {offer}; accept or decline that one.")


class HandOffAlreadyDeclined(Refusal):
    code = "hand-off-already-declined"

    def __init__(self, way: Way) -> None:
        super().__init__(f"The hand-off was declined, so {way.giver} has the work; it has to be offered again first.")


class HandOffHasLapsed(Refusal):
    code = "hand-off-lapsed"

    def __init__(self, way: Way) -> None:
        super().__init__(
            f"Nobody answered the hand-off in its time, so {way.giver} has the work again; it has to be offered anew."
        )


class HandOffNotAccepted(Refusal):
    code = "hand-off-not-accepted"

    def __init__(self) -> None:
        super().__init__("The hand-off is offered but not accepted; accept it before working on the case.")
