"""What is published about a complaint: a post is linked, answered with facts in our name, and reported upward.

Invariant: nothing acts on the post itself. There is no command to hide, sink, buy or delete one, nor will there be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import PostAnswered, PostLinked, PostReported, ReportedTo
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
class AnswerPost:
    """Record that the facts were stated in public: the words, their author, and who approved them."""

    number: int
    statement: Prose
    author: Name
    approved_by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPost:
    """Record that a post was reported upward."""

    number: int
    to: ReportedTo
    reported_on: date
    today: date


PostCommand: TypeAlias = LinkPost | AnswerPost | ReportPost
PostEvent: TypeAlias = PostLinked | PostAnswered | PostReported


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
        super().__init__("What we state in public is approved by somebody else than its author; name who did.")


Posts: TypeAlias = tuple[date, ...]
"""The day of each post, post 1 first."""


def decide(command: PostCommand, posts: Posts) -> tuple[PostEvent, ...]:
    """The events that `command` brings about. Raises `NotNumbered`, `TooMany` and the refusals above."""
    match command:
        case LinkPost(medium=medium, posted_on=posted_on, address=address, today=today):
            if posted_on > today:
                raise PostDayInTheFuture
            number = TooMany.following("post", len(posts))
            return (PostLinked(number=number, medium=medium, posted_on=posted_on, address=address),)
        case AnswerPost(number=number, statement=statement, author=author, approved_by=approved_by):
            NotNumbered.require("post", number, len(posts))
            if author == approved_by:
                raise ApprovedByItsAuthor
            return (PostAnswered(number=number, statement=statement, author=author, approved_by=approved_by),)
        case ReportPost(number=number, to=to, reported_on=reported_on, today=today):
            NotNumbered.require("post", number, len(posts))
            if reported_on > today:
                raise PostDayInTheFuture
            if reported_on < posts[number - 1]:
                raise ReportedBeforePosted(posts[number - 1])
            return (PostReported(number=number, to=to, reported_on=reported_on),)
        case _:
            assert_never(command)


def evolve(posts: Posts, event: PostEvent) -> Posts:
    """The posts after `event`."""
    match event:
        case PostLinked(posted_on=posted_on):
            return (*posts, posted_on)
        case PostAnswered() | PostReported():
            return posts
        case _:
            assert_never(event)
