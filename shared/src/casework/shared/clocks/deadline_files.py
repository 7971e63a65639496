"""Deadline policies out of their TOML text.

Invariant: whole or not at all. A number of a regulator without rule, paragraph, source, effective dates or certainty
does not load (practice P113, P190); where one of them is not known, the file must say so in words. The refusal names
file, line and field. The text is read elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from casework.shared.clocks.deadlines import DeadlinePolicy
from casework.shared.contracts.lengths import Length
from casework.shared.contracts.policy_text import InvalidPolicy, Location, place, read_toml
from casework.shared.errors import FieldError

_TABLE = "deadline"
INTERNAL = "internal"
"""The regime of an institution's own service levels, and the first word of their ids."""


class _Mistake(NamedTuple):
    at: Location
    detail: str


def parse_deadlines(text: str, file_name: str) -> tuple[DeadlinePolicy, ...]:
    """The `[[deadline]]` tables of a TOML text, in its order. `file_name` is for messages only.

    Raises `InvalidPolicy` with file, line and field of the first mistake, and all mistakes of that kind as `errors`:
    a wrong type or an unknown key; then a policy that contradicts itself; then policies that contradict each other.
    Neighbours stand in one file, since only then is it seen here that their dates meet.
    """
    document = read_toml(text, file_name)
    tables = document.get(_TABLE, [])
    unknown = sorted(document.keys() - {_TABLE})
    if unknown or not isinstance(tables, list):
        raise InvalidPolicy(
            f"{file_name}: found {', '.join(unknown) or _TABLE}; write every deadline policy as [[{_TABLE}]]."
        )
    try:
        # By way of JSON, where strict means no coercion ("8" is not 8) and yet lists and tables are taken.
        policies = _adapter().validate_json(json.dumps(tables, default=str), strict=True, extra="forbid")
    except ValidationError as error:
        _refuse([_Mistake(item["loc"], item["msg"]) for item in error.errors()], text, file_name)
        raise AssertionError("a validation error has errors") from error
    _refuse([m for at, policy in enumerate(policies) for m in _mistakes(policy, at)], text, file_name)
    _refuse([_Mistake((at, field), said) for at, field, said in _clashes(policies)], text, file_name)
    _refuse([_Mistake((at, "follows"), said) for at, said in _bad_joints(policies)], text, file_name)
    return policies


def require_unambiguous(policies: Sequence[DeadlinePolicy]) -> None:
    """Raises `InvalidPolicy` where policies of several files contradict each other; it names their ids."""
    for at, field, said in _clashes(policies):
        raise InvalidPolicy(f"{policies[at].id}, field {field}: {said}")


@cache
def _adapter() -> TypeAdapter[tuple[DeadlinePolicy, ...]]:
    return TypeAdapter(tuple[DeadlinePolicy, ...])


def _refuse(mistakes: Sequence[_Mistake], text: str, file_name: str) -> None:
    if not mistakes:
        return
    errors = tuple(FieldError("/".join(("", _TABLE, *map(str, m.at))), m.detail) for m in mistakes)
    raise InvalidPolicy(f"{file_name}{place(text, (_TABLE, *mistakes[0].at))}: {errors[0].detail}", errors)


def _mistakes(policy: DeadlinePolicy, number: int) -> Iterator[_Mistake]:
    """What in one policy contradicts the rest of it."""
    for at, detail in (
        *_of_origin(policy),
        *_of_dates(policy),
        *_of_counting(policy),
        *_of_moments(policy),
        *_of_pauses(policy),
        *_of_extensions(policy),
        *_of_statements(policy),
    ):
        yield _Mistake((number, *at), detail)


