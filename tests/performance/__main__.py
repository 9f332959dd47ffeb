"""`python -m tests.performance [NAME]` runs every bench, or the one named."""

import sys

from tests.performance import bulk_placing, floor, request_to_worklist
from tests.performance.bench import print_line, stage

BENCHES = {
    "floor": floor.run,
    "request_to_worklist": request_to_worklist.run,
    "bulk_placing": bulk_placing.run,
}


def main() -> None:
    """Run the benches asked for, each on an empty database of its own."""
    wanted = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        raise SystemExit(f"There is no bench {unknown[0]!r}. The benches are: {', '.join(BENCHES)}.")
    for name in wanted:
        with stage() as found:
            for line in BENCHES[name](found):
                print_line({"bench": name} | line)


if __name__ == "__main__":
    main()
