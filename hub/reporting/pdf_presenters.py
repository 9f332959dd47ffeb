"""A report on A4 pages: headings that a reader can jump to, tables that repeat their heads, page x of y."""

import datetime as dt
import unicodedata
from typing import Any

from fpdf import FPDF
from fpdf.fonts import FontFace

from hub.reporting.file_presenters import plain
from hub.reporting.presenters import Report, Section

_BLUE, _GREY = (0, 94, 184), (76, 98, 114)
# The fonts every reader has know no more than Latin-1.
_PLAIN = str.maketrans(dict(zip("\u201c\u201d\u2018\u2019\u2013\u2014", "\"\"''--", strict=True)))
# How the width of a page is shared, for tables whose columns differ much.
_WIDTHS = {
    "sent_back": (30, 12, 58),
    "times": (23, 12, 8, 11, 11, 10, 10, 6, 9),
    "outcomes": (36, 52, 12),
}


def pdf(report: Report, who: str, now: dt.datetime) -> bytes:
    """Return the report as a PDF; `who` took it."""
    page = _Page(f"{latin(report.about)}, {report.month_name}. Taken by {latin(who)}, {report.made}")
    page.set_title(latin(f"Report: {report.about}, {report.month_name}"))
    page.set_author("Pharmacy hub")
    page.set_lang("en-GB")
    page.set_creation_date(now)
    page.add_page()
    _heading(page, f"{report.about}, {report.month_name}", level=0)
    _words(page, f"What became of the requests to the pharmacy hub. Made {report.made}.")
    for section in report.sections:
        _section(page, section)
    _heading(page, "What is counted here", level=1)
    for rule in report.rules:
        _words(page, f"- {rule}")
    return bytes(page.output())


def latin(text: str) -> str:
    """Return the text in letters that the PDF's fonts have: accents they lack are dropped."""
    text = text.translate(_PLAIN)
    return "".join(
        c
        if c.encode("latin-1", "ignore")
        else unicodedata.normalize("NFKD", c).encode("latin-1", "ignore").decode()
        for c in text
    )


class _Page(FPDF):
    """A4 with a line at the foot of each page."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_margin(18)
        self.set_auto_page_break(True, margin=20)

    def footer(self) -> None:
        """Say on each page what it is and which of how many."""
        self.set_y(-14)
        self.set_font("helvetica", size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, f"{self.foot}. Page {self.page_no()} of {{nb}}")
        self.set_text_color(0)


def _heading(page: Any, text: str, *, level: int) -> None:
    if page.will_page_break(30):
        page.add_page()
    text = latin(text)
    page.start_section(text, level=level)
    page.ln(0 if level == 0 else 4)
    page.set_font("helvetica", style="B", size=18 if level == 0 else 12)
    page.multi_cell(0, 8 if level == 0 else 6, text, new_x="LMARGIN", new_y="NEXT")
    page.ln(1)


def _words(page: Any, text: str) -> None:
    page.set_font("helvetica", size=9)
    page.multi_cell(0, 5, latin(text), new_x="LMARGIN", new_y="NEXT")


def _section(page: Any, section: Section) -> None:
    _heading(page, section.title, level=1)
    if not section.rows:
        _words(page, section.nothing)
        return
    page.set_font("helvetica", size=9)
    head = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=_BLUE)
    widths = _WIDTHS.get(section.id, (70, *(30 for _ in section.head[1:])))
    width = page.epw if section.id in _WIDTHS else page.epw * 0.6
    with page.table(
        width=width, align="LEFT", col_widths=widths, headings_style=head, line_height=5, padding=(1, 1.5),
        text_align="LEFT", borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        for cells in (section.head, *section.rows):
            row = table.row()
            for cell in cells:
                row.cell(latin(plain(cell)))
    for note in section.notes:
        _words(page, note)
