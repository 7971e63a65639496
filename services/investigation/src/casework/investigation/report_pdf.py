"""A quality report as PDF.

Invariant: the font is embedded, so that Chinese prints the same everywhere (docs/decisions/0030).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from casework.investigation.report_lines import Section

_FONT = "NotoSansSC"


def pdf_of(title: str, sections: Iterable[Section], now: datetime) -> bytes:
    """The bytes of the document, A4. Takes most of a second of work: not for the event loop.

    A character that the font does not have is printed as an empty box; the report as JSON has it.
    """
    # Loaded here: half a second at the start of every service would be paid for what few ever ask for.
    from fpdf import FPDF
    from pylopdf_fonts_zh_cn import sans_path

    # It would log the characters that the font lacks, and nothing of a report belongs in a log.
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    pdf = FPDF(format="A4")
    pdf.set_title(title)
    pdf.set_creator("Casework")
    pdf.set_creation_date(now)
    pdf.set_auto_page_break(auto=True, margin=18)
    pdf.add_font(_FONT, fname=sans_path())
    pdf.add_page()
    for section in sections:
        pdf.set_font(_FONT, size=14)
        pdf.multi_cell(0, 9, section.heading, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font(_FONT, size=10)
        for line in section.lines:
            pdf.multi_cell(0, 6, line.text.expandtabs(4), align="L", new_x="LMARGIN", new_y="NEXT", link=line.link)
        pdf.ln(4)
    return bytes(pdf.output())
