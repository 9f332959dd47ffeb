"""`python -m workers LANE` runs one worker; `python -m workers timetable` runs the timetable."""

import sys

from hub import create_app, logs
from hub.background import LANES
from workers import lane, timetable


def main() -> None:
    """Run the process that the command line names."""
    if len(sys.argv) != 2:
        raise SystemExit(f"Usage: python -m workers {'|'.join(LANES)}|timetable")
    logs.configure()
    app = create_app()
    if sys.argv[1] == "timetable":
        timetable.run(app)
    else:
        lane.work(app, sys.argv[1])


if __name__ == "__main__":
    main()
