"""Two hundred made and broken files through the real pages: `make fuzz` takes five thousand."""

import pytest
from flask import Flask

from tests.performance.fuzz import Outcome, Person, held_mb, run
from tests.performance.fuzz_files import Made
from tests.performance.fuzz_made import make as made_file
from tests.support.factories import Make

PARTS, EACH = 4, 50  # parts, so that several processes share them
MOST_ADDED_MB = 120  # small files; what the hub's process itself takes is about 180 of the 300


@pytest.mark.parametrize("part", range(PARTS))
def test_no_file_breaks_a_page_or_leaves_half_an_import(app: Flask, make: Make, part: int) -> None:
    practice, other = make.practice(ods_code="K81003"), make.practice("Elder Tree Surgery")
    outcome = Outcome()
    person = Person(app, make.requester(practice, other))
    # A process of tests holds much besides, so here it counts what the files add; `make fuzz` counts all.
    most = held_mb() + MOST_ADDED_MB
    seeds = range(part * EACH, (part + 1) * EACH)
    run(person, seeds, made, outcome, pages=20, approve=12, most_mb=most)
    assert not outcome.wrong, "\n".join(outcome.wrong)
    assert outcome.refused["all files"] > EACH / 5 and outcome.checked > EACH / 5


def made(seed: int) -> Made:
    """A small file, quickly made."""
    return made_file(seed, most_rows=3, small=True)
