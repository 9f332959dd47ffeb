"""XML read piece by piece: no document type, no entities from outside, no depth and no names without end."""

from collections.abc import Callable, Iterator
from xml.parsers import expat

from hub.imports.reading.container import Container, too_large
from hub.imports.reading.limits import damaged, refuse

_DEEPEST = 40
_MOST_NAMES = 5_000  # different names of elements and attributes; the parser keeps each one
_LONGEST_TAG = 1 << 20  # bytes that the parser may hold back because a tag does not end
_MOST_ELEMENTS = 6_000_000  # in all parts together; each costs a moment
_LARGEST_PART = 400 * 1024 * 1024  # bytes when unpacked; read in pieces, never as a whole

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Markup:
    """Reads one part of a workbook; `start` and `end` get each element's name without its prefix.

    Between them a handler may set `parser.CharacterDataHandler` to get an element's text.
    """

    def __init__(self, start: Start, end: End) -> None:
        self.parser = expat.ParserCreate(intern={})
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _no_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self._handlers = (start, end)
        self._depth = self._elements = 0

    def read(self, container: Container, part: str, largest: int = _LARGEST_PART) -> Iterator[None]:
        """Parse a part, yielding after each piece so that what was read can be handed on.

        Raises:
            Invalid: it is not well formed, or has what a workbook never has.
        """
        fed = 0
        try:
            for piece in container.pieces(part, largest):
                self.parser.Parse(piece, False)
                fed += len(piece)
                if fed - self.parser.CurrentByteIndex > _LONGEST_TAG:
                    raise damaged("a tag without end")
                container.elements += self._elements
                self._elements = 0
                if container.elements > _MOST_ELEMENTS:
                    raise too_large()
                if len(self.parser.intern) > _MOST_NAMES:
                    raise damaged("more in it than a list can hold")
                yield
            self.parser.Parse(b"", True)
            yield
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise damaged("its contents end early or are not those of a workbook") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST:
            raise damaged("elements inside elements without end")
        self._handlers[0](name if ":" not in name else name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._handlers[1](name if ":" not in name else name.rpartition(":")[2])


def _no_document_type(*_: object) -> None:
    raise refuse(
        "The selected file contains a document type or entities, which no spreadsheet program writes: "
        "copy the list into a new workbook, save it as .xlsx and upload that file."
    )


def local(attributes: dict[str, str], name: str) -> str:
    """Return an attribute's value whatever its prefix; "" if there is none."""
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if key.endswith(f":{name}")), "")
