"""How long what is kept only to recognise repetitions is kept.

Invariant: longer than any broker record that could bring the repetition (`BROKER`), so that nothing comes again after
its trace is gone. A test holds the topics to it.
"""

from __future__ import annotations

from datetime import timedelta

BROKER = timedelta(days=7)
"""How long the broker keeps what integrators post and what they are answered."""
KEEP = timedelta(days=14)
"""How long idempotent answers, rejected posts, answered notices and settled webhook deliveries are kept."""
