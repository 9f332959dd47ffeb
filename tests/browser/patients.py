"""Made-up patients as people type them, with words that must turn up only on the pages meant for them."""

import datetime as dt
from dataclasses import dataclass

from hub.domain import identifiers
from hub.domain.patient import Identity


@dataclass(frozen=True)
class Patient:
    """Whom a request is about, and what is asked, asked back and answered."""

    family: str
    given: str
    born: dt.date
    nhs_number: str
    record_number: str
    ask: str
    question: str = ""
    answer: str = ""

    @property
    def spaced_number(self) -> str:
        """The number as people write it."""
        return identifiers.format_nhs_number(self.nhs_number)

    @property
    def identity(self) -> Identity:
        """As the hub keeps it."""
        return Identity(
            family=self.family,
            given=self.given,
            born=self.born,
            nhs_number=self.nhs_number,
            no_number_because="",
            record_number=self.record_number,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What identifies this patient, or was written about them, as it may be spelt anywhere."""
        number = self.nhs_number
        words = (self.family, self.given, number, self.spaced_number, self.spaced_number.replace(" ", "-"))
        dates = (self.born.isoformat(), f"{self.born:%d-%b-%Y}", f"{self.born:%d/%m/%Y}")
        return tuple(filter(None, (*words, *dates, self.record_number, self.ask, self.question, self.answer)))


HIPPOLYTA = Patient(
    family="Quillfeather",
    given="Hippolyta",
    born=dt.date(1948, 3, 27),
    nhs_number=identifiers.made_up_nhs_number(4711),
    record_number="RECORD-884213",
    ask="Her daughter asks whether the zonisamide may be opened and taken with porridge.",
    question="Which strength of zonisamide stands on the last dispensing label?",
    answer="The label of last Thursday says twenty-five milligrams.",
)
BARNABY = Patient(
    family="Nettlewick",
    given="Barnaby",
    born=dt.date(1961, 11, 9),
    nhs_number=identifiers.made_up_nhs_number(815),
    record_number="RECORD-550917",
    ask="The pharmacy has no amiloride in stock. What may he take instead?",
)
