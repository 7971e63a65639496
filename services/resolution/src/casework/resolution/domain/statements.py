"""One voice: statements that were approved, in versions, and what every text about their topics must cite.

Invariant: a version counts once somebody else than its author approved it, and from then on only the newest approved
version may be cited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.shared.contracts.messages import (
    Cites,
    StatementApproved,
    StatementDrafted,
    StatementId,
    Topics,
    Version,
)
from casework.shared.contracts.types import Name, Prose
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStatement:
    """Draft what is said about these topics: a new statement, or the next version of one."""

    statement: StatementId
    topics: Topics
    text: Prose
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveStatement:
    """Approve the newest draft of a statement."""

    statement: StatementId
    version: Version
    by: Name


StatementCommand: TypeAlias = DraftStatement | ApproveStatement
StatementEvent: TypeAlias = StatementDrafted | StatementApproved


class UnknownStatement(Refusal):
    code = "unknown-statement"

    def __init__(self, statement: str, version: int) -> None:
        super().__init__(f"This case has no statement {statement} v{version}; cite one that it has, or draft it first.")


class ApproverIsAuthor(Refusal):
    code = "approver-is-author"

    def __init__(self) -> None:
        super().__init__("A statement is approved by somebody else than its author.")


class StatementAlreadyApproved(Refusal):
    code = "statement-already-approved"

    def __init__(self) -> None:
        super().__init__("This version was approved already; draft a new version to say something else.")


class StatementSuperseded(Refusal):
    code = "statement-superseded"

    def __init__(self, statement: str, version: int, newest: int) -> None:
        super().__init__(
            f"The text cites {statement} v{version}; v{newest} has taken its place. Bring the text into line with"
            f" {statement} v{newest} and cite that."
        )


class StatementNotApproved(Refusal):
    code = "statement-not-approved"

    def __init__(self, statement: str, version: int) -> None:
        super().__init__(f"{statement} v{version} is not approved yet; have it approved before anything cites it.")


class StatementNotCited(Refusal):
    code = "statement-not-cited"

    def __init__(self, topic: str, statement: str, version: int) -> None:
        super().__init__(f"About {topic} the case has the approved {statement} v{version}; keep to it and cite it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One version of a statement. What it says is in its event."""

    statement: str
    version: int
    topics: tuple[str, ...]
    by: str
    approved: bool = False


Statements: TypeAlias = tuple[Draft, ...]
"""Every version of every statement, in the order of drafting."""


def decide(command: StatementCommand, statements: Statements) -> tuple[StatementEvent, ...]:
    """The events that `command` brings about. Raises the refusals above."""
    match command:
        case DraftStatement(statement=statement):
            version = 1 + sum(each.statement == statement for each in statements)
            drafted = StatementDrafted(
                statement=statement, version=version, topics=command.topics, text=command.text, by=command.by
            )
            return (drafted,)
        case ApproveStatement(statement=statement, version=version, by=by):
            draft = _find(statement, version, statements)
            if draft.approved:
                raise StatementAlreadyApproved
            newest = max(each.version for each in statements if each.statement == statement)
            if version != newest:
                raise StatementSuperseded(statement, version, newest)
            if draft.by == by:
                raise ApproverIsAuthor
            return (StatementApproved(statement=statement, version=version, by=by),)
        case _:
            assert_never(command)


def evolve(statements: Statements, event: StatementEvent) -> Statements:
    """The statements after `event`."""
    match event:
        case StatementDrafted():
            draft = Draft(statement=event.statement, version=event.version, topics=event.topics, by=event.by)
            return (*statements, draft)
        case StatementApproved(statement=statement, version=version):
            return tuple(
                replace(each, approved=True) if (each.statement, each.version) == (statement, version) else each
                for each in statements
            )
        case _:
            assert_never(event)


def require_cited(statements: Statements, about: Topics, cites: Cites) -> None:
    """Raises `UnknownStatement`, `StatementNotApproved` or `StatementSuperseded` for a citation that cannot stand, and
    `StatementNotCited` where a text about a statement's topics does not cite it."""
    in_force = {each.statement: each for each in statements if each.approved}
    for cited in cites:
        draft = _find(cited.statement, cited.version, statements)
        newest = in_force.get(cited.statement)
        if newest is not None and newest.version > draft.version:
            raise StatementSuperseded(cited.statement, cited.version, newest.version)
        if not draft.approved:
            raise StatementNotApproved(cited.statement, cited.version)
    named = {each.statement for each in cites}
    for statement in in_force.values():
        for topic in statement.topics:
            if topic in about and statement.statement not in named:
                raise StatementNotCited(topic, statement.statement, statement.version)


def _find(statement: str, version: int, statements: Statements) -> Draft:
    for each in statements:
        if (each.statement, each.version) == (statement, version):
            return each
    raise UnknownStatement(statement, version)
