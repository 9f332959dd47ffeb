"""When corrected details are still the same patient's, and what is said of them."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from hub.domain.patient import Identity, before_words, detail_words, differ_in_both, is_another

HELD = Identity("Potts", "Ivor", dt.date(1949, 12, 3), "9997200012", "", "")


@pytest.mark.parametrize(
    ("changed", "another"),
    [
        ({"family": "Potter"}, False),
        ({"family": "Someoneelse"}, False),  # a marriage
        ({"family": "Potter", "born": dt.date(1949, 12, 4)}, False),
        ({"family": "Potter", "born": dt.date(1949, 3, 12)}, False),
        ({"family": "Potter", "born": dt.date(1950, 12, 4)}, True),
        ({"family": "Brown", "born": dt.date(1949, 12, 4)}, True),
        ({"family": "Potter", "born": dt.date(1949, 12, 4), "nhs_number": "9990000018"}, True),
        ({"family": "Potter", "born": dt.date(1949, 12, 4), "nhs_number": ""}, True),
    ],
)
def test_two_slips_under_one_number_are_the_same_patients(changed: dict[str, Any], another: bool) -> None:
    typed = dataclasses.replace(HELD, **changed)
    assert is_another(HELD, typed) is another
    assert differ_in_both(HELD, typed) is (len(changed) > 1)


def test_without_a_number_two_slips_are_another_patients() -> None:
    held = dataclasses.replace(HELD, nhs_number="")
    assert is_another(held, dataclasses.replace(held, family="Potter", born=dt.date(1949, 12, 4)))


def test_what_was_corrected_is_named_and_what_it_was_is_told() -> None:
    assert detail_words(["born", "family"]) == "family name, date of birth"
    assert before_words(HELD, ["born", "record_number"]) == (
        "Before: date of birth 03-Dec-1949; practice record number none."
    )
