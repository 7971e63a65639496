"""Asking a stack for checkpoints and proofs, for the commands that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2


class NotAnswered(Exception):
    """The stack did not give a checkpoint or a proof. The message says what to do."""


async def asked(http: httpx2.AsyncClient, path: str, **params: str | int) -> dict[str, Any]:
    """The answer of a route. Raises `NotAnswered`."""
    import httpx2

    try:
        answer = await http.get(path, params=params)
        found: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise NotAnswered(f"{http.base_url} does not answer ({type(error).__name__}): is the stack up?") from None
    if answer.status_code != httpx2.codes.OK:
        raise NotAnswered(f"{path}: {found.get('detail', answer.status_code)}")
    return found
