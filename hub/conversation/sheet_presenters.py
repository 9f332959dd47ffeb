"""Rows as a CSV or an XLSX file: what stands in a cell is always text, never a formula."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, BinaryIO

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(cell: str) -> str:
    """Return a cell's text so that no spreadsheet reads a formula in it: an apostrophe goes before one."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_file(head: Sequence[str], lines: Iterable[Sequence[str]]) -> BinaryIO:
    """Return an open file without a name that holds a CSV; a mark at its beginning tells Excel it is UTF-8.

    It is whole before anything is sent: one that broke off halfway would look like all there is.
    """
    with TemporaryFile("w+b") as held:
        text = io.TextIOWrapper(held, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow(head)
        writer.writerows([safe(cell) for cell in line] for line in lines)
        text.flush()
        text.detach()
        return _again(held)


def workbook(
    about: Sequence[tuple[str, str]], head: Sequence[str], lines: Iterable[Sequence[str]]
) -> BinaryIO:
    """Return an open file, gone from the disk already, that holds an XLSX workbook of two sheets.

    Row by row, so that memory does not grow with the rows. Every cell is text: an NHS number keeps every
    digit, and nothing is worked out.
    """
    with TemporaryDirectory(prefix="hub-sheet-") as folder:
        path = Path(folder) / "requests.xlsx"
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(path), options) as book:
            bold = book.add_format({"bold": True})
            _sheet(book.add_worksheet("Requests"), head, lines, bold)
            notes = book.add_worksheet("About this file")
            notes.set_column(0, 1, 40)
            for number, (label, words) in enumerate(about):
                notes.write_string(number, 0, label, bold)
                notes.write_string(number, 1, words)
        return path.open("rb")


def _sheet(sheet: Any, head: Sequence[str], lines: Iterable[Sequence[str]], bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head) - 1, 18)
    for column, label in enumerate(head):
        sheet.write_string(0, column, label, bold)
    for number, line in enumerate(lines, start=1):
        for column, cell in enumerate(line):
            sheet.write_string(number, column, cell)


def _again(held: IO[bytes]) -> BinaryIO:
    """Return the same file, to be read from its beginning, open beyond the block that made it."""
    again = os.fdopen(os.dup(held.fileno()), "rb")
    again.seek(0)
    return again
