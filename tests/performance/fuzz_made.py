"""The file of a seed: a clean one, then one change after the other, each with its name."""

import random
from collections.abc import Callable
from typing import Any

from tests.performance.fuzz_files import Draft, Made, base, write_csv, write_parts
from tests.performance.fuzz_parts import BYTES, LARGE, PARTS, WHOLE
from tests.performance.fuzz_rows import ROWS, TEXTS
from tests.support import workbooks


def make(seed: int, *, most_rows: int = 8, small: bool = False) -> Made:
    """Return the file of a seed: always the same one. `small` leaves out what takes long to make."""
    chance = random.Random(seed)
    draft, kind = base(chance, most_rows)
    _some(ROWS, draft, chance)
    if draft.xlsx:
        parts = write_parts(draft, chance)
        for name in _chosen(PARTS, chance, 0.55):
            if not (small and name in LARGE):
                PARTS[name](parts, chance)
                draft.done.append(name)
        data = workbooks.packed(parts)
    else:
        text = write_csv(draft, chance)
        for name in _chosen(TEXTS, chance, 0.5):
            text = TEXTS[name](text, chance)
            draft.done.append(name)
        data = text.encode(draft.encoding, "replace")
    for name in _chosen(BYTES, chance, 0.2):
        data = BYTES[name](data, chance)
        draft.done.append(name)
    if chance.random() < 0.05:
        name = chance.choice(list(WHOLE))
        data = WHOLE[name](data, chance)
        draft.done.append(name)
    if chance.random() < 0.1:
        draft.name = chance.choice(
            ["list.csv", "list.xlsx", "list", "a/b\\c.CSV", "ü\u202e.xlsx", ".xlsx", "x" * 300]
        )
        draft.done.append("another name")
    if chance.random() < 0.2:
        kind = chance.choice(["SMR", "LTC", "DISCH", "DOCWF", "OPLET", "MEDQ", "column"])
    return Made(data, draft.name, kind, tuple(draft.done))


def _chosen(kinds: dict[str, Any], chance: random.Random, share: float) -> list[str]:
    count = chance.choice([1, 1, 2]) if chance.random() < share else 0
    return chance.sample(list(kinds), min(count, len(kinds)))


def _some(
    kinds: dict[str, Callable[[Draft, random.Random], None]], draft: Draft, chance: random.Random
) -> None:
    for name in chance.sample(list(kinds), chance.choice([0, 1, 1, 2, 3])):
        kinds[name](draft, chance)
        draft.done.append(name)
