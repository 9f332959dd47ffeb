"""`python -m tests.performance [NAME]` runs every bench, or the one named."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
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
from tests.performance.bench import print_line, stage

BENCHES = {
    "floor": floor.run,
    "request_to_worklist": request_to_worklist.run,
    "bulk_placing": bulk_placing.run,
    "ordering": ordering.run,
    "page": page.run,
    "import": imports.run,
}
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
        with stage() if name in BENCHES else contextlib.nullcontext() as found:
            for line in BENCHES[name](found) if found else ALONE[name]():
                print_line({"bench": name} | line)


if __name__ == "__main__":
    main()
