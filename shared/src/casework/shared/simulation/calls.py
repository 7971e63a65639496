"""Calling an application of this process as if from elsewhere."""

from __future__ import annotations

import httpx2
from fastapi import FastAPI

ELSEWHERE = "192.0.2.1"
"""An address that is not this machine (RFC 5737)."""


def client_of(app: FastAPI, *, key: str | None = "all", address: str = ELSEWHERE) -> httpx2.AsyncClient:
    """A client of `app` that calls from `address`, with `key` as its bearer token. Use it as a context manager."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    transport = httpx2.ASGITransport(app, client=(address, 50_000))
    return httpx2.AsyncClient(transport=transport, base_url="http://casework.test", headers=headers)
