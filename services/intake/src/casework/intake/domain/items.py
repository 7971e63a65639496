"""The items of a claim: 6 cartons missing and crushed parts are two matters, each with its own end.

Invariant: an item is settled once, by itself; settling it leaves the others open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from casework.intake.domain.numbered import NotNumbered, TooMany
from casework.shared.contracts.around import Condition, ItemListed, ItemSettled, Result
from casework.shared.contracts.types import Name, Sentence
from casework.shared.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """List an item: `quantity` of the `delivered` are in this condition. `demand` is the number of its demand."""

    goods: Name
    quantity: int
    delivered: int
    condition: Condition
    demand: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleItem:
    """Record what became of an item."""

    number: int
    result: Result
    note: Sentence | None = None


ItemCommand: TypeAlias = ListItem | SettleItem
ItemEvent: TypeAlias = ItemListed | ItemSettled


class MoreThanDelivered(Refusal):
    code = "more-than-delivered"

    def __init__(self, quantity: int, delivered: int) -> None:
        super().__init__(f"{quantity} cannot be affected where {delivered} were delivered; give at most that many.")


class ItemAlreadySettled(Refusal):
    code = "item-already-settled"

    def __init__(self, number: int) -> None:
        super().__init__(f"Item {number} was settled already; list what is still wrong as a new item.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What later decisions need to know of an item."""

    settled: bool = False


Items: TypeAlias = tuple[Item, ...]
"""Item 1 first."""


def decide(command: ItemCommand, items: Items, demands: Collection[int]) -> tuple[ItemEvent, ...]:
    """The events that `command` brings about. `demands` are the numbers that were stated.

    Raises `NotNumbered`, `TooMany` and the refusals above.
    """
    match command:
        case ListItem(quantity=quantity, delivered=delivered, demand=demand):
            if quantity > delivered:
                raise MoreThanDelivered(quantity, delivered)
            if demand is not None and demand not in demands:
                raise NotNumbered("demand", demand, len(demands))
            return (
                ItemListed(
                    number=TooMany.following("item", len(items)),
                    goods=command.goods,
                    quantity=quantity,
                    delivered=delivered,
                    condition=command.condition,
                    demand=demand,
                ),
            )
        case SettleItem(number=number, result=result, note=note):
            NotNumbered.require("item", number, len(items))
            if items[number - 1].settled:
                raise ItemAlreadySettled(number)
            return (ItemSettled(number=number, result=result, note=note),)
        case _:
            assert_never(command)


def evolve(items: Items, event: ItemEvent) -> Items:
    """The items after `event`."""
    match event:
        case ItemListed():
            return (*items, Item())
        case ItemSettled(number=number):
            return tuple(replace(each, settled=True) if at == number else each for at, each in enumerate(items, 1))
        case _:
            assert_never(event)
