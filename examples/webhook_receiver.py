"""A receiver of Casework's webhooks, in one file of the standard library: copy `verified` and `Seen` into yours.

    WEBHOOK_SECRET=whsec_... python -m examples.webhook_receiver --port 8900

Four rules make a good receiver: check the signature over the bytes as they came, before reading them; refuse what is
more than five minutes old or ahead, so that nobody can play back what they have overheard; do once what comes twice,
by `webhook-id`; and answer at once with 204, doing long work afterwards.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_S = 300
MOST_BYTES = 20_000
REMEMBERED = 100_000


class NotVerified(Exception):
    """This request is not one that Casework has just signed. Answer 400 and do nothing."""


def verified(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float | None = None
) -> Mapping[str, Any]:
    """The event in `body`, if one of `secrets` (`whsec_...`) signed it within five minutes of `now` (Unix seconds).

    `headers` are looked up in lower case. During a rotation give both secrets. Raises `NotVerified`.
    """
    try:
        message, timestamp, signatures = (headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        sent = int(timestamp)
    except (KeyError, ValueError):
        raise NotVerified("a webhook header is missing or malformed") from None
    if abs((time.time() if now is None else now) - sent) > TOLERANCE_S:
        raise NotVerified("the time is more than five minutes away")
    signed = f"{message}.{timestamp}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    right = [b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in keys]
    if not any(hmac.compare_digest(each, given.encode()) for given in signatures.split(" ") for each in right):
        raise NotVerified("the signature is not ours")
    event: Mapping[str, Any] = json.loads(body)
    return event


class Seen:
    """The ids of what was done already. A real receiver keeps them in its database, in the transaction of the work."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def first_time(self, message: str) -> bool:
        """Whether this id comes for the first time."""
        if message in self._ids:
            return False
        self._ids[message] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        return True


class Handler(BaseHTTPRequestHandler):
    """Prints each event once."""

    secrets: Sequence[str] = ()
    seen = Seen()

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self._say(413)
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = verified(self.secrets, headers, body)
        except NotVerified as error:
            print(f"refused: {error}", flush=True)
            self._say(400)
            return
        if self.seen.first_time(headers["webhook-id"]):
            print(json.dumps({"id": headers["webhook-id"], **event}), flush=True)
        self._say(204)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing: what comes is printed above."""


def main() -> None:
    """Receive on this machine until Ctrl-C."""
    arguments = argparse.ArgumentParser(description="Receive Casework's webhooks and print each event once.")
    arguments.add_argument("--port", type=int, default=8900)
    port: int = arguments.parse_args().port
    Handler.secrets = os.environ["WEBHOOK_SECRET"].split()
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        print(f"receiving on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
