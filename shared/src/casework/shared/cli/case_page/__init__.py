"""The page of a case: what a manager reads of it, from what the services answer over HTTP. Nothing here does I/O."""

from __future__ import annotations

from casework.shared.cli.case_page.found import Found
from casework.shared.cli.case_page.layout import Section, drawn
from casework.shared.cli.case_page.page import page_of
from casework.shared.cli.case_page.speech import Speech

__all__ = ["Found", "Section", "Speech", "drawn", "page_of"]
