"""The tables of the compiled run: what a row of work, a class, a person and a move consist of.

numba's cache on disk names `Hub` and `Numbers`: whoever renames or moves them deletes `__pycache__` here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.domain.forecast.state import Bools, Floats, Ints

NOT_YET, WAITING, HELD, DONE = 0, 1, 2, 3
SOFT = 9
# The reserve does not save up more than this while nothing is overdue.
MOST_CREDIT = 600.0

# Work. `felt` is when it is due as the rule counts, `place` the class a row is in now, `rise_class` the
# one it rises to (-1: none), `then` the row that may follow (-1), `actual` the minutes it takes, `link` the
# next on the same list.
ROWS = np.dtype([
    ("ids", "i8"), ("due", "f8"), ("felt", "f8"), ("deadline", "f8"), ("raised", "f8"), ("target", "f8"),
    ("actual", "f8"), ("practice", "i8"), ("pinned_to", "i8"), ("then", "i8"), ("place", "i8"),
    ("rise_class", "i8"), ("status", "i8"), ("link", "i8"), ("who", "i8"), ("started", "f8"),
    ("finished", "f8"),
])  # fmt: skip
# What is alike. `tier` is the band if it is hard, else SOFT; `level` is ln weight - ln minutes, `slope`
# 1 / (lookahead x target); `first` is where its heap begins, `head_due` its head's `felt`.
CLASSES = np.dtype([
    ("minutes", "f8"), ("level", "f8"), ("slope", "f8"), ("head_due", "f8"), ("first", "i8"),
    ("group", "i8"), ("practice", "i8"), ("band", "i4"), ("tier", "i4"),
])  # fmt: skip
# Who. `stretch` up to `last_stretch` are theirs (the last not included), as are the choices of classes.
# `held` are planned minutes on the list from `head` to `tail`; `left` of what is in progress (`current`).
# `last` is the practice they took work for last, `worked` the one they started work for last.
PEOPLE = np.dtype([
    ("stretch", "i8"), ("last_stretch", "i8"), ("choice_first", "i8"), ("choice_last", "i8"), ("head", "i8"),
    ("tail", "i8"), ("held", "f8"), ("current", "i8"), ("left", "f8"), ("idle", "i8"), ("last", "i8"),
    ("worked", "i8"),
])  # fmt: skip
# What happens by itself: a row can be done from `moment` on, or (`rising`) rises to its other class.
MOVES = np.dtype([("moment", "f8"), ("row", "i8"), ("rising", "i8")])
# What stands on lists at the start, in order.
LISTED = np.dtype([("row", "i8"), ("owner", "i8"), ("started", "i8")])

Table = NDArray[Any]


class Hub(NamedTuple):
    """All of one run.

    `sizes`: how many wait in each class (apart, as most are empty and this is asked most); `free`: when each
    person decides something next; `credit[0]`: the reserve's minutes; `idlers[0]`: how
    many people are idle; from `stop` to `go` the rule's clock stands still.
    """

    rows: Table
    classes: Table
    sizes: Ints
    people: Table
    start: Floats
    end: Floats
    free: Floats
    heap: Ints
    choices: Ints
    may: Bools
    credit: Floats
    idlers: Ints
    stop: Floats
    go: Floats


class Numbers(NamedTuple):
    """The rule's numbers: `bonus` is the logarithm of the factor for the practice just worked for."""

    buffer: float
    bonus: float
    margin: float
    reserve: float
    ceiling: float
