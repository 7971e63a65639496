"""Items of evidence: numbered from 1, with the SHA-256 of their bytes, ruled on with a reason, or no longer there.

Invariant: a number is given once and stays; an item is never taken out. What is ruled invalid, or is gone by a
retention rule, stays on the case with the reason, and travels with it to the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from casework.investigation.domain.evidence_refusals import (
    ContestedNotVoid,
    CredentialExpired,
    HashMismatch,
    ItemUnavailable,
    NothingContests,
    NotPreContract,
    OwnRecordUnsourced,
    PreContractUndated,
    RetentionRuleMissing,
    RuleOfAnotherTime,
    SlipMisplaced,
    StillRetained,
    TooManyItems,
    UnknownItem,
)
from casework.shared.contracts.evidence import (
    MOST_ITEMS,
    DisputeGround,
    EvidenceAttached,
    EvidenceItemReceived,
    EvidenceKind,
    EvidenceRuled,
    EvidenceStanding,
    EvidenceStatementRecorded,
    EvidenceUnavailable,
    Giver,
    Reason,
    Ruling,
    Sha256,
    Slip,
    What,
)
from casework.shared.contracts.types import Instant, Name, Sealed, Sentence, Word
from casework.shared.evidence.rules import RetentionRule

OWN_WORD: frozenset[EvidenceKind] = frozenset({"statement", "task-entry"})
"""Kinds that are no more than what their giver says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveItem:
    """Record an item. The fields are those of `EvidenceItemReceived`; `asked_by`, `due_at` and `late` follow from the
    request that it answers. `bytes_sha256` is the hash of the bytes that came along, None where none did."""

    kind: EvidenceKind
    given_by: Giver
    what: What
    sha256: Sha256
    reference: Sentence
    at: Instant
    bytes_sha256: Sha256 | None = None
    giver: Name | None = None
    meets: tuple[Word, ...] = ()
    request_id: UUID | None = None
    asked_by: Name | None = None
    due_at: Instant | None = None
    made_at: Instant | None = None
    ordered_at: Instant | None = None
    slip: Slip | None = None
    document: Name | None = None
    party: Name | None = None
    valid_until: date | None = None
    source: Name | None = None
    as_of: date | None = None
    about: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachItem:
    """Use what an earlier case holds, at `at`, which is the day `today` at the institution. `held` is that item as it
    was received there."""

    held: EvidenceItemReceived
    of_case: UUID
    at: Instant
    today: date
    meets: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareUnavailable:
    """Record that something of the day `dated` is no longer there, by a retention rule. It is said at
    `at`, which is the day `today` at the institution; `held_from` is the day there on which a hold on the evidence
    began."""

    what: What
    dated: date
    rule: RetentionRule | None
    at: Instant
    today: date
    request_id: UUID | None = None
    held_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleItem:
    """Rule on an item, anew where it was ruled on before."""

    number: int
    ruling: Ruling
    reason: Reason
    by: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatement:
    """Record what a party said of an item. With `disputes` it contests the item, on that ground."""

    number: int
    by: Giver
    said: Sealed
    disputes: DisputeGround | None = None


