"""The blueprint of the pages of files: for practices, and for leads on their behalf."""

from flask import Blueprint
from werkzeug.wrappers import Response

from hub.domain.vocabulary import Role
from hub.security import roles

bp = Blueprint("imports", __name__)
readers = roles(Role.REQUESTER, Role.LEAD)


def download(data: bytes, name: str, mimetype: str) -> Response:
    """Return a file that the browser saves under this name."""
    answer = Response(data, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
