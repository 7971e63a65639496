"""What is published about a complaint: a post is linked, answered with facts in our name, and reported upward.

Invariant: nothing acts on the post itself. There is no command to hide, sink, buy or delete one, nor will there be.
What is stated in public has an author, who is named, and somebody else approved those very words before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TypeAlias, assert_never

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import (
    PostAnswered,
    PostLinked,
    PostReported,
    PostStatementApproved,
    ReportedTo,
)
from casework.shared.contracts.types import Name, Prose, Sealed
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPost:
    """Record a post; `today` is the day of the recording, anywhere on earth at the latest."""

    medium: Name
    posted_on: date
    address: Sealed
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePostStatement:
    """Approve these words, to be stated in public about a post."""

    number: int
    statement: Prose
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPost:
    """Record that the facts were stated in public: the words and their author. Somebody else approved them before;
    `long_ago_by` is who did, where that is told of the past."""

    number: int
    statement: Prose
    author: Name
    long_ago_by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPost:
    """Record that a post was reported upward."""

    number: int
    to: ReportedTo
    reported_on: date
    today: date


PostCommand: TypeAlias = LinkPost | ApprovePostStatement | AnswerPost | ReportPost
PostEvent: TypeAlias = PostLinked | PostStatementApproved | PostAnswered | PostReported


class PostDayInTheFuture(Refusal):
    code = "post-day-in-the-future"

    def __init__(self) -> None:
        super().__init__("That day has not come yet; give the day on which it happened.")


class ReportedBeforePosted(Refusal):
    code = "reported-before-posted"

    def __init__(self, posted_on: date) -> None:
        super().__init__(f"The post is of {posted_on}, so it was not reported before; give that day or a later one.")


class ApprovedByItsAuthor(Refusal):
    code = "approved-by-its-author"

    def __init__(self) -> None:
        super().__init__("What we state in public is approved by somebody else than its author; have them do so.")


class PublicStatementNotApproved(Refusal):
    code = "public-statement-not-approved"

    def __init__(self) -> None:
        super().__init__("Nobody has approved these very words to be stated in public; have them approved first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The day of a post, and the words that were approved for it: their SHA-256, and by whom."""

    posted_on: date
    approved: tuple[tuple[str, str], ...] = ()


Posts: TypeAlias = tuple[Post, ...]
"""Post 1 first."""


def decide(command: PostCommand, posts: Posts) -> tuple[PostEvent, ...]:
    """The events that `command` brings about. Raises `NotNumbered`, `TooMany` and the refusals above."""
    match command:
        case LinkPost(medium=medium, posted_on=posted_on, address=address, today=today):
            if posted_on > today:
                raise PostDayInTheFuture
            number = TooMany.following("post", len(posts))
            return (PostLinked(number=number, medium=medium, posted_on=posted_on, address=address),)
        case ApprovePostStatement(number=number, statement=statement, by=by):
            NotNumbered.require("post", number, len(posts))
            if (_hash(statement), by) in posts[number - 1].approved:
                return ()
            return (PostStatementApproved(number=number, statement=statement, by=by),)
        case AnswerPost(number=number, statement=statement, author=author):
            NotNumbered.require("post", number, len(posts))
            approved_by = _approver(command, posts[number - 1].approved)
            return (PostAnswered(number=number, statement=statement, author=author, approved_by=approved_by),)
        case ReportPost(number=number, to=to, reported_on=reported_on, today=today):
            NotNumbered.require("post", number, len(posts))
            if reported_on > today:
                raise PostDayInTheFuture
            if reported_on < (posted_on := posts[number - 1].posted_on):
                raise ReportedBeforePosted(posted_on)
            return (PostReported(number=number, to=to, reported_on=reported_on),)
        case _:
            assert_never(command)


def evolve(posts: Posts, event: PostEvent) -> Posts:
    """The posts after `event`."""
    match event:
        case PostLinked(posted_on=posted_on):
            return (*posts, Post(posted_on=posted_on))
        case PostStatementApproved(number=number, statement=statement, by=by):
            return tuple(
                replace(post, approved=(*post.approved, (_hash(statement), by))) if place == number else post
                for place, post in enumerate(posts, 1)
            )
        case PostAnswered() | PostReported():
            return posts
        case _:
            assert_never(event)


def _approver(command: AnswerPost, approved: Sequence[tuple[str, str]]) -> Name:
    by = [who for words, who in approved if words == _hash(command.statement)]
    if command.long_ago_by is not None:
        by.append(command.long_ago_by)
    if not by:
        raise PublicStatementNotApproved
    others = [who for who in by if who != command.author]
    if not others:
        raise ApprovedByItsAuthor
    return others[-1]


def _hash(statement: str) -> str:
    return sha256(statement.encode()).hexdigest()
