"""A file becomes rows of cells, or one sentence on why not. Bounded whatever the file is.

No database and no web here: bytes in, cells out.
"""

from hub.imports.reading.sheet import Sheet, read_file

__all__ = ["Sheet", "read_file"]
