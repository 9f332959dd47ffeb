"""What someone wants to see of a list of requests, as it stands in the list's address.

Filters and sort order are plain words; none of them names a patient. What makes no sense is
left out, except dates that were typed: those have a problem to mend.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace

from hub.domain.vocabulary import RequestedUrgency
from hub.domain.worktime import start_of_day

SHOWS = ("open", "needs", "new", "done", "stopped", "all")
# Where an open request stands, finer than `SHOWS`.
STATUSES = (
    "open", "in-line", "assigned", "in-progress", "waiting-practice", "waiting-others", "sent-back",
)  # fmt: skip
LATENESS = ("no", "late", "arrival")  # each request is in exactly one of them
SORTS = (
    "",
    "due",
    "-due",
    "raised",
    "-raised",
    "closed",
    "-closed",
    "kind",
    "-kind",
    "practice",
    "-practice",
)
ANY = "any"
MOST_WORDS = 80

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_CODE = re.compile(r"[a-z0-9_-]{1,40}")
_REF = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{1,2})[ /.-](\d{1,2}|[a-z]{3,9})[ /.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters and the order; an empty one filters nothing.

    `practice` is an ODS code, `raised_from` and `raised_to` are days (both included), `done` and
    `sent_back` months such as "2026-11", `reason` the code of why it was sent back, `outcome` the
    code of how it ended, `due` "week" for what is still due this week, `not_told` the words of a
    safety question that was not answered, or "any", `file` the reference of the file that raised it.
    """

    show: str = "open"
    status: str = ""
    late: str = ""
    kind: str = ""
    practice: str = ""
    urgency: str = ""
    mine: bool = False
    raised_from: dt.date | None = None
    raised_to: dt.date | None = None
    due: str = ""
    to_do: bool = False
    done: str = ""
    outcome: str = ""
    sent_back: str = ""
    reason: str = ""
    not_told: str = ""
    file: str = ""
    sort: str = ""

    def query(self) -> dict[str, str]:
        """Return the words of the address that say the same; what filters nothing is left out."""
        found = {}
        for name, value in asdict(self).items():
            words = _word(value)
            if words and (name, words) != ("show", "open"):
                found[name.replace("_", "-")] = words
        return found

    def without(self, *names: str) -> "Wanted":
        """Return the same with these filters taken off."""
        fresh = Wanted()
        return replace(self, **{name: getattr(fresh, name) for name in names})

    def filters(self) -> tuple[str, ...]:
        """Return the names of the filters that are set, `show` and `sort` not among them."""
        bare = Wanted()
        names = [name for name in asdict(self) if name not in ("show", "sort")]
        return tuple(name for name in names if getattr(self, name) != getattr(bare, name))


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from an address, and what is wrong with dates that were typed (by field)."""

    wanted: Wanted
    problems: dict[str, str] = field(default_factory=dict)


def read(args: Mapping[str, str], kinds: Collection[str], practices: Collection[str]) -> Read:
    """Return what an address asks for, of these kinds and practices (codes)."""
    problems: dict[str, str] = {}
    first, last = (_typed(args, f"raised-{end}", problems) for end in ("from", "to"))
    if first and last and last < first and not problems:
        problems["raised-to"] = "The last day must be the same as or after the first."
    words = args.get("not-told", "")
    wanted = Wanted(
        show=_one(args, "show", SHOWS) or "open",
        status=_one(args, "status", STATUSES),
        late=_one(args, "late", LATENESS),
        kind=_one(args, "kind", kinds),
        practice=_one(args, "practice", practices),
        urgency=_one(args, "urgency", tuple(one.value for one in RequestedUrgency)),
        mine=args.get("mine") == "1",
        raised_from=None if problems else first,
        raised_to=None if problems else last,
        due=_one(args, "due", ("week",)),
        to_do=args.get("to-do") == "1",
        done=_shaped(args, "done", _MONTH),
        outcome=_shaped(args, "outcome", _CODE),
        sent_back=_shaped(args, "sent-back", _MONTH),
        reason=_shaped(args, "reason", _CODE),
        not_told=words if len(words) <= MOST_WORDS and words.isprintable() else "",
        file=_shaped(args, "file", _REF),
        sort=_one(args, "sort", SORTS),
    )
    return Read(wanted, problems)


def day_of(typed: str) -> dt.date | None:
    """Return the day typed as 2026-11-02, 2 11 2026, 02/11/2026 or 2-Nov-2026; None if it is none."""
    text = " ".join(typed.lower().split())
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        found = _DATE.fullmatch(text)
    if found is None:
        return None
    month = found[2] if found[2].isdigit() else _number_of(found[2])
    try:
        return dt.date(int(found[3]), int(month), int(found[1]))
    except ValueError:
        return None


def is_month(text: str) -> bool:
    """Say whether this is a month such as "2026-11"."""
    return bool(_MONTH.fullmatch(text))


def span_of_month(month: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the first moment of a month such as "2026-11" in England, and of the next one."""
    first = dt.date.fromisoformat(f"{month}-01")
    return start_of_day(first), start_of_day(next_month(first))


def next_month(day: dt.date) -> dt.date:
    """Return the first day of the month after this day's."""
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def end_of_week(today: dt.date) -> dt.datetime:
    """Return the moment in which the week of this day ends: Sunday's midnight in England."""
    return start_of_day(today + dt.timedelta(days=7 - today.weekday()))


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")


def _one(args: Mapping[str, str], name: str, allowed: Collection[str]) -> str:
    value = args.get(name, "")
    return value if value in allowed else ""


def _shaped(args: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = args.get(name, "")
    return value if shape.fullmatch(value) else ""


def _typed(args: Mapping[str, str], name: str, problems: dict[str, str]) -> dt.date | None:
    typed = args.get(name, "").strip()
    day = day_of(typed)
    if typed and (day is None or not 2000 <= day.year < 2100):
        which = "first" if name.endswith("from") else "last"
        problems[name] = f"Write the {which} day as a real date, such as 27 3 2026."
        return None
    return day


def _number_of(name: str) -> str:
    return str(_MONTHS.index(name[:3]) + 1) if name[:3] in _MONTHS else "0"
