"""What a file's first bytes say it is, and what to tell somebody who chose a file of another sort."""

from hub.imports.reading.limits import refuse

AGAIN = "and upload the new file."
AS_XLSX = f"open it in your spreadsheet program, save it as an Excel workbook (.xlsx) {AGAIN}"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls, .doc and of encrypted workbooks
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "is a PDF document"),
    (b"{\\rtf", "is a text document (RTF)"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"GIF8", "is a picture"),
    (b"\x1f\x8b", "is a compressed file (gzip)"),
    (b"7z\xbc\xaf", "is a compressed folder (7z)"),
    (b"Rar!", "is a compressed folder (RAR)"),
    (b"MZ", "is a program"),
    (b"\x7fELF", "is a program"),
    (b"SQLite format 3", "is a database"),
)
_OTHER_ADVICE = "export the list as CSV or Excel (.xlsx) and upload that file."


def is_zip(data: bytes) -> bool:
    """Say whether the file is a ZIP container, as every .xlsx is."""
    return data.startswith(_ZIP)


def check(data: bytes) -> None:
    """Do nothing if the file may be a ZIP container or text.

    Raises:
        Invalid: it is empty or of another sort; the sentence says which and what to do.
    """
    if not data.strip(b"\x00 \t\r\n\xff\xfe\xef\xbb\xbf"):
        raise refuse("The selected file is empty: choose the file that holds the list.")
    if data.startswith(_OLE):
        raise _ole(data)
    for sign, what in _OTHERS:
        if data.startswith(sign):
            raise refuse(f"The selected file {what}: {_OTHER_ADVICE}")
    start = _beginning(data)
    if "schemas-microsoft-com:office:spreadsheet" in start or "<workbook" in start:
        raise refuse(f"The selected file is an old XML spreadsheet: {AS_XLSX}")
    if start.startswith(("<!doctype html", "<html", "<table", "<head", "<body", "<meta")):
        raise refuse(f"The selected file is a web page, whatever its name says: {AS_XLSX}")
    if start.startswith(("<?xml", "<!doctype")):
        raise refuse(f"The selected file is an XML document: {_OTHER_ADVICE}")


def _ole(data: bytes) -> Exception:
    """Old workbooks and encrypted new ones share a container; the names of its streams tell them apart."""
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        return protected()
    if "WordDocument".encode("utf-16-le") in data:
        return refuse(f"The selected file is a Word document: {_OTHER_ADVICE}")
    return refuse(f"The selected file is an old Excel workbook (.xls): {AS_XLSX}")


def protected() -> Exception:
    """Return the refusal of a file that needs a password, to be raised."""
    return refuse("The selected file is password protected: save it without a password and upload it again.")


def _beginning(data: bytes) -> str:
    """Return the first characters in small letters, whatever the encoding, without blanks before."""
    return (
        data[:4096].replace(b"\x00", b"").decode("latin-1").lstrip("\xff\xfe\xef\xbb\xbf \t\r\n").casefold()
    )
