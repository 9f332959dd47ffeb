"""What may be wrong with the parts of a workbook, with a file's bytes, or with all of it, by name."""

import io
import random
import re
import zipfile
from collections.abc import Callable

from tests.support.workbooks import SPREADSHEET

Parts = Callable[[dict[str, bytes], random.Random], None]
Data = Callable[[bytes, random.Random], bytes]
SHEET, TEXTS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
_TEXTS = f'<sst xmlns="{SPREADSHEET}">'.encode()
_END = b"</sheetData>"


def _in_sheet(change: Data, part: str = SHEET) -> Parts:
    def act(parts: dict[str, bytes], chance: random.Random) -> None:
        parts[part] = change(parts.get(part, b"<x/>"), chance)

    return act


def _replaced(old: bytes, new: bytes, count: int = -1) -> Data:
    return lambda data, _: data.replace(old, new, count)


def _part_lost(parts: dict[str, bytes], chance: random.Random) -> None:
    del parts[chance.choice(list(parts))]


def _part_swapped(parts: dict[str, bytes], chance: random.Random) -> None:
    parts[chance.choice(list(parts))] = parts[chance.choice(list(parts))]


def _part_spoilt(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice(list(parts))
    parts[name] = flipped(parts[name], chance)


def _add(name: str, part: bytes) -> Parts:
    return lambda parts, _: parts.update({name: part})


def _more_sheets(parts: dict[str, bytes], chance: random.Random) -> None:
    state = chance.choice([b"", b' state="hidden"', b' state="veryHidden"'])
    book = parts.get(BOOK, b"")
    parts[BOOK] = book.replace(b"<sheet ", b"<sheet" + state + b" ", 1).replace(
        b"</sheets>",
        b'<sheet name="Zwei" sheetId="9" r:id="rId1"/><sheet name="3" sheetId="8" r:id="none"/></sheets>',
    )


_DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
_MORE = b'<sheet name="Zwei" sheetId="9" r:id="rId1"/><sheet name="3" sheetId="8" r:id="none"/></sheets>'
_OLD_XML = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
_CODED = b'<?xml version="1.0" encoding="ebcdic-zz"?><worksheet'
_ROW = b'<row r="%d"><c r="%s1"%s><v>%s</v></c></row></sheetData>'


def _cell(number: int, column: bytes, value: bytes, more: bytes = b"") -> Parts:
    return _in_sheet(_replaced(_END, _ROW % (number, column, more, value)))


PARTS: dict[str, Parts] = {
    "part lost": _part_lost,
    "part swapped": _part_swapped,
    "part spoilt": _part_spoilt,
    "more sheets": _more_sheets,
    "macros": _add("xl/vbaProject.bin", b"x"),
    "binary workbook": _add("xl/workbook.bin", b"x"),
    "entities": _in_sheet(lambda data, _: _DOCTYPE + data),
    "entities in texts": _in_sheet(lambda data, _: _DOCTYPE + data, TEXTS),
    "sheet of zeros": _in_sheet(lambda *_: b"\0" * 25_000_000),
    "sheet of blanks": _in_sheet(lambda data, _: data + b" " * 25_000_000),
    "sheet of cells": _in_sheet(_replaced(_END, b"<row>" + b"<c/>" * 200_000 + b"</row>" + _END)),
    "texts without end": _in_sheet(lambda *_: _TEXTS + b"<si><t>abc</t></si>" * 150_000, TEXTS),
    "deep": _in_sheet(_replaced(_END, b"<a>" * 3000)),
    "dimension": _in_sheet(_replaced(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')),
    "cell far right": _cell(900_000, b"XFD", b"1"),
    "cell far below": _cell(1_048_576, b"A", b"1"),
    "row too far": _cell(9_999_999, b"A", b"1"),
    "rows backwards": _cell(1, b"A", b"1"),
    "text missing": _cell(900_000, b"A", b"99999", b' t="s"'),
    "odd number": _cell(900_000, b"A", b"1e999"),
    "not a number": _cell(900_000, b"A", b"NaN"),
    "odd day": _cell(900_000, b"A", b"2958466.7", b' s="1"'),
    "bad sort": _cell(900_000, b"A", b"x", b' t="zzz"'),
    "formula without result": _in_sheet(_replaced(b"<v>", b"<f>A1+1</f><v>", 3)),
    "results lost": _in_sheet(lambda data, _: re.sub(rb"<v>[^<]*</v>", b"<f>A1</f>", data, count=2)),
    "half characters": _in_sheet(_replaced(b"<t>", b"<t>_xD800__x0000_", 2)),
    "prefixes": _in_sheet(lambda data, _: re.sub(rb"<(/?)(c|row|v)\b", rb"<\1x:\2", data)),
    "other encoding": _in_sheet(lambda data, _: data.decode("utf-8", "replace").encode("utf-16")),
    "wrong encoding": _in_sheet(_replaced(b"<worksheet", _CODED, 1)),
    "hidden rows": _in_sheet(_replaced(b"<row ", b'<row hidden="1" ')),
    "from 1904": _in_sheet(_replaced(b"<sheets>", b'<workbookPr date1904="1"/><sheets>'), BOOK),
    "readings aside": _in_sheet(_replaced(b"</t></is>", b"</t><rPh><t>x</t></rPh></is>", 3)),
    "merged cells": _in_sheet(
        _replaced(_END, b'</sheetData><mergeCells><mergeCell ref="A1:XFD9"/></mergeCells>')
    ),
}


LARGE = frozenset({"sheet of zeros", "sheet of blanks", "sheet of cells", "texts without end"})


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with some of them changed."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _moved(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:start] + data[end:] + (data[start:end] if chance.random() < 0.5 else b"")


def _as_protected(data: bytes, _: random.Random) -> bytes:
    spoilt = bytearray(data)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = spoilt.find(sign)
        if at >= 0 and at + place < len(spoilt):
            spoilt[at + place] |= 1
    return bytes(spoilt)


_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
BYTES: dict[str, Data] = {
    "cut off": lambda data, chance: data[: chance.randint(0, len(data))],
    "bytes changed": flipped,
    "bytes moved": _moved,
    "bytes added": lambda data, chance: data + chance.randbytes(chance.randint(1, 200)),
    "bytes before": lambda data, chance: chance.randbytes(chance.randint(1, 20)) + data,
    "twice": lambda data, _: data + data,
    "marked as protected": _as_protected,
    "another mark": lambda data, chance: chance.choice(_MARKS) + data,
}


def _zipped(data: bytes, _: random.Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as container:
        container.writestr("list.csv", data)
    return file.getvalue()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
WHOLE: dict[str, Data] = {
    "empty": lambda *_: b"",
    "noise": lambda _, chance: chance.randbytes(chance.choice([3, 400, 90_000])),
    "zeros": lambda *_: b"\0" * 300_000,
    "PDF": lambda *_: b"%PDF-1.7 x",
    "old Excel": lambda *_: _OLE + "Workbook".encode("utf-16-le"),
    "password": lambda *_: _OLE + "EncryptedPackage".encode("utf-16-le"),
    "web page": lambda data, _: b"<html><table><tr><td>" + data,
    "old XML": lambda *_: _OLD_XML,
    "folder": _zipped,
}
