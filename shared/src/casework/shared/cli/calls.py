"""Calling a running stack over HTTP, for commands."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx

from casework.shared.cli.options import Target
from casework.shared.runtime.data_dir import NoStack


class NotAnswered(Exception):
    """The stack does not answer, or refuses. The message says what to do."""


def client_of(target: Target) -> httpx.Client:
    """A client that sends the target's key. Raises `NoStack` when the target lacks an address or a key."""
    if not target.url or not target.key:
        raise NoStack(
            "Say where the stack answers and with which key: --url and --key, or --data-dir of a running one."
        )
    return httpx.Client(base_url=target.url, headers={"authorization": f"Bearer {target.key}"}, timeout=30.0)


def ask(client: httpx.Client, method: str, path: str) -> Any:
    """The JSON of an answer. Raises `NotAnswered` with the problem's own words."""
    try:
        response = client.request(method, path)
    except httpx.HTTPError as error:
        raise NotAnswered(f"{client.base_url} does not answer ({type(error).__name__}): does the stack run?") from None
    if response.is_success:
        return response.json()
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP {response.status_code}"
    raise NotAnswered(str(detail))
