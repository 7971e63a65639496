"""Named points where a test may kill this process, hard, as a power cut would.

`CASEWORK_FAILPOINT=relay.sent` ends the process at the first passage, `relay.sent:25` at the 25th. Unset, as
it always is in service, a passage costs one dictionary look-up.
"""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

Failpoint: TypeAlias = Literal[
    "relay.read",
    "relay.sent",
    "relay.advanced",
    "consumer.received",
    "consumer.locked",
    "consumer.decided",
    "consumer.appended",
    "consumer.committed",
    "inbox.received",
    "inbox.appended",
    "inbox.committed",
    "inbox.receipts-sent",
    "command.appended",
    "command.committed",
    "timer.appended",
    "timer.fired",
    "notice.claimed",
    "notice.taken",
    "webhooks.made",
    "webhooks.claimed",
    "webhooks.sent",
]

_name, _, _nth = os.environ.get("CASEWORK_FAILPOINT", "").partition(":")
_armed: dict[str, int] = {_name: int(_nth or 1)} if _name else {}


def failpoint(name: Failpoint) -> None:
    """End the process here when the environment asks for it."""
    if name in _armed:
        _armed[name] -= 1
        if _armed[name] <= 0:
            os._exit(137)
