"""What a person wants a practice, a membership or a contract to be, once it has been read from a form."""

import datetime as dt
from dataclasses import dataclass

JsonHours = dict[str, list[list[str]]]


@dataclass(frozen=True)
class PracticeDraft:
    """What the hub keeps about a practice, beyond what ODS publishes."""

    served: bool
    clinical_system: str
    bypass_number: str
    how_to_get_in: str
    standing_instructions: str
    opening_hours: JsonHours
    preferred_contact: str = ""
    service_bought: str = ""


@dataclass(frozen=True)
class NewPractice:
    """A practice that the ODS file does not have yet."""

    ods_code: str
    name: str
    town: str
    postcode: str
    telephone: str


@dataclass(frozen=True)
class Period:
    """Days from `starts_on` until just before `ends_on`; None goes on."""

    starts_on: dt.date
    ends_on: dt.date | None


@dataclass(frozen=True)
class ContractDraft:
    """Minutes bought for the days from `starts_on` until just before `ends_on`."""

    starts_on: dt.date
    ends_on: dt.date
    minutes: int


@dataclass(frozen=True)
class Closing:
    """From which day a practice takes no new requests, and who follows it (an ODS code, "" for nobody)."""

    closes_on: dt.date
    successor: str
