"""`casework keys checkpoint`: the keys that checkpoints are signed with, made and shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from casework.shared.cli.options import DEFAULT_DATA_DIR, DataDirOption, explained

KEY_NAME = "checkpoints"
"""The file under `keys/` in a data directory."""


def checkpoint(
    file: Annotated[
        Path | None,
        typer.Option(envvar="CASEWORK_CHECKPOINT_KEY_FILE", help="The key file; else the data directory's."),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Add a new key: from the notary's next start on both sign.")
    ] = False,
    installation: Annotated[
        UUID | None, typer.Option(help="Print lines name+id+key, for tools that verify signed notes, instead of PEM.")
    ] = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Print the public keys of the notary: give them to auditors, by another way than the checkpoints."""
    from casework.shared.audit.checkpoint import origin_of
    from casework.shared.audit.notes import new_private_pem, public_line, public_pem
    from casework.shared.notary.serve import CannotSign, signers_of

    path = file or data_dir / "keys" / KEY_NAME
    with explained(CannotSign, OSError):
        if new:
            before = path.read_bytes() if path.exists() else b""
            _write(path, before + new_private_pem())
        for signer in signers_of(path):
            if installation is None:
                typer.echo(public_pem(signer), nl=False)
            else:
                typer.echo(public_line(origin_of(installation), signer))


def ensure_checkpoint_key(path: Path) -> bool:
    """Make the key file, for its owner only, unless there is one. Returns whether it was made. Raises OSError."""
    from casework.shared.audit.notes import new_private_pem

    if path.exists():
        return False
    _write(path, new_private_pem())
    return True


def _write(path: Path, content: bytes) -> None:
    """The whole file or, after a crash, what was before."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