ItemCommand: TypeAlias = ReceiveItem | AttachItem | DeclareUnavailable | RuleItem | RecordStatement
ItemEvent: TypeAlias = (
    EvidenceItemReceived | EvidenceAttached | EvidenceUnavailable | EvidenceRuled | EvidenceStatementRecorded
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What later decisions need to know of an item. `statements` are the numbers of what was said of it."""

    standing: EvidenceStanding
    meets: tuple[Word, ...] = ()
    valid_until: date | None = None
    document: Name | None = None
    statements: tuple[int, ...] = ()
    disputes: tuple[DisputeGround, ...] = ()

    @property
    def number(self) -> int:
        return self.standing.number

    @property
    def stands(self) -> bool:
        """Whether anything can rest on it."""
        return self.standing.rule is None and self.standing.ruling != "invalid"

    @property
    def is_own_word(self) -> bool:
        """Whether it is no more than what the respondent says."""
        return self.standing.given_by == "respondent" and self.standing.kind in OWN_WORD


Items: TypeAlias = tuple[Item, ...]


def item_of(number: int, items: Items) -> Item:
    """The item of that number. Raises `UnknownItem`."""
    if not 1 <= number <= len(items):
        raise UnknownItem(number, len(items))
    return items[number - 1]


def serving(entry: str, items: Items) -> int | None:
    """The number of the newest item that stands and serves an entry of a checklist."""
    return next((each.number for each in reversed(items) if entry in each.meets and each.stands), None)


def rests_on_own_word(items: Items) -> bool:
    """Whether there is evidence that stands, and all of it is what the respondent says."""
    standing = [each for each in items if each.stands]
    return bool(standing) and all(each.is_own_word for each in standing)


def decide(command: ItemCommand, items: Items) -> tuple[ItemEvent, ...]:
    """The events that `command` brings about. Raises the refusals of `evidence_refusals`."""
    match command:
        case ReceiveItem():
            return (_receive(command, _next(items)),)
        case AttachItem():
            return (_attach(command, _next(items)),)
        case DeclareUnavailable():
            return (_unavailable(command, _next(items)),)
        case RuleItem():
            return _rule(command, item_of(command.number, items))
        case RecordStatement():
            item_of(command.number, items)
            number = 1 + sum(len(each.statements) for each in items)
            return (
                EvidenceStatementRecorded(
                    number=command.number,
                    statement=number,
                    by=command.by,
                    said=command.said,
                    disputes=command.disputes,
                ),
            )
        case _:
            assert_never(command)


def evolve(items: Items, event: ItemEvent) -> Items:
    """The items after `event`."""
    match event:
        case EvidenceItemReceived() | EvidenceAttached():
            standing = EvidenceStanding(
                number=event.number, what=event.what, kind=event.kind, given_by=event.given_by, sha256=event.sha256
            )
            return (
                *items,
                Item(
                    standing=standing, meets=event.meets or (), valid_until=event.valid_until, document=event.document
                ),
            )
        case EvidenceUnavailable():
            gone = EvidenceStanding(
                number=event.number,
                what=event.what,
                rule=event.rule,
                years=event.years,
                disposed_on=event.disposed_on,
                said_en=event.said_en,
                said_zh=event.said_zh,
            )
            return (*items, Item(standing=gone))
        case EvidenceRuled(number=number, ruling=ruling, reason=reason):
            return _changed(items, number, lambda item: _ruled(item, ruling, reason))
        case EvidenceStatementRecorded():
            return _changed(items, event.number, lambda item: _said(item, event))
        case _:
            assert_never(event)


def _changed(items: Items, number: int, change: Callable[[Item], Item]) -> Items:
    return tuple(change(each) if each.number == number else each for each in items)


def _ruled(item: Item, ruling: Ruling, reason: Reason) -> Item:
    return replace(item, standing=replace(item.standing, ruling=ruling, reason=reason))


def _said(item: Item, event: EvidenceStatementRecorded) -> Item:
    disputes = item.disputes if event.disputes is None else (*item.disputes, event.disputes)
    return replace(item, statements=(*item.statements, event.statement), disputes=disputes)


def _next(items: Items) -> int:
    if len(items) >= MOST_ITEMS:
        raise TooManyItems(MOST_ITEMS)
    return len(items) + 1


def _receive(command: ReceiveItem, number: int) -> EvidenceItemReceived:
    if command.bytes_sha256 is not None and command.bytes_sha256 != command.sha256:
        raise HashMismatch
    if command.kind == "pre-contract":
        _require_before_order(command)
    if command.kind == "own-record" and None in (command.document, command.source, command.as_of):
        raise OwnRecordUnsourced
    if (command.kind == "delivery-slip") != (command.slip is not None):
        raise SlipMisplaced
    return EvidenceItemReceived(
        number=number,
        kind=command.kind,
        given_by=command.given_by,
        what=command.what,
        sha256=command.sha256,
        reference=command.reference,
        received_at=command.at,
        giver=command.giver,
        meets=command.meets or None,
        request_id=command.request_id,
        asked_by=command.asked_by,
        due_at=command.due_at,
        # By the time, not by the lapse: that is recorded only once the clock was looked at.
        late=None if command.due_at is None else command.due_at <= command.at,
        made_at=command.made_at,
        ordered_at=command.ordered_at,
        slip=command.slip,
        document=command.document,
        party=command.party,
        valid_until=command.valid_until,
        source=command.source,
        as_of=command.as_of,
        about=command.about,
    )


def _require_before_order(command: ReceiveItem) -> None:
    if command.made_at is None or command.ordered_at is None:
        raise PreContractUndated
    if command.made_at >= command.ordered_at:
        raise NotPreContract(command.made_at, command.ordered_at)


def _attach(command: AttachItem, number: int) -> EvidenceAttached:
    held = command.held
    if held.valid_until is not None and held.valid_until < command.today:
        raise CredentialExpired(held.document or "The paper", held.valid_until)
    return EvidenceAttached(
        number=number,
        kind=held.kind,
        given_by=held.given_by,
        what=held.what,
        sha256=held.sha256,
        reference=held.reference,
        received_at=command.at,
        of_case=command.of_case,
        of_number=held.number,
        document=held.document,
        party=held.party,
        valid_until=held.valid_until,
        source=held.source,
        as_of=held.as_of,
        about=held.about,
        meets=command.meets or held.meets,
    )


def _unavailable(command: DeclareUnavailable, number: int) -> EvidenceUnavailable:
    rule = command.rule
    if rule is None:
        raise RetentionRuleMissing
    if not rule.serves(command.dated):
        raise RuleOfAnotherTime(rule.rule, command.dated)
    disposed_on = rule.disposed_on(command.dated)
    if command.today <= disposed_on:
        raise StillRetained(rule.rule, disposed_on)
    return EvidenceUnavailable(
        number=number,
        what=command.what,
        dated=command.dated,
        rule=rule.rule,
        version=rule.version,
        years=rule.years,
        disposed_on=disposed_on,
        said_en=f"{rule.title.en}: kept for {rule.years} years, until {disposed_on}, and no longer available"
        f" (rule {rule.rule}, version {rule.version}: {rule.basis}).",
        said_zh=f"{rule.title.zh}：保存{rule.years}年，至{disposed_on}止，现已无法提供"
        f"（规则{rule.rule}，第{rule.version}版：{rule.basis}）。",
        request_id=command.request_id,
    )


def _rule(command: RuleItem, item: Item) -> tuple[EvidenceRuled, ...]:
    standing = item.standing
    if standing.rule is not None:
        raise ItemUnavailable(item.number)
    if command.ruling == "contested" and not item.disputes:
        raise NothingContests(item.number)
    if command.ruling == "invalid" and item.disputes and set(item.disputes) == {"not-counted"}:
        raise ContestedNotVoid(item.number)
    # What a party contests is not simply valid, whoever rules so.
    ruling: Ruling = "contested" if command.ruling == "valid" and item.disputes else command.ruling
    if (standing.ruling, standing.reason) == (ruling, command.reason):
        return ()
    statements = item.statements if ruling == "contested" else None
    return (EvidenceRuled(number=item.number, ruling=ruling, reason=command.reason, statements=statements),)
