"""Actions outside the matter, which strike the person: the police, a legal threat, a ban.

Invariant: somebody with authority allows it before it happens, once for each time, and not for themselves. Only danger
to life goes first, and is reported after.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from casework.shared.contracts.authority import OutsideActionAllowed, OutsideActionReported, OutsideActionTaken
from casework.shared.contracts.types import Sealed
from casework.shared.contracts.vocabulary import OutsideAction
from casework.shared.errors import Refusal
from casework.shared.remedies.limits import Acting, Authority
from casework.shared.which import which


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowOutsideAction:
    """Allow one action of that kind, before it happens."""

    action: OutsideAction
    reason: Sealed
    acting: Acting
    authority: Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOutsideAction:
    """Record that it is done now. `ground` is set where somebody's life is in danger."""

    action: OutsideAction
    reason: Sealed
    by: str
    ground: Literal["danger"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReport:
    """Somebody with authority takes the report of what was done in danger."""

    number: int | None
    report: Sealed
    acting: Acting
    authority: Authority


OutsideCommand: TypeAlias = AllowOutsideAction | TakeOutsideAction | TakeReport
OutsideEvent: TypeAlias = OutsideActionAllowed | OutsideActionTaken | OutsideActionReported


class SupervisorFirst(Refusal):
    code = "supervisor-first"

    def __init__(self, action: OutsideAction) -> None:
        super().__init__(
            f"{action} goes beyond the matter: somebody else with authority has to allow it before it happens. Only"
            " where a life is in danger it goes first, with the ground danger."
        )


class NotASupervisor(Refusal):
    code = "not-a-supervisor"

    def __init__(self, role: str) -> None:
        super().__init__(f"Actions outside the matter are for the {role} to allow and to hear of, or somebody above.")


class NothingToReport(Refusal):
    code = "nothing-to-report"

    def __init__(self) -> None:
        super().__init__("This was allowed beforehand or is reported already; there is nothing to report.")


class OwnReport(Refusal):
    code = "own-report"

    def __init__(self) -> None:
        super().__init__("The report goes to somebody else with authority than who acted.")


class DangerNotReported(Refusal):
    code = "danger-not-reported"

    def __init__(self) -> None:
        super().__init__(
            "What was done in danger has to be reported to who may allow such things, before the case goes on."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What decisions need to know: the permissions, by whom and for what, that were not used, how many there were, and
    the actions that were done, by whom, and whether a report of them is due."""

    allowed: int = 0
    unused: tuple[tuple[int, OutsideAction, str], ...] = ()
    done: tuple[tuple[str, bool], ...] = ()


NOTHING_OUTSIDE = Outside()


def require_reported(outside: Outside) -> None:
    """Raises `DangerNotReported`."""
    if any(due for _, due in outside.done):
        raise DangerNotReported


def decide(command: OutsideCommand, outside: Outside) -> tuple[OutsideEvent]:
    """The event that `command` brings about. Raises the refusals above and those of `which`."""
    match command:
        case AllowOutsideAction(action=action, reason=reason, acting=acting, authority=authority):
            _require(acting, authority)
            return (OutsideActionAllowed(number=outside.allowed + 1, action=action, by=acting.id, reason=reason),)
        case TakeOutsideAction(action=action, reason=reason, by=by, ground=ground):
            allowed = next((n for n, what, whose in outside.unused if what == action and whose != by), None)
            if allowed is None and ground is None:
                raise SupervisorFirst(action)
            return (
                OutsideActionTaken(
                    number=len(outside.done) + 1,
                    action=action,
                    by=by,
                    reason=reason,
                    allowed=allowed,
                    ground=ground if allowed is None else None,
                ),
            )
        case TakeReport(report=report, acting=acting, authority=authority):
            _require(acting, authority)
            number = which("action", command.number, {n: due for n, (_, due) in enumerate(outside.done, 1)})
            by, due = outside.done[number - 1]
            if not due:
                raise NothingToReport
            if by == acting.id:
                raise OwnReport
            return (OutsideActionReported(number=number, to=acting.id, report=report),)
        case _:
            assert_never(command)


def evolve(outside: Outside, event: OutsideEvent) -> Outside:
    """The state after `event`."""
    match event:
        case OutsideActionAllowed(number=number, action=action, by=by):
            return replace(outside, allowed=number, unused=(*outside.unused, (number, action, by)))
        case OutsideActionTaken(allowed=allowed, by=by, ground=ground):
            unused = tuple(each for each in outside.unused if each[0] != allowed)
            return replace(outside, unused=unused, done=(*outside.done, (by, ground == "danger")))
        case OutsideActionReported(number=number):
            done = tuple((by, due and n != number) for n, (by, due) in enumerate(outside.done, 1))
            return replace(outside, done=done)
        case _:
            assert_never(event)


def _require(acting: Acting, authority: Authority) -> None:
    if authority.place_of(acting) < authority.place_for_outside:
        raise NotASupervisor(authority.outside_actions)
