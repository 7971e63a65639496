"""The settings of notices, and the directory that is read again when its file changes."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from casework.shared.contracts.policy_text import InvalidPolicy
from casework.shared.people.directory import DUTY
from casework.shared.runtime.logging import own_lines_to
from casework.shared.runtime.mail_server import MailServer, parse_smtp_url
from casework.shared.runtime.people import People
from casework.shared.runtime.settings import Settings

PEOPLE = '[[member]]\nid = "duty"\nemail = "desk@bank.example"\n[[member]]\nid = "ann"\nemail = "ann@bank.example"\n'


def settings(**mail: object) -> Settings:
    given: dict[str, object] = {
        "database_url": SecretStr("postgresql://127.0.0.1/x"), "kafka_servers": "127.0.0.1:1", "key_file": Path("x"),
        "service_key_file": Path("x"), **mail,
    }  # fmt: skip
    return Settings.model_validate(given)


@pytest.mark.parametrize(
    "url, server",
    [
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, "off")),
        ("smtp://mail.bank.example", MailServer("mail.bank.example", 25, "required")),
        ("smtp://mail.bank.example:587?starttls=offered", MailServer("mail.bank.example", 587, "offered")),
        ("smtps://u%40b:p%3Aw@mail.bank.example", MailServer("mail.bank.example", 465, "implicit", "u@b", "p:w")),
        ("smtp://u:p@mail.bank.example:587", MailServer("mail.bank.example", 587, "required", "u", "p")),
    ],
)
def test_an_address_of_a_mail_server(url: str, server: MailServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.bank.example:25",
        "http://mail.bank.example",
        "smtp://:25",
        "smtp://mail.bank.example/path",
        "smtp://mail.bank.example:port",
        "smtp://mail.bank.example?starttls=maybe",
        "smtp://mail.bank.example?tls=yes",
        "smtps://mail.bank.example?starttls=off",
        "smtp://user:secret-4711/x@mail.bank.example",
        "smtp://user:secret-4711@mail.bank.example?starttls=off",
    ],
)
def test_a_wrong_address_is_refused_and_its_password_stays_inside(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(smtp_url=SecretStr(url), mail_from="a@bank.example")
    assert "secret-4711" not in str(refused.value)


def test_mail_needs_an_address_it_comes_from_and_may_have_its_password_in_a_file(tmp_path: Path) -> None:
    assert settings().mail_server is None
    with pytest.raises(ValidationError, match="mail_from"):
        settings(smtp_url=SecretStr("smtp://127.0.0.1:25"))
    with pytest.raises(ValidationError):
        settings(smtp_url=SecretStr("smtp://127.0.0.1:25"), mail_from="a@b.example\nBcc: c@b.example")
    (tmp_path / "password").write_text("from a file\n")
    server = settings(
        smtp_url=SecretStr("smtps://u@mail.bank.example"), mail_from="a@bank.example",
        smtp_password_file=tmp_path / "password",
    ).mail_server  # fmt: skip
    assert server == MailServer("mail.bank.example", 465, "implicit", "u", "from a file")
    assert "from a file" not in repr(server)


def test_a_changed_file_is_read_again_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    lines = StringIO()
    own_lines_to(lines)
    file = tmp_path / "people.toml"
    file.write_text(PEOPLE)
    people = People(file, look_s=0.0)
    assert set(people.directory().members) == {DUTY, "ann"}
    file.write_text(PEOPLE.replace('"ann"', '"li"'))
    assert set(people.directory().members) == {DUTY, "li"}
    file.write_text(PEOPLE.replace("ann@bank.example", "nobody"))
    assert set(people.directory().members) == {DUTY, "li"}
    os.remove(file)
    assert set(people.directory().members) == {DUTY, "li"}
    assert lines.getvalue().count("people.file-refused") == 2
    assert "nobody" not in lines.getvalue()
    file.write_text(PEOPLE)
    assert set(people.directory().members) == {DUTY, "ann"}


def test_a_file_that_cannot_be_used_ends_the_start_and_none_leaves_the_duty(tmp_path: Path) -> None:
    assert list(People(None).directory().members) == [DUTY]
    (tmp_path / "people.toml").write_text("[[member]]\nid = 4\n")
    with pytest.raises(InvalidPolicy, match=r"people.toml, line 2, member 1, field id"):
        People(tmp_path / "people.toml")
