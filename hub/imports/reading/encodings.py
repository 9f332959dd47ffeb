"""Which characters do these bytes stand for? By mark, by pattern, or because everything fits."""

import codecs
from dataclasses import dataclass

from hub.imports.reading.limits import refuse

_MARKS = (  # the longer first: the mark of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 4096
_CHUNK = 1 << 20
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Encoding:
    """Python's name of an encoding, and what people call it."""

    name: str
    label: str


def detect(data: bytes) -> Encoding:
    """Return how these bytes are to be decoded; what does not fit then shows as �.

    Raises:
        Invalid: they are no text at all.
    """
    found = _detected(data)
    sample = data[: _SAMPLE * 16].decode(found.name, "replace")
    strange = sum(c < " " and c not in "\t\r\n\f\v" for c in sample)
    if strange * 20 > len(sample):
        raise refuse(
            "The selected file is neither text nor an Excel workbook: "
            "export the list as CSV or Excel (.xlsx) and upload that file."
        )
    return found


def _detected(data: bytes) -> Encoding:
    for mark, name, label in _MARKS:
        if data.startswith(mark):
            return Encoding(name, label)
    return _by_zeros(data[:_SAMPLE]) or _by_fit(data)


def _by_zeros(sample: bytes) -> Encoding | None:
    """UTF-16 without a mark: of each two bytes of plain letters one is zero, always the same one."""
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    if second > half * 0.4 and first < half * 0.05:
        return Encoding("utf-16-le", "UTF-16")
    if first > half * 0.4 and second < half * 0.05:
        return Encoding("utf-16-be", "UTF-16")
    return None


def _by_fit(data: bytes) -> Encoding:
    """UTF-8 if everything fits, or nearly everything that is more than ASCII; else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    bad = good = 0
    for place in range(0, len(data), _CHUNK):
        text = decoder.decode(data[place : place + _CHUNK], final=place + _CHUNK >= len(data))
        unreadable = text.count(UNREADABLE)
        bad += unreadable
        good += 0 if text.isascii() else sum(c > "\x7f" for c in text) - unreadable
    if bad * 10 <= good:
        return Encoding("utf-8", "UTF-8")
    return Encoding("cp1252", "Windows-1252")
