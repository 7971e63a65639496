"""The notary's checkpoints, in a folder that only grows: one file each.

Invariant: a file is whole, signed and on the disk before anybody is told of it, and is never written again. Numbers
count from 1 without a hole, so that there is one place to look for any of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from casework.shared.audit.checkpoint import SUFFIX, Checkpoint, NotACheckpoint, open_checkpoint
from casework.shared.audit.notes import NotSigned, PublicKey
from casework.shared.durable import sync_path

A_FOLDER = 1_000


class BookDiffers(Exception):
    """The last checkpoint cannot be read or is not one that this notary signed. The message says what to do."""


class Book:
    """The checkpoints in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def open(self, keys: Sequence[PublicKey]) -> Checkpoint | None:
        """The last checkpoint; None in an empty book. Raises `BookDiffers`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = self._last_number()
        if self.count == 0:
            return None
        try:
            found = open_checkpoint(self.note(self.count), keys)
        except (NotSigned, NotACheckpoint) as error:
            raise BookDiffers(
                f"{self.path_of(self.count)}: {error}. Nothing is signed: put the folder back from its copy, and keep "
                "the key it was signed with in CASEWORK_CHECKPOINT_KEY_FILE beside a new one."
            ) from None
        if found.number != self.count:
            raise BookDiffers(f"{self.path_of(self.count)} holds checkpoint {found.number}: put it back from its copy.")
        return found

    def _last_number(self) -> int:
        for folder in sorted((each for each in self.folder.iterdir() if each.is_dir()), reverse=True):
            numbers = [int(each.stem) for each in folder.glob(f"*{SUFFIX}")]
            if numbers:
                return max(numbers)
        return 0

    def note(self, number: int) -> bytes:
        """The signed note. Raises OSError when there is none."""
        return self.path_of(number).read_bytes()

    def write(self, number: int, note: bytes) -> None:
        """The next one, on the disk when this returns. Raises ValueError for any other number."""
        if number != self.count + 1:
            raise ValueError(f"checkpoint {number} does not follow {self.count}")
        path = self.path_of(number)
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        for folder in (path.parent, self.folder):
            sync_path(folder)
        self.count = number

    def path_of(self, number: int) -> Path:
        """Where it lies: a thousand to a folder."""
        return self.folder / f"{number // A_FOLDER:06}" / f"{number:09}{SUFFIX}"
