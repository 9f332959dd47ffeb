"""A report as a CSV file: one number a line, so that a spreadsheet can put months side by side."""

import csv
import io

from hub.reporting.presenters import Cell, Figure, Measure, Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
HEAD = ("About", "Month", "Part", "Line", "What", "Value", "Number", "Unit")


def csv_text(report: Report) -> str:
    """Return the report as CSV, for Excel too; no cell is read as a formula."""
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(HEAD)
    writer.writerow([_safe(report.about), report.month, "made", "", "", report.made, "", ""])
    for section in report.sections:
        first = 2 if section.id == "outcomes" else 1
        for row in section.rows:
            line = ", ".join(plain(cell) for cell in row[:first])
            for label, cell in zip(section.head[first:], row[first:], strict=True):
                words = (report.about, report.month, section.title, line, label, plain(cell))
                writer.writerow([*map(_safe, words), *number_of(cell)])
    return "\ufeff" + held.getvalue()


def number_of(cell: Cell) -> tuple[float | str, str]:
    """Return the number in a cell and its unit, ("", "") where there is none: columns that can be summed."""
    if isinstance(cell, Figure):
        return cell.value, "requests"
    return (cell.number, cell.unit) if isinstance(cell, Measure) else ("", "")


def plain(cell: Cell) -> str:
    """Return what stands in a cell."""
    return str(cell.value) if isinstance(cell, Figure) else cell


def file_name(report: Report, ending: str) -> str:
    """Return the name of the report's file, of plain letters."""
    about = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in report.about.lower()).split())
    return f"report-{about}-{report.month}.{ending}"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
