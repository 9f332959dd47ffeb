"""Who a patient is: enough to check identity against the open record, and nothing more."""

import datetime as dt
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Identity:
    """A patient's identity as the practice gave it.

    `nhs_number` is ten digits or ""; if "", `no_number_because` says why there is none.
    `family` and `given` are shown as "SMITH, Jane".
    """

    family: str
    given: str
    born: dt.date
    nhs_number: str
    no_number_because: str
    record_number: str

    @property
    def name(self) -> str:
        """Return the name as clinical banners show it: SMITH, Jane."""
        return f"{self.family.upper()}, {self.given}"

    def age_on(self, day: dt.date) -> int:
        """Return the age in whole years on `day`."""
        before = (day.month, day.day) < (self.born.month, self.born.day)
        return day.year - self.born.year - before

    def as_data(self) -> dict[str, Any]:
        """Return the JSON form that is sealed."""
        return asdict(self) | {"born": self.born.isoformat()}

    @staticmethod
    def from_data(data: dict[str, Any]) -> "Identity":
        """Return the identity from its JSON form; an erased one says so in every part."""
        if not data:
            return Identity("(erased)", "", dt.date(1900, 1, 1), "", "erased", "")
        return Identity(**(data | {"born": dt.date.fromisoformat(data["born"])}))


def name_key(family: str, born: dt.date) -> str:
    """Return what a patient is found by who has no number at hand: family name and date of birth as one.

    Capitals, accents, spaces and hyphens do not count; the spelling does.
    """
    plain = unicodedata.normalize("NFKD", family).casefold()
    return f"{''.join(c for c in plain if c.isalnum())}|{born.isoformat()}"
