"""Which sort of file is it, and how is it read?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from hub.domain.importing.table import Cell

LARGEST_FILE = 10 * 1024 * 1024


class Sheet:
    """The rows of one file, read as they are asked for.

    `rows` yields the spreadsheet's own row numbers (from 1) and the cells; it may raise Invalid (key "file")
    on the way, for what only shows there. `kind` is "csv" or "xlsx". `how` are sentences on how the file was
    read, complete once the rows have been read.
    """

    kind: Literal["csv", "xlsx"]
    rows: Iterator[tuple[int, tuple[Cell, ...]]]

    @property
    def how(self) -> tuple[str, ...]:
        """Return sentences on how the file was read."""
        raise NotImplementedError


def read_file(data: bytes | Path, filename: str) -> Sheet:
    """Return the sheet in the file; its name only decides what is said when name and content disagree.

    Raises:
        Invalid: it cannot be used; key "file", one sentence that says what to do.
    """
    raise NotImplementedError
