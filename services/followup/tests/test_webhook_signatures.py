"""Signatures: the reference library takes ours, and the helper in `examples/` refuses what it refuses."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest
from examples.webhook_receiver import NotVerified, Seen, verified
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from casework.followup.webhooks.signing import NoKeyFile, SecretBox, headers_of, new_secret, shown
from casework.shared.keys.vault import KeyFile

BODY = '{"type":"casework.followup.case-closed.v1","data":{"words":"已终止"}}'.encode()
NOW = int(time.time())
"""For what is judged by a time that is given. The reference library goes by the clock of the moment."""


def signed(*secrets: bytes, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    return headers_of("msg_1", at, body, secrets)


def test_the_reference_library_takes_what_we_sign() -> None:
    secret = new_secret()
    assert 24 <= len(secret) <= 64
    assert shown(secret).startswith("whsec_")
    headers = signed(secret, at=int(time.time()))
    assert Webhook(shown(secret)).verify(BODY, headers)["type"] == "casework.followup.case-closed.v1"


def test_with_two_live_secrets_either_verifies_and_a_third_does_not() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    headers = signed(new, old, at=int(time.time()))
    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        assert Webhook(shown(secret)).verify(BODY, headers)
        assert verified([shown(secret)], headers, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(other)).verify(BODY, headers)
    with pytest.raises(NotVerified):
        verified([shown(other)], headers, BODY)
    assert verified([shown(other), shown(old)], headers, BODY)


@pytest.mark.parametrize("off", [-301, 301, -86_400, 86_400])
def test_what_is_five_minutes_off_is_refused(off: int) -> None:
    secret = new_secret()
    headers = signed(secret, at=NOW + off)
    with pytest.raises(NotVerified, match="five minutes"):
        verified([shown(secret)], headers, BODY, now=NOW)
    if abs(off) > 600:  # the reference goes by the clock of this machine alone
        with pytest.raises(WebhookVerificationError):
            Webhook(shown(secret)).verify(BODY, headers)
    assert verified([shown(secret)], signed(secret, at=NOW + (299 if off > 0 else -299)), BODY, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2,€"},
    ],
)
def test_a_wrong_id_time_or_signature_is_refused(change: dict[str, str]) -> None:
    secret = new_secret()
    with pytest.raises(NotVerified):
        verified([shown(secret)], signed(secret) | change, BODY, now=NOW)


def test_every_altered_byte_is_refused() -> None:
    secret = new_secret()
    headers = signed(secret)
    for place in range(len(BODY)):
        altered = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        with pytest.raises(NotVerified):
            verified([shown(secret)], headers, altered, now=NOW)
    for missing in headers:
        with pytest.raises(NotVerified):
            verified([shown(secret)], {name: value for name, value in headers.items() if name != missing}, BODY)


def test_what_comes_twice_is_done_once() -> None:
    seen = Seen()
    assert [seen.first_time(each) for each in ("a", "b", "a")] == [True, True, False]


def test_a_stored_secret_opens_only_with_its_file_at_its_place(tmp_path: Path) -> None:
    for name in ("one", "two"):
        KeyFile.create(tmp_path / name)
    box, other = SecretBox.load(tmp_path / "one"), SecretBox.load(tmp_path / "two")
    webhook, secret = uuid4(), new_secret()
    stored = box.close(secret, webhook, 1)
    assert secret not in stored.box
    assert SecretBox.load(tmp_path / "one").open(stored, webhook) == secret
    for wrong, place in ((other, webhook), (box, uuid4())):
        with pytest.raises(NoKeyFile, match="key file"):
            wrong.open(stored, place)
    with pytest.raises(NoKeyFile, match="CASEWORK_WEBHOOK_KEY_FILE"):
        SecretBox.load(tmp_path / "none")
    assert "key" in repr(box)
    assert box._key.hex() not in repr(box)
    assert repr(box._key) not in repr(box)
