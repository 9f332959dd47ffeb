"""What pages fetch: our own style and script, and the few files of htmx and the NHS design system they use.

All stand under one version, so that a script may import its neighbour by name; browsers keep them for good.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, url_for

from hub.security import public

bp = Blueprint("assets", __name__, url_prefix="/assets")

HUB = Path(__file__).parent
PACKAGES = HUB.parent / "node_modules"
NHSUK = PACKAGES / "nhsuk-frontend" / "dist" / "nhsuk"
FILES: Mapping[str, Path] = {
    "hub.css": HUB / "static" / "hub.css",
    "hub.js": HUB / "static" / "hub.js",
    "icon.svg": HUB / "static" / "icon.svg",
    "htmx.min.js": PACKAGES / "htmx.org" / "dist" / "htmx.min.js",
    "nhsuk-frontend.min.css": NHSUK / "nhsuk-frontend.min.css",
    "nhsuk-frontend.min.js": NHSUK / "nhsuk-frontend.min.js",
    **{
        f"nhsuk-icon-{icon}.svg": NHSUK / "assets" / "images" / f"nhsuk-icon-{icon}.svg"
        for icon in ("arrow-down", "arrow-up", "arrow-up-down", "cross")
    },
}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent, plain and compressed."""

    plain: bytes
    packed: bytes
    type: str


@bp.app_template_global("asset")
def asset(name: str) -> str:
    """The address of a file. Raises KeyError if it is not on the list."""
    if name not in FILES:
        raise KeyError(f"{name} is not in hub.assets.FILES")
    return url_for("assets.file", version=_version(), name=name)


@bp.get("/<version>/<name>")
@public
def file(version: str, name: str) -> Response:
    """One file of the list, compressed where the browser can unpack it."""
    found = _all().get(name) or abort(404)
    packs = bool(request.accept_encodings["gzip"])
    response = Response(found.packed if packs else found.plain, content_type=f"{found.type}; charset=utf-8")
    response.vary.add("Accept-Encoding")
    if packs:
        response.content_encoding = "gzip"
    # A page from before an update still gets a file, but may not keep today's under yesterday's name.
    response.headers["Cache-Control"] = FOR_GOOD if version == _version() else "no-cache"
    return response


@lru_cache(maxsize=1)
def _version() -> str:
    return hashlib.sha256(b"".join(found.plain for found in _all().values())).hexdigest()[:12]


@lru_cache(maxsize=1)
def _all() -> dict[str, Asset]:
    """Every file, read once. Raises RuntimeError if set-up did not fetch the packages."""
    try:
        contents = {name: path.read_bytes() for name, path in FILES.items()}
    except FileNotFoundError as error:
        raise RuntimeError(f"{error.filename} is missing: fetch it with `npm ci`.") from error
    contents["nhsuk-frontend.min.css"] = _for_this_site(contents["nhsuk-frontend.min.css"])
    return {
        name: Asset(plain, gzip.compress(plain, 9, mtime=0), TYPES[Path(name).suffix])
        for name, plain in contents.items()
    }


def _for_this_site(css: bytes) -> bytes:
    """Without the NHS font, which is not ours to use, on another host; with icons beside the file."""
    css = re.sub(rb"@font-face\s*\{[^}]*\}", b"", css)
    return css.replace(b"url(/assets/images/", b"url(")
