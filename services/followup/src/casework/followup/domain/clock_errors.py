"""Why a clock can not be paused, resumed or extended; beside these, what a policy allows is in
`casework.shared.clocks.allowances`. Each says what holds and what would be allowed."""

from __future__ import annotations

from casework.shared.errors import Refusal


class PinnedOtherwise(Exception):
    """A fault of the caller: the policy, calendar or clock on the command is not the one that is pinned (K13)."""


class ClockNotArmed(Refusal):
    code = "clock-not-armed"

    def __init__(self) -> None:
        super().__init__("There is no such clock on this case; name one of those that run.")


class ClockHasEnded(Refusal):
    code = "clock-has-ended"

    def __init__(self, phase: str) -> None:
        super().__init__(f"The clock has ended ({phase}); only one that runs can be paused, resumed or extended.")


class ClockIsPaused(Refusal):
    code = "clock-is-paused"

    def __init__(self, resumes: str) -> None:
        super().__init__(f"The clock stands still and goes on by itself on {resumes}; resume it first, then ask again.")


class ClockNotPaused(Refusal):
    code = "clock-not-paused"

    def __init__(self) -> None:
        super().__init__("The clock runs, so it need not be resumed; only one that stands still can be.")


class ClockWithoutDate(Refusal):
    code = "clock-without-date"

    def __init__(self, *, numbered: bool) -> None:
        super().__init__(
            "The calendar does not reach the deadline yet; load one that does, then ask again."
            if numbered
            else "The rule behind this clock has no number, so there is nothing to pause or extend; act promptly."
        )


class NothingEscalated(Refusal):
    code = "nothing-escalated"

    def __init__(self) -> None:
        super().__init__("Nothing of that id waits for somebody to take it on; see the case's clocks for what does.")


class PauseOutOfOrder(Refusal):
    code = "pause-out-of-order"

    def __init__(self, since: str) -> None:
        super().__init__(f"The clock runs since {since}; it can be paused from then on, not before.")


class PauseAfterExpiry(Refusal):
    code = "pause-after-expiry"

    def __init__(self) -> None:
        super().__init__("The deadline has passed; a clock can be paused only before its end.")


class ResumedBeforePause(Refusal):
    code = "resumed-before-pause"

    def __init__(self, paused: str) -> None:
        super().__init__(f"The clock stands still since {paused}; it can go on from then on, not before.")


class TooFarAhead(Refusal):
    code = "too-far-ahead"

    def __init__(self, years: int) -> None:
        super().__init__(
            f"The deadline would come to lie {years} years or more after its start; ask for a length that ends before."
        )
