"""How long a practice's requests take as a file, and how much memory the web process needs for it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

ALL_THAT_IS_DONE = "/requests/download?show=done"  # some 45,000 of two practices with 50,000 requests


def run(client: FlaskClient) -> Iterator[dict[str, Any]]:
    """Take the file in both forms; seconds until its last byte, and the most memory held meanwhile."""
    for form in ("csv", "xlsx"):
        before = _megabytes("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        began, worked = time.perf_counter(), time.process_time()
        answer = client.post(ALL_THAT_IS_DONE, data={"format": form}, buffered=False)
        assert answer.status_code == 200, answer.status_code
        size = sum(len(part) for part in answer.response)
        yield {
            "page": f"requests as {form}",
            "rows": _rows(client),
            "seconds": round(time.perf_counter() - began, 1),
            "cpu_s": round(time.process_time() - worked, 1),
            "megabytes": round(size / 1e6, 1),
            "before_mb": before,
            "peak_mb": _megabytes("VmHWM"),
        }
        answer.close()


def _rows(client: FlaskClient) -> int:
    found = re.search(r"([\d,]+) request", client.get(ALL_THAT_IS_DONE).text)
    assert found is not None
    return int(found[1].replace(",", ""))


def _megabytes(what: str) -> int:
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith(what))
    return round(int(line.split()[1]) / 1024)
