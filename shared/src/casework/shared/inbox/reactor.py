"""What a service does about the events of the others: the part of a consumer that each service writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CausePoint, Envelope
from casework.shared.contracts.wire import Delivery
from casework.shared.eventstore.store import Recorded, Unit
from casework.shared.runtime.database import Work

C = TypeVar("C")
E = TypeVar("E")


class Received(NamedTuple):
    """An event of another service, read and typed."""

    delivery: Delivery
    envelope: Envelope
    event: Any

    @property
    def point(self) -> CausePoint:
        """This event as the cause of ours."""
        return CausePoint(self.envelope.id, self.delivery.source, self.delivery.position)


class Reactor(Protocol[C, E]):
    """One service's translation of what others recorded into commands of its own."""

    @property
    def consumer(self) -> str:
        """The consumer's name and version, as in `investigation.v1`. A new version starts from the beginning."""
        ...

    @property
    def actor(self) -> Actor:
        """Who acts when an event of another service causes one of ours."""
        ...

    def cares_for(self, type_name: str) -> bool:
        """Whether events of this registered type lead to anything here."""
        ...

    async def commands(self, work: Work, unit: Unit[C, Any, E], received: Received) -> Sequence[C]:
        """What this service should do about an event. Reads the case only where the event cannot tell."""
        ...

    async def project(
        self, work: Work, unit: Unit[C, Any, E], received: Sequence[Received], recorded: Sequence[Recorded[E]]
    ) -> None:
        """Update read tables by what came in and what was decided, in the same transaction. `unit` has the streams as
        they are after all of it."""
        ...
