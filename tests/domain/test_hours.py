"""Opening hours of a week: read, checked and written."""

from datetime import time

import pytest

from hub.domain.hours import Hours


def test_hours_read_back_as_written() -> None:
    data = {"mon": [["08:00", "12:30"], ["13:30", "18:30"]], "sat": [["00:00", "24:00"]]}
    assert Hours.from_json(data).to_json() == data


def test_hours_are_put_in_order_and_may_touch() -> None:
    hours = Hours.from_json({"tue": [["13:00", "17:00"], ["9:00", "13:00"]]})
    assert hours.to_json() == {"tue": [["09:00", "13:00"], ["13:00", "17:00"]]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "at least one day"),
        ({"mon": []}, "at least one day"),
        ({"monday": [["08:00", "18:30"]]}, "not “monday”"),
        (
            {"mon": [["8am", "18:30"]]},
            "Monday: write times on the 24-hour clock, for example 08:30, not “8am”",
        ),
        ({"tue": [["08:00", "25:00"]]}, "Tuesday: write times"),
        ({"tue": [["24:00", "08:00"]]}, "Tuesday: write times"),
        ({"tue": [["08:60", "18:30"]]}, "Tuesday: write times"),
        ({"wed": [["18:30", "08:00"]]}, "Wednesday: closing at 08:00 must come after opening at 18:30"),
        ({"wed": [["08:00", "08:00"]]}, "Wednesday: closing at 08:00 must come after"),
        (
            {"thu": [["08:00", "13:00"], ["12:59", "18:30"]]},
            "Thursday: the hours from 08:00 and from 12:59 over",
        ),
        ({"fri": [["08:00", "24:00"], ["12:00", "13:00"]]}, "Friday: .* overlap"),
        ({"sat": [["08:00"]]}, "Saturday: give an opening and a closing time"),
        ({"sun": ["08:00"]}, "Sunday: give an opening and a closing time"),
        ({"sun": [[8, 18]]}, "Sunday: write times .* not “8”"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_day_and_what_to_do(
    data: dict[str, list[list[str]]], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Hours.from_json(data)


def test_hours_are_for_seven_days_and_whole_minutes() -> None:
    with pytest.raises(ValueError, match="7 days of a week, not for 5"):
        Hours((((time(8), time(18)),),) * 5)
    with pytest.raises(ValueError, match="Monday: opening hours are whole minutes"):
        Hours((((time(8, 0, 30), time(18)),), *((),) * 6))
