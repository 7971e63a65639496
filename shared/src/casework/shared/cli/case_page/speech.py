"""How values are said to people in one language: closed words, times, money, lists, sealed values."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Lang: TypeAlias = Literal["en", "zh"]
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAYS_ZH = "一二三四五六日"


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """`zh`: every closed word in Chinese. `en`: the words that are not said in English as they are written."""
    return tomllib.loads((files(__package__) / "words" / "words.toml").read_text(encoding="utf-8"))


def clean(text: str) -> str:
    """Text as it came, but for control characters, which would steer the terminal that shows it."""
    return "".join("�" if unicodedata.category(each) == "Cc" and each not in "\n\t" else each for each in text)


@dataclass(frozen=True, slots=True)
class Speech:
    """One language, and the zone in which times are told; without one it is the machine's."""

    lang: Lang
    zone: tzinfo | None

    def __call__(self, en: str, zh: str) -> str:
        """The one of the two that is wanted."""
        return zh if self.lang == "zh" else en

    def both(self, said: Mapping[str, Any]) -> str:
        """Of a value that has both languages, the one that is wanted."""
        return clean(str(said[self.lang]))

    def word(self, value: str) -> str:
        """A closed word; what is none is said as it is."""
        known = words()
        if value not in known["zh"]:
            return clean(value)
        return known["zh"][value] if self.lang == "zh" else known["en"].get(value, value.replace("-", " "))

    def at(self, instant: str) -> str:
        """An instant in the zone, to the minute."""
        return self.local(instant).strftime("%Y-%m-%d %H:%M")

    def local(self, instant: str) -> datetime:
        """An instant in the zone. Raises ValueError for what is none."""
        return datetime.fromisoformat(instant).astimezone(self.zone)

    def long_day(self, day: date) -> str:
        """A day with its weekday."""
        if self.lang == "zh":
            return f"{day.year}年{day.month}月{day.day}日 星期{_DAYS_ZH[day.weekday()]}"
        return f"{day:%A} {day.day} {day:%B %Y}"

    def due(self, due: Mapping[str, Any] | str) -> str:
        """A deadline: an instant, or a day, whose end counts."""
        if isinstance(due, str):
            return self.value(due)
        if "day" in due:
            return self(f"end of {due['day']}", f"{due['day']}结束前")
        return self.at(due["at"])

    def value(self, value: Any) -> str:
        """Any value of an event or a file, in one line."""
        match value:
            case None:
                return ""
            case bool():
                return self.word("yes" if value else "no")
            case str():
                return self.at(value) if _INSTANT.fullmatch(value) else self.word(value)
            case {"amount": str(amount), "currency": str(currency)} if len(value) == 2:
                return clean(f"{amount} {currency}")
            case {"sealed": True} | {"person": _, "nonce": _, "box": _}:
                return self("(sealed)", "（已封存）")
            case {"en": _, "zh": _}:
                return self.both(value)
            case Mapping():
                return self.joined([each for each in value.values() if each not in (None, [], {})])
            case list() | tuple():
                return self.joined(value)
            case _:
                return str(value)

    def joined(self, values: Sequence[Any]) -> str:
        """Several values, one after the other."""
        return self(", ", "、").join(self.value(each) for each in values)

    def who(self, event: Mapping[str, Any]) -> str:
        """Who did it: a person or a system by name, a service or the timer by what it is."""
        if event["actorkind"] == "clock":
            return self("The timer", "计时器")
        if event["actorkind"] == "service":
            service = str(event["actor"]).rpartition("-")[2]
            said = self.word(service)
            return said[:1].upper() + said[1:] if self.lang == "en" else f"{said}服务"
        return clean(str(event["actor"]))
