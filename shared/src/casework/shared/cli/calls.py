"""Calling a running stack over HTTP, for commands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

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


def ask(
    client: httpx.Client,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    unless: Collection[int] = (),
) -> Any:
    """The JSON of an answer; None where its status is one of `unless`. What is posted is something new each time.

    Raises `NotAnswered` with the problem's own words.
    """
    headers = {"idempotency-key": str(uuid4())} if body is not None else {}
    try:
        response = client.request(method, path, json=body, headers=headers)
    except httpx.HTTPError as error:
        raise NotAnswered(f"{client.base_url} does not answer ({type(error).__name__}): does the stack run?") from None
    if response.is_success:
        return response.json()
    if response.status_code in unless:
        return None
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP {response.status_code}"
    raise NotAnswered(str(detail))
