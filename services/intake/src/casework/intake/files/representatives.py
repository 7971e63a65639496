"""Who speaks for the complainant, by which authority, and what of the case anybody was told."""

from __future__ import annotations

from typing import Any

from casework.shared.contracts.envelope import Envelope
from casework.shared.contracts.representatives import (
    AuthorityProved,
    InformationDisclosed,
    JointComplaintStated,
    RepresentativeNamed,
)
from casework.shared.files.parts import Document, FilePart


def _representatives(document: Document, envelope: Envelope, event: Any) -> None:
    match event:
        case RepresentativeNamed(number=number, role=role, name=name):
            named = {"number": number, "role": role, "name": name, "named_at": envelope.time}
            document.setdefault("representatives", []).append(named)
        case JointComplaintStated(complainants=complainants, spokespersons=spokespersons):
            document["joint"] = {"complainants": complainants, "spokespersons": spokespersons}
        case AuthorityProved(number=number):
            authority = {"proof": event.proof, "valid_from": event.valid_from, "valid_until": event.valid_until}
            document["representatives"][number - 1]["authority"] = authority | {"recorded_at": envelope.time}
        case InformationDisclosed():
            told = {"what": event.what, "channel": event.channel, "to": event.to, "at": envelope.time}
            document.setdefault("disclosures", []).append(told)
        case _:
            pass


REPRESENTATIVES = FilePart("representatives", _representatives)
REPRESENTATIVE_DETAILS = FilePart("representative-details", _representatives, restricted=True)
