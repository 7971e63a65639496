"""Which of the languages that we speak a reader asked for (`Accept-Language`, RFC 9110)."""

from __future__ import annotations

from typing import Literal, TypeAlias

Spoken: TypeAlias = Literal["en", "zh"]
_SPOKEN: tuple[Spoken, ...] = ("en", "zh")


def asked_language(header: str | None) -> Spoken:
    """The language of the header's first choice that we speak, whatever its region or script (`zh-Hans-CN` is `zh`);
    English where it names none of ours, or cannot be read. `*` stands for English."""
    weights: dict[str, float] = {}
    for each in (header or "").split(","):
        tag, _, parameters = each.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weights[name] = max(weights.get(name, 0.0), _weight(parameters))
    best: Spoken = "en"
    most = weights.get("en", weights.get("*", 0.0))
    for language in _SPOKEN[1:]:
        # Only a language that is named goes before English; of two of one weight, that which is named first.
        weight = weights.get(language, 0.0)
        if weight > most or (weight == most > 0 and _first(language, best, weights)):
            best, most = language, weight
    return best


def _first(one: str, other: str, weights: dict[str, float]) -> bool:
    named = list(weights)
    return other not in named or named.index(one) < named.index(other)


def _weight(parameters: str) -> float:
    """The `q` of one choice: 1 where it has none, 0 where it cannot be read."""
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
