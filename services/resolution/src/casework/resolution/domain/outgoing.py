"""Texts that go out to the complainant: none is sent that breaks a taboo of the institution's wording.

Invariant: what people send now is checked, every time and before it is recorded as sent. What a standing solution says
was agreed beforehand, and what an imported history tells was said long ago: neither is checked.
"""

from __future__ import annotations

from casework.shared.answers.wording import Wording, broken_by
from casework.shared.errors import Refusal


class WordingBlocked(Refusal):
    code = "wording-blocked"

    def __init__(self, said: str) -> None:
        super().__init__(f"The text was not sent. {said}")


def require_sendable(wording: Wording | None, *texts: str | None) -> int | None:
    """The version of the wording by which the texts were found fit to send; None without one, where nothing is
    checked. Raises `WordingBlocked`, which names every taboo broken, the words that do, and what to write instead."""
    if wording is None:
        return None
    broken = {each.taboo.id: each for text in texts if text is not None for each in broken_by(text, wording)}
    if broken:
        raise WordingBlocked(
            " ".join(
                f"[{each.taboo.id}{f': {each.phrase}' if each.phrase else ''}] {each.taboo.title.en}"
                f" ({each.taboo.title.zh}){_found(each.words)}. {each.taboo.instead.en} {each.taboo.instead.zh}"
                for each in broken.values()
            )
        )
    return wording.version


def _found(words: str) -> str:
    return f': "{words}"' if words.strip() else ""
