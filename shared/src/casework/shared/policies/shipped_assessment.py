"""The matrix of the initial assessment: the one that ships, or an institution's own file in its place."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from casework.shared.assessing.matrix import Matrix, parse_matrix
from casework.shared.contracts.policy_text import InvalidPolicy


def matrix_of_package() -> Matrix:
    """The shipped matrix."""
    return read_matrix(files("casework.shared") / "policies" / "assessment" / "internal.toml")


def matrix_of(file: Path | None) -> Matrix:
    """The matrix of the installation: that of its file, where it has one. Raises what `read_matrix` does."""
    return matrix_of_package() if file is None else read_matrix(file)


def read_matrix(file: Traversable) -> Matrix:
    """The matrix of a file; a `Path` is one, too. Raises `InvalidPolicy` where it is wrong or no UTF-8, and OSError
    where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidPolicy(f"{file.name}: not UTF-8. Save the file in that encoding.") from None
    return parse_matrix(text, file.name)
