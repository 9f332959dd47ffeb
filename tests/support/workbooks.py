"""Workbooks made by hand: part by part, so that a test can put in them what no program would write."""

import io
import zipfile
from collections.abc import Mapping

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
BEGIN = f'<?xml version="1.0"?><worksheet xmlns="{SPREADSHEET}"><sheetData>'
END = "</sheetData></worksheet>"


def sheet(*rows: str) -> str:
    """Return a sheet's part with these rows' XML."""
    return BEGIN + "".join(rows) + END


def row(number: int, *cells: str, more: str = "") -> str:
    """Return a row of texts: each cell is text, or XML of its own when it begins with <c."""
    written = "".join(one if one.startswith("<c") else _text(one) for one in cells)
    return f'<row r="{number}"{more}>{written}</row>'


def _text(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>' if text else "<c/>"


def workbook(*sheets: str | bytes, states: Mapping[int, str] | None = None, **parts: str | bytes) -> bytes:
    """Return a workbook with these sheets' parts.

    `parts` add or replace others; in their names "__" stands for "/" and "_" for ".".
    `states` are those of sheets (from 0) that are not in sight, such as "hidden".
    """
    return packed(contents(*sheets, states=states) | {_name(name): part for name, part in parts.items()})


def contents(*sheets: str | bytes, states: Mapping[int, str] | None = None) -> dict[str, str | bytes]:
    """Return the parts of a workbook by their names."""
    hidden = states or {}
    listed = "".join(
        f'<sheet name="Sheet{n + 1}" sheetId="{n + 1}" r:id="rId{n + 1}"'
        f"{f' state={chr(34)}{hidden[n]}{chr(34)}' if n in hidden else ''}/>"
        for n in range(len(sheets))
    )
    related = "".join(
        f'<Relationship Id="rId{n + 1}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{n + 1}.xml"/>'
        for n in range(len(sheets))
    )
    related += f'<Relationship Id="s" Type="{_RELATED}/styles" Target="styles.xml"/>'
    related += f'<Relationship Id="t" Type="{_RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
        f'Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{_RELATED}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>',
    }
    return parts | {f"xl/worksheets/sheet{n + 1}.xml": part for n, part in enumerate(sheets)}


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return the parts in a ZIP container."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as container:
        for name, part in parts.items():
            container.writestr(name, part)
    return file.getvalue()


def _name(name: str) -> str:
    return name.replace("__", "/").replace("_", ".")
