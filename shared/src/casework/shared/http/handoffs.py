"""The bodies of a hand-off over HTTP, the same wherever one is offered, accepted or declined."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from casework.shared.contracts.inbox import Label, Part
from casework.shared.contracts.types import Sentence

NO_OFFER = UUID(int=0)
"""Answered where no offer stands. It is nobody's, so the rule that refuses the answer says why."""

Labels = Annotated[tuple[Label, ...], Field(max_length=100)]


class Offer(Part):
    """An offer of the work: why, what is ready, what is open."""

    reason: Sentence
    ready: Labels = ()
    open: Labels = ()


class Answer(Part):
    """An answer to an offer. Without `offer_id` it is to the one that stands."""

    offer_id: UUID | None = None

    def to(self, standing: UUID | None) -> UUID:
        """The id of the offer that is answered, where `standing` is the one before this service."""
        return self.offer_id or standing or NO_OFFER


class Acceptance(Answer):
    """The work is taken. `holder` does it from now on: who sends this, unless somebody else is named."""

    holder: Label | None = None


class Declination(Answer):
    """The work is not taken: it stays with who offered it."""

    reason: Sentence
