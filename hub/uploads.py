"""How much may a request send? Little, except where a page takes a file; and no file lies on a disk."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, has_app_context

View = TypeVar("View", bound=Callable[..., Any])
REST_OF_A_FORM = 64 * 1024  # bytes that a form may hold besides its file


class HubRequest(Request):
    """A request whose size is limited by what its page takes; it is refused before anything is read."""

    @property
    def max_content_length(self) -> int | None:
        """The most bytes that are read of this request."""
        view = current_app.view_functions.get(self.endpoint or "") if has_app_context() else None
        most: int | None = getattr(view, "__hub_most_bytes__", None)
        return super().max_content_length if most is None else most

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        # Werkzeug would write a larger file to a temporary folder. It names patients, so it stays in memory.
        return io.BytesIO()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name without folders, and its bytes."""

    name: str
    data: bytes


def takes_a_file(most_bytes: int) -> Callable[[View], View]:
    """Let the form of this page carry a file of so many bytes."""

    def mark(view: View) -> View:
        view.__hub_most_bytes__ = most_bytes + REST_OF_A_FORM  # type: ignore[attr-defined]
        return view

    return mark


def sent(request: Request, field: str) -> Upload | None:
    """Return the file in this field of the form; None if none was chosen."""
    file = request.files.get(field)
    if file is None or not file.filename:
        return None
    return Upload(file.filename.replace("\\", "/").rsplit("/", 1)[-1][:200], file.stream.read())


def init_app(app: Flask) -> None:
    """Have every request limited as its page says."""
    app.request_class = HubRequest
