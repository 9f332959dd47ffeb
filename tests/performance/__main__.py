"""`python -m tests.performance [NAME]` runs every bench, or the one named.

With KEEP=FOLDER the data of `page` stay in that folder, and the next time they are only measured.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.performance import (
    bulk_placing,
    floor,
    forecast,
    imports,
    ordering,
    page,
    policy,
    rebalance,
    request_to_worklist,
)
from tests.performance.bench import Stage, kept_stage, print_line, stage

BENCHES = {
    "floor": floor.run,
    "request_to_worklist": request_to_worklist.run,
    "bulk_placing": bulk_placing.run,
    "ordering": ordering.run,
    "page": page.run,
    "import": imports.run,
}
KEEPS = frozenset({"page"})  # what can use data that a former run has made
# What needs no servers.
ALONE: Mapping[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "policy": policy.run,
    "policy_bound": policy.bounds,
    "forecast": forecast.run,
    "rebalance": rebalance.run,
}


def main() -> None:
    """Run the benches asked for; what needs servers has an empty database of its own."""
    known = [*BENCHES, *ALONE]
    wanted = sys.argv[1:] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"There is no bench {unknown[0]!r}. The benches are: {', '.join(known)}.")
    for name in wanted:
        with _stage(name) as found:
            for line in BENCHES[name](found) if found else ALONE[name]():
                print_line({"bench": name} | line)


def _stage(name: str) -> contextlib.AbstractContextManager[Stage | None]:
    if name not in BENCHES:
        return contextlib.nullcontext()
    folder = os.environ.get("KEEP", "")
    return kept_stage(Path(folder).absolute()) if folder and name in KEEPS else stage()


if __name__ == "__main__":
    main()
