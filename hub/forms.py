"""Reading what was typed: small readers that collect every problem before refusing anything."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from hub.domain.errors import Invalid
from hub.domain.month_names import MONTHS

LONDON = ZoneInfo("Europe/London")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# Hours and, unless it is the full hour, minutes: 9, 09, 9:00, 0900, 2.50pm.
_TIME = re.compile(r"([01]?\d|2[0-3])(?:[:. ]?([0-5]\d))? ?(am|pm)?")


class Reader:
    """Reads one submitted form. Each reader notes its problem under the field's name;
    `done()` raises them all together, so that a person mends everything at once."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self.form = form
        self.problems: dict[str, str] = {}

    def problem(self, name: str, sentence: str) -> None:
        """Note a problem with field `name`; the first one noted stays."""
        self.problems.setdefault(name, sentence)

    def text(self, name: str, missing: str = "", *, longest: int = 200) -> str:
        """Return the trimmed text; with `missing` given, an empty one is a problem saying so."""
        value = self.form.get(name, "").strip()
        if "\x00" in value:
            value = value.replace("\x00", "")
        if not value and missing:
            self.problem(name, missing)
        if len(value) > longest:
            self.problem(name, f"Use {longest} characters or fewer; this has {len(value)}.")
        return value

    def email(self, name: str, missing: str) -> str:
        """Return an e-mail address in small letters; an empty one is a problem saying `missing`."""
        value = self.text(name, missing, longest=200).lower()
        if value and not _EMAIL.fullmatch(value):
            self.problem(name, "Enter an e-mail address like name@example.org.")
        return value

    def choice(self, name: str, allowed: Iterable[str], missing: str, *, required: bool = True) -> str:
        """Return one of `allowed`, or "" with a problem noted (or silently, when not required)."""
        value = self.form.get(name, "")
        if value in set(allowed):
            return value
        if required or value:
            self.problem(name, missing)
        return ""

    def whole(self, name: str, sentence: str, *, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`; otherwise note `sentence` and return `least`."""
        value = self.form.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        self.problem(name, sentence)
        return least

    def date(
        self, name: str, what: str, *, required: bool = True, example: str = "27 3 2026"
    ) -> dt.date | None:
        """Return the date typed as NAME-day, NAME-month (number or name), NAME-year.

        `example` is one that makes sense here, best that of the field's hint.
        """
        parts = [self.form.get(f"{name}-{part}", "").strip() for part in ("day", "month", "year")]
        if not any(parts):
            if required:
                self.problem(name, f"Enter {what}.")
            return None
        day, month, year = parts
        if not all(parts):
            lacking = " and ".join(w for w, p in zip(("day", "month", "year"), parts, strict=True) if not p)
            self.problem(name, f"Add the {lacking} of {what}.")
            return None
        month = str(MONTHS.get(month.lower(), month))
        if not re.fullmatch(r"\d{4}", year):
            self.problem(name, f"Write the year of {what} with four digits, such as {example[-4:]}.")
            return None
        try:
            return dt.date(int(year), int(month), int(day))
        except ValueError:
            self.problem(name, f"{what[0].upper()}{what[1:]} must be a real date, such as {example}.")
            return None

    def moment(self, date_name: str, time_name: str, what: str) -> dt.datetime | None:
        """Return the London moment typed as a date and a time, aware, in UTC."""
        day = self.date(date_name, f"the date of {what}")
        time = time_of_day(self.form.get(time_name, ""))
        if time is None:
            self.problem(time_name, f"Write the time of {what} as hours and minutes, such as 14:30.")
            return None
        if day is None:
            return None
        return dt.datetime.combine(day, time, LONDON).astimezone(dt.UTC)

    def time(self, name: str, what: str) -> dt.time | None:
        """Return a time of day typed as "09:00", "9.00", "0900", "2.50pm" or just "9"."""
        time = time_of_day(self.form.get(name, ""))
        if time is None:
            self.problem(name, f"Write {what} as hours and minutes, such as 09:00.")
        return time

    def done(self) -> None:
        """Raise Invalid with every problem noted; do nothing when there is none."""
        if self.problems:
            raise Invalid(self.problems)


def time_of_day(typed: str) -> dt.time | None:
    """Return a time of day typed as "09:00", "9.00", "0900", "2.50pm" or just "9"; None if it is none."""
    match = _TIME.fullmatch(re.sub(r"([ap])\.m\.?$", r"\1m", " ".join(typed.lower().split())))
    if match is None:
        return None
    hour, half = int(match[1]), match[3]
    if half and not 1 <= hour <= 12:
        return None if hour == 0 or half == "am" else dt.time(hour, int(match[2] or 0))
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return dt.time(hour, int(match[2] or 0))


def date_values(name: str, value: dt.date | None) -> dict[str, str]:
    """Return the three boxes' contents that show `value` in a date field."""
    if value is None:
        return {}
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}
