"""What a lead's choice about the order cost where it was measured: in simulation, not in this hub.

The figures come from `make bench ONLY=policy`; docs/evidence/policies.md says how the simulated hub is
made, and a test holds this file equal to the lines printed.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("measured_prices.json")


@dataclass(frozen=True, slots=True)
class Price:
    """What happened at one value of a setting: mean percentages of the tasks due in sixty working days.

    `load` is the work over the minutes there were, `shape` "sustained" (for sixty days) or "surge" (for
    twenty, then 0.75). `breach_pct` are tasks late or not done, `breach_minutes_pct` the same by planned
    minutes.
    """

    value: int
    load: float
    shape: str
    breach_pct: float
    breach_minutes_pct: float
    smr_ltc_breach_pct: float
    band1_breach_pct: float
    band2_breach_pct: float


@cache
def prices(setting: str) -> tuple[Price, ...]:
    """Return what was measured for a setting of the order or the buffer; () where nothing was.

    Settings are named as in the policy: hard_bands, reserve_percent, buffer_minutes, lookahead_percent,
    same_practice_percent. Only one setting differs from the default at a time.
    """
    rows = json.loads(_FILE.read_text(encoding="utf-8")).get(setting, [])
    return tuple(Price(**row) for row in rows)
