"""What the notary says of one case: how many events each service had recorded of it at a checkpoint, and the last.

An inclusion proof shows that an event was there; that no later event of the case was left out it cannot show. This
note does, on the notary's word: at that checkpoint it asked the four services and they had these and no more.

    casework/<installation>/case
    case <id>
    checkpoint 17
    intake 5 <hash of its last event, base64; 32 zero bytes where it has none>
    ...
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.shared.audit.checkpoint import origin_of
from casework.shared.audit.merkle import HASH_BYTES
from casework.shared.audit.notes import NotSigned, PublicKey, open_note
from casework.shared.contracts.ids import SERVICES, ServiceName

NOTHING = (0, bytes(HASH_BYTES))
_TEXT = re.compile(
    r"casework/([0-9a-f-]{36})/case\ncase ([0-9a-f-]{36})\ncheckpoint (0|[1-9][0-9]{0,18})\n"
    + "".join(rf"{service} (0|[1-9][0-9]{{0,18}}) ([A-Za-z0-9+/]{{43}}=)\n" for service in SERVICES)
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A case at a checkpoint: of each service the number of its events and the hash of the last."""

    installation: UUID
    case_id: UUID
    checkpoint: int
    streams: Mapping[ServiceName, tuple[int, bytes]]

    @property
    def text(self) -> str:
        """What is signed."""
        lines = [
            f"{origin_of(self.installation)}/case",
            f"case {self.case_id}",
            f"checkpoint {self.checkpoint}",
            *(
                f"{service} {count} {base64.b64encode(last).decode()}"
                for service in SERVICES
                for count, last in (self.streams.get(service, NOTHING),)
            ),
        ]
        return "\n".join(lines) + "\n"


def open_statement(note: bytes, trusted: Sequence[PublicKey]) -> Statement:
    """The statement of a note that a trusted key signed. Raises `NotSigned`."""
    text = open_note(note, trusted)
    found = _TEXT.fullmatch(text)
    if found is None:
        raise NotSigned("it is no statement of a case")
    try:
        streams = {
            service: (int(found[4 + 2 * at]), base64.b64decode(found[5 + 2 * at], validate=True))
            for at, service in enumerate(SERVICES)
        }
        return Statement(UUID(found[1]), UUID(found[2]), int(found[3]), streams)
    except (ValueError, binascii.Error):
        raise NotSigned("it is no statement of a case") from None
