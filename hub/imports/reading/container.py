"""The parts of a workbook, taken from its ZIP container only as far as they stay within bounds."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from hub.imports.reading import signs
from hub.imports.reading.limits import damaged, refuse

_MOST_PARTS = 2_000
_LARGEST_ALTOGETHER = 500 * 1024 * 1024  # parts read twice count twice
_LARGE_PART, _MOST_SHRUNK = 20 * 1024 * 1024, 200  # a list is packed to a tenth, a bomb to a thousandth
_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # a workbook has no others; theirs need no memory
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


class Container:
    """The container of a workbook. Names and sizes are looked at first, and sizes enforced later."""

    def __init__(self, data: bytes) -> None:
        # Counted before any entry is made: a small file can list very many.
        if data.count(b"PK\x01\x02") > _MOST_PARTS:
            raise too_large()
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (*_BROKEN, OverflowError, UnicodeError) as error:
            raise damaged("it is cut off or was not completely saved") from error
        self._parts = {_plain(info.filename): info for info in self._zip.infolist()}
        self._unpacked = 0
        self.elements = 0  # read so far in all parts, counted by who reads them
        self._check_sort()

    def _check_sort(self) -> None:
        names = self._parts
        if any(info.flag_bits & _ENCRYPTED for info in names.values()):
            raise signs.protected()
        if any(posixpath.basename(name) == "vbaproject.bin" or "macrosheets/" in name for name in names):
            raise refuse(
                "The selected file contains macros: save it as an Excel workbook without macros (.xlsx) "
                "and upload that file."
            )
        if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
            raise refuse(f"The selected file is a binary Excel workbook (.xlsb): {signs.AS_XLSX}")
        if "content.xml" in names and "mimetype" in names:
            raise refuse(f"The selected file is an OpenDocument file: {signs.AS_XLSX}")
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise refuse(
                "The selected file is a document, not a spreadsheet: "
                "export the list as CSV or Excel (.xlsx) and upload that file."
            )
        if "_rels/.rels" not in names and not any(name.startswith("xl/") for name in names):
            raise refuse(
                "The selected file is a ZIP folder: unpack it, and upload the CSV or Excel file in it."
            )

    def has(self, name: str) -> bool:
        """Say whether there is a part of this name; capitals do not count."""
        return _plain(name) in self._parts

    def pieces(self, name: str, largest: int) -> Iterator[bytes]:
        """Yield the part in pieces.

        Raises:
            Invalid: there is none, it is broken, or it is larger than `largest` bytes when unpacked.
        """
        info = self._parts.get(_plain(name))
        if info is None:
            raise damaged("a part of the workbook is missing")
        shrunk = info.file_size > _LARGE_PART and info.file_size > _MOST_SHRUNK * info.compress_size
        if info.file_size > largest or shrunk:
            raise too_large()
        if info.compress_type not in _PACKINGS:
            raise damaged("it is packed in a way that workbooks are not")
        size = 0
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    self._unpacked += len(piece)
                    if size > largest or self._unpacked > _LARGEST_ALTOGETHER:
                        raise too_large()
                    yield piece
        except _BROKEN as error:
            raise damaged("a part of the workbook cannot be unpacked") from error


def too_large() -> Exception:
    """Return the refusal of a workbook that unpacks to more than any list needs, to be raised."""
    return refuse(
        "The selected file unpacks to far more than a list of requests can hold: "
        "copy the list into a new workbook, save it as .xlsx and upload that file."
    )


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()
