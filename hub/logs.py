"""What the log says: one JSON object a line, in UTC, without anything about a patient.

Standard logging and twenty lines of ours, rather than a library. An exception is logged as its type and the
places it passed: its words may quote what somebody typed. A number that looks like an NHS number is struck
out as a last resort; the first is not to log it.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger(__name__)

SHAPE_OF_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LIKE_NHS_NUMBER = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
NOT_LOGGED = frozenset({"assets.file", "operations.healthz", None})


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, the request it belongs to, and where an error came from."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request"] = g.get("request_id", "")
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            places = traceback.extract_tb(record.exc_info[2])
            line["places"] = [f"{place.filename}:{place.lineno} {place.name}" for place in places]
        return LIKE_NHS_NUMBER.sub("[number]", json.dumps(line))


def configure() -> None:
    """Send this process's log to stderr, as JSON lines. For web and workers; commands talk to people."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Alembic and RQ tell every step; one line a request is ours.
    for name in ("alembic", "rq", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Give every request an id, which its answer and its log lines bear, and log how it went."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    told = request.headers.get("X-Request-ID", "")
    g.request_id = told if SHAPE_OF_REQUEST_ID.fullmatch(told) else secrets.token_hex(8)
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers["X-Request-ID"] = g.request_id
    if request.endpoint not in NOT_LOGGED:
        took = (time.perf_counter() - g.request_began) * 1000
        # The rule, not the path: a path may hold a reference, and a query what somebody searched for.
        rule = request.url_rule.rule if request.url_rule else "no such page"
        facts = {"method": request.method, "rule": rule, "status": response.status_code, "ms": round(took, 1)}
        log.info("request", extra={"facts": facts})
    return response
