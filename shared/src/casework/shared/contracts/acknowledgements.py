"""The acknowledgement as it was sent: the copy that its event carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from casework.shared.contracts.types import Name, Sealed
from casework.shared.contracts.vocabulary import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class SentText:
    """The very text that the complainant was sent, and the SHA-256 of its UTF-8 bytes in hexadecimal.

    It names `owner` and promises the next step by `next_step_by`.
    """

    language: Language
    text: Sealed
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    owner: Name
    next_step_by: date
