"""What its runner says where it cannot run. That it runs is shown by `make test-kafka`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("in_checkout, message", [(True, "no `mvn` here.*Java.*Maven"), (False, "root of a checkout")])
def test_what_is_missing_is_named(tmp_path: Path, in_checkout: bool, message: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "casework.shared.testing.apache_kafka", "--dir", str(tmp_path / "kafka"), "true"],
        cwd=ROOT if in_checkout else tmp_path,
        env=os.environ | {"PATH": ""},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert re.search(message, run.stderr)
    assert "Traceback" not in run.stderr
