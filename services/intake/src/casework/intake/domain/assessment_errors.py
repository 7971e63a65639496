"""Refusals of the initial assessment."""

from __future__ import annotations

from datetime import date, datetime

from casework.shared.contracts.lengths import Length
from casework.shared.contracts.types import rfc3339
from casework.shared.errors import Refusal


class MustBeNow(Refusal):
    code = "must-be-now"

    def __init__(self, rows: tuple[str, ...]) -> None:
        super().__init__(
            f"This complaint cannot be let cool, because of: {', '.join(rows)}. Assess it on the track now."
        )


class CoolingNotPlanned(Refusal):
    code = "cooling-not-planned"

    def __init__(self) -> None:
        super().__init__(
            "Preparing first needs a plan, and acting now has none: give track prepare together with cooling, which has"
            " a reason, a cap in working days and the day of the next contact; or leave both out."
        )


class NextContactInThePast(Refusal):
    code = "next-contact-in-the-past"

    def __init__(self) -> None:
        super().__init__("The day of the next contact is over already; give today or a later one.")


class CapTooLong(Refusal):
    code = "cap-too-long"

    def __init__(self, longest: Length) -> None:
        super().__init__(
            f"A complaint is let cool for at most {longest.number} working days; give a cap of that or less."
        )


class NextContactAfterCap(Refusal):
    code = "next-contact-after-cap"

    def __init__(self, last: date, cap: int) -> None:
        super().__init__(
            f"{cap} working days after receipt is {last.isoformat()}; the next contact can be on that day or before."
        )


class CoolingCrossesDeadline(Refusal):
    code = "cooling-crosses-deadline"

    def __init__(self, last: date) -> None:
        super().__init__(
            f"The leading legal deadline of this complaint is {last.isoformat()}; the next contact can be on that day"
            " or before, never later."
        )


class NothingCools(Refusal):
    code = "nothing-cools"

    def __init__(self) -> None:
        super().__init__("This complaint is not being let cool, so there is nothing to end; go on with it.")


class ImmediateActionTooLate(Refusal):
    code = "immediate-action-too-late"

    def __init__(self, latest: datetime) -> None:
        super().__init__(
            f"What must be done at once is due by {rfc3339(latest)} at the latest, and not in the past; give such a"
            " time or none."
        )


class ImmediateActionMissing(Refusal):
    code = "immediate-action-missing"

    def __init__(self) -> None:
        super().__init__(
            "The assessment says that something must be done at once, and nothing was begun. Start the immediate"
            " action; then the case can be offered to investigation while it runs."
        )


class ContainedInTheFuture(Refusal):
    code = "contained-in-the-future"

    def __init__(self) -> None:
        super().__init__("The time from which the harm goes no further lies ahead; record it once it has come.")


class AlreadyContained(Refusal):
    code = "already-contained"

    def __init__(self) -> None:
        super().__init__("It is recorded already that the harm goes no further; add what is new as facts.")