def _of_origin(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    if policy.id != policy.regime and not policy.id.startswith(f"{policy.regime}."):
        yield _Mistake(("regime",), f"the id {policy.id} does not begin with the regime {policy.regime}")
    if (policy.kind == "internal") != (policy.regime == INTERNAL):
        yield _Mistake(("kind",), f"the regime {INTERNAL!r} is for internal policies, and only for them")
    if policy.kind == "internal":
        for name in ("rule", "paragraph", "paragraph_unknown", "source", "certainty", "dates_unknown"):
            if getattr(policy, name) is not None:
                yield _Mistake((name,), "an internal policy has no rule behind it; leave this out")
        if policy.read_as_at:
            yield _Mistake(("read_as_at",), "an internal policy has no rule behind it; leave this out")
        return
    for name in ("rule", "source", "certainty", "zone"):
        if getattr(policy, name) is None:
            yield _Mistake((name,), "a regulator's deadline needs this")
    if (policy.paragraph is None) == (policy.paragraph_unknown is None):
        yield _Mistake(
            ("paragraph",), "a regulator's deadline needs its paragraph, or paragraph_unknown saying why not"
        )
    if policy.certainty == "read" and policy.paragraph is None:
        yield _Mistake(("certainty",), "who has read the rule can name the paragraph")


def _of_dates(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    given = (policy.first is not None) + bool(policy.read_as_at) + (policy.dates_unknown is not None)
    if policy.kind == "regulator" and given != 1:
        yield _Mistake(("from",), "a regulator's deadline needs one of: from, read_as_at, dates_unknown saying why not")
    if policy.last is not None:
        if policy.first is not None and policy.last < policy.first:
            yield _Mistake(("to",), "the last date of receipt lies before the first")
        if policy.read_as_at and policy.last < max(policy.read_as_at):
            yield _Mistake(("to",), "the text was read as at a later date than this")
    if policy.follows is not None and policy.first is None:
        yield _Mistake(("follows",), "what follows on something begins on a date; give from")


def _of_counting(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    length = policy.length
    if (length is not None) + (policy.no_number is not None) + policy.due_given != 1:
        yield _Mistake(("length",), "give the length, no_number with the rule's words, or due_given; one of the three")
    if length is None:
        for name in ("aim", "close_of_business", "pauses", "extensions", "warn_at"):
            if getattr(policy, name) and not (name == "warn_at" and policy.due_given):
                yield _Mistake((name,), "without a length there is nothing to count")
    else:
        yield from _too_short(length, ("length",))
        works = length.unit in ("working-day", "working-hour", "working-minute")
        if works and policy.calendar is None and policy.kind == "regulator":
            yield _Mistake(("calendar",), f"counting {length.unit}s needs a calendar")
        if policy.close_of_business and length.unit != "working-day":
            yield _Mistake(("close_of_business",), "only a working day has a close of business")
    if policy.aim is not None:
        yield from _too_short(policy.aim, ("aim",))
    if policy.zone is not None and not _is_zone(policy.zone):
        yield _Mistake(("zone",), f"no time zone is called {policy.zone}; use a name like Europe/London")
    if list(policy.warn_at) != sorted(set(policy.warn_at)):
        yield _Mistake(("warn_at",), "give the points in ascending order, each once")


def _of_moments(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    ends = {"met_by": policy.met_by, "restarted_by": policy.restarted_by, "withdrawn_by": policy.withdrawn_by}
    for (one, first), (other, second) in combinations(ends.items(), 2):
        if both := sorted(set(first) & set(second)):
            yield _Mistake((other,), f"{both[0]} stands in {one} already; one moment ends a clock in one way")
    if both := sorted(set(policy.armed_by) & set(policy.withdrawn_by)):
        yield _Mistake(("withdrawn_by",), f"{both[0]} stands in armed_by already")


def _of_pauses(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    seen: set[str] = set()
    for at, pause in enumerate(policy.pauses):
        if pause.cause in seen:
            yield _Mistake(("pauses", at, "cause"), f"{pause.cause} stands twice")
        seen.add(pause.cause)
        yield from _too_short(pause.cap, ("pauses", at, "cap"))


def _of_extensions(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    known: dict[str | None, Length | None] = {None: policy.length}
    for at, extension in enumerate(policy.extensions):
        before = known.get(extension.after)
        if extension.name in known:
            yield _Mistake(("extensions", at, "name"), f"{extension.name} stands twice")
        elif extension.after not in known:
            yield _Mistake(("extensions", at, "after"), f"no extension before this one is called {extension.after}")
        elif before is not None and not (
            extension.length.unit == before.unit and extension.length.number > before.number
        ):
            yield _Mistake(("extensions", at, "length"), f"an extension is longer than {before.number} {before.unit}s")
        known[extension.name] = extension.length


def _of_statements(policy: DeadlinePolicy) -> Iterator[_Mistake]:
    seen: set[str] = set()
    for at, statement in enumerate(policy.statements):
        if statement.name in seen:
            yield _Mistake(("statements", at, "name"), f"{statement.name} stands twice")
        seen.add(statement.name)
        if statement.first is not None and statement.read_as_at:
            yield _Mistake(("statements", at, "from"), "give from or read_as_at, not both")


def _clashes(policies: Sequence[DeadlinePolicy]) -> Iterator[tuple[int, str, str]]:
    """Pairs of policies of which nobody could say which one applies; where, field, and what is wrong."""
    for (_, one), (at, other) in combinations(enumerate(policies), 2):
        if one.ref == other.ref:
            yield at, "version", f"{other.id} version {other.version} stands twice; raise the version of one"
        elif one.id == other.id and (one.kind, *one.family) != (other.kind, *other.family):
            yield at, "id", f"the versions of {other.id} differ in kind, regime, purpose or applies_to"
        elif one.id != other.id and one.family == other.family and _overlap(one, other):
            yield at, "from", f"{one.id} and {other.id} serve the same dates; end the one the day before the other"


def _overlap(one: DeadlinePolicy, other: DeadlinePolicy) -> bool:
    # Never served, so in nobody's way.
    if "unverified" in (one.certainty, other.certainty):
        return False
    starts, ends = (one.first or date.min, other.first or date.min), (one.last or date.max, other.last or date.max)
    return max(starts) <= min(ends)


def _bad_joints(policies: Sequence[DeadlinePolicy]) -> Iterator[tuple[int, str]]:
    """Policies that do not begin on the day after what they say they follow."""
    for at, policy in enumerate(policies):
        if policy.follows is None or policy.first is None:
            continue
        before = [p for p in policies if p.id == policy.follows and p.family == policy.family and p is not policy]
        if not before:
            yield at, f"no neighbour in this file is called {policy.follows}"
        elif not any(p.last == policy.first - timedelta(days=1) for p in before):
            yield at, f"no version of {policy.follows} ends on the day before {policy.first}"


def _too_short(length: Length, at: Location) -> Iterable[_Mistake]:
    return () if length.number >= 1 else (_Mistake((*at, "number"), "at least 1"),)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        # Not found; the name of a folder of zones; odd characters.
        return False
    return True
