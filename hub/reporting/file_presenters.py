"""A report as a CSV file: one number a line, so that a spreadsheet can put months side by side."""

import csv
import io

from hub.reporting.presenters import Cell, Figure, Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
HEAD = ("About", "Month", "Part", "Line", "What", "Value")


def csv_text(report: Report) -> str:
    """Return the report as CSV, for Excel too; no cell is read as a formula."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(HEAD)
    writer.writerow([_safe(report.about), report.month, "made", "", "", report.made])
    for section in report.sections:
        words = 2 if section.id == "outcomes" else 1
        for row in section.rows:
            line = ", ".join(plain(cell) for cell in row[:words])
            for label, cell in zip(section.head[words:], row[words:], strict=True):
                writer.writerow(
                    [
                        _safe(part)
                        for part in (report.about, report.month, section.title, line, label, plain(cell))
                    ]
                )
    return "\ufeff" + held.getvalue()


def plain(cell: Cell) -> str:
    """Return what stands in a cell."""
    return str(cell.value) if isinstance(cell, Figure) else cell


def file_name(report: Report, ending: str) -> str:
    """Return the name of the report's file, of plain letters."""
    about = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in report.about.lower()).split())
    return f"report-{about}-{report.month}.{ending}"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
