"""What a webhook is told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.registry import EVENT_TYPES
from casework.shared.contracts.types import Name
from casework.shared.errors import FieldError, InvalidMessage

EVERYTHING = "all"
STATUS = "status"
STATUS_TYPES: frozenset[str] = frozenset(
    f"casework.{service}.{name}.v1"
    for service, names in {
        "intake": (
            "complaint-received",
            "complaint-acknowledged",
            "complaint-assessed",
            "complaint-withdrawn",
            "hand-off-offered",
            "hand-off-taken-back",
        ),
        "investigation": (
            "investigation-opened",
            "hand-off-accepted",
            "hand-off-declined",
            "hand-off-lapsed",
            "investigation-concluded",
            "investigation-discontinued",
            "hand-off-offered",
            "hand-off-taken-back",
        ),
        "resolution": (
            "resolution-opened",
            "hand-off-accepted",
            "hand-off-declined",
            "hand-off-lapsed",
            "decision-communicated",
            "decision-contested",
            "decision-appealed",
            "decision-appeal-decided",
            "resolution-reopened",
            "withdrawal-honoured",
            "withdrawal-came-after-decision",
            "hand-off-offered",
            "hand-off-taken-back",
        ),
        "followup": (
            "follow-up-opened",
            "hand-off-accepted",
            "hand-off-declined",
            "hand-off-lapsed",
            "hand-off-returned",
            "case-closed",
            "case-reopened",
        ),
    }.items()
    for name in names
)
"""The types that can move a case from one stage of its status to another. A test tries every type there is."""
UNTOLD: frozenset[str] = frozenset(
    {
        "casework.investigation.barred-from-investigating.v1",
        "casework.investigation.stake-declared.v1",
        "casework.resolution.barred-from-deciding.v1",
    }
)
"""What no webhook is told: who of the staff has which stake in a case. It is read with the case, by who may."""
GROUPS: frozenset[str] = frozenset({EVERYTHING, STATUS, *SERVICES})
"""Names that stand for many types: `all`, `status`, and one for each service."""


class Filters(BaseModel, extra="forbid", frozen=True):
    """Which events are told. All of the three must hold; an empty list of categories or sources asks for nothing."""

    events: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=120)]],
        Field(
            min_length=1,
            max_length=200,
            description="types of events as in docs/events.md, or groups: all, status, intake, investigation, "
            "resolution, followup",
        ),
    ]
    categories: Annotated[list[Name], Field(max_length=200)] = Field(
        default_factory=list, description="only cases of these categories (as at receipt); empty: of any"
    )
    sources: Annotated[list[Name], Field(max_length=200)] = Field(
        default_factory=list, description="only cases from these sources; empty: from any"
    )

    def require_known(self) -> None:
        """Raises `InvalidMessage` for a type or group that does not exist, or that no webhook is told."""
        wrong = [
            FieldError(f"/filters/events/{place}", why)
            for place, each in enumerate(self.events)
            if (why := _never(each)) is not None
        ]
        if wrong:
            raise InvalidMessage("some events cannot be told; leave those names out", tuple(wrong))

    @property
    def of_cases(self) -> bool:
        """Whether something must be known of the case to say whether an event is told."""
        return bool(self.categories or self.sources)

    def wants_type(self, type_name: str) -> bool:
        """Also of types that a newer release has added, where a group is asked for that they belong to."""
        service = type_name.split(".")[1]
        return type_name not in UNTOLD and any(
            each in (type_name, EVERYTHING, service) or (each == STATUS and type_name in STATUS_TYPES)
            for each in self.events
        )

    def wants_case(self, category: str, source: str) -> bool:
        return _among(category, self.categories) and _among(source, self.sources)


def _never(name: str) -> str | None:
    if name in UNTOLD:
        return "no webhook is told of conflicts of interest; read the events of the case"
    if name not in GROUPS and name not in EVENT_TYPES:
        return "there is no such event type or group; see docs/events.md"
    return None


def _among(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted
