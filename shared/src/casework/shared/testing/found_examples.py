"""How hypothesis runs here, as a pytest plugin: an example has no time limit of its own.

A busy machine makes any example slow; the limit of the whole test (`timeout` in pyproject.toml) finds what hangs.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("casework", deadline=None)
settings.load_profile("casework")
