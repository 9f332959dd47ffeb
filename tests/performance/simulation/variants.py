"""What arrives in the simulated hub: twenty-eight variants of twenty kinds of work.

Bands, targets and planned minutes are the product's own where it has the kind (`hub/protocols/kinds`),
else plausible planning figures. Shares are assumed, as no hub has published them: reviews are two fifths
of the minutes, what is due within two days another two fifths.
"""

from dataclasses import dataclass

DAY_MINUTES = 600
NO_DEADLINE = 2**40


@dataclass(frozen=True, slots=True)
class Variant:
    """One sort of work.

    `who`: P pharmacist, I prescribing pharmacist, T technician, E either profession. `target_days` ends at
    the close of that working day; 0 means `target_minutes`. `deadline_days`: the hard deadline, 0 for none.
    `share` is its part of what arrives, by number.
    """

    code: str
    kind: str
    band: int
    target_days: int
    planned: int
    who: str
    share: float
    deadline_days: int = 0
    target_minutes: int = 0

    @property
    def target(self) -> int:
        """Its own target in working minutes."""
        return self.target_minutes or self.target_days * DAY_MINUTES

    @property
    def is_review(self) -> bool:
        """Whether it is a structured medication review or a long-term-condition review."""
        return self.kind == "SMR" or self.kind.startswith("LTC")


# NICE's seven days from receipt are five working days in a world without weekends.
_NICE_DAYS = 5

VARIANTS: tuple[Variant, ...] = (
    Variant("MEDQ-now", "MEDQ", 1, 0, 10, "P", 1.4, target_minutes=240),
    Variant("RXREQ-now", "RXREQ", 1, 0, 5, "I", 1.4, target_minutes=240),
    Variant("MEDQ-high-risk", "MEDQ", 2, 1, 10, "P", 4),
    Variant("DISCH-high-risk", "DISCH", 2, 2, 20, "P", 3, deadline_days=_NICE_DAYS),
    Variant("OPLET-urgent", "OPLET", 2, 1, 10, "P", 3),
    Variant("RESULT-abnormal", "RESULT", 2, 1, 5, "P", 4),
    Variant("CAREHOME", "CAREHOME", 2, 1, 15, "P", 2),
    Variant("ALERT-urgent", "ALERT", 2, 2, 45, "P", 0.4),
    Variant("RXREQ", "RXREQ", 3, 2, 5, "I", 6),
    Variant("DISCH-changes", "DISCH", 3, 2, 20, "P", 3, deadline_days=_NICE_DAYS),
    Variant("DISCH", "DISCH", 3, 2, 15, "E", 4, deadline_days=_NICE_DAYS),
    Variant("OPLET", "OPLET", 3, 2, 10, "E", 9),
    Variant("DOCWF", "DOCWF", 3, 3, 5, "T", 13),
    Variant("MEDQ", "MEDQ", 3, 2, 10, "E", 8),
    Variant("REAUTH", "REAUTH", 3, 2, 5, "I", 8),
    Variant("RESULT", "RESULT", 3, 3, 5, "P", 4),
    Variant("SHORTAGE", "SHORTAGE", 3, 3, 10, "T", 1.5),
    Variant("SMR-care-home", "SMR", 3, 7, 60, "P", 0.8),
    Variant("HRDM", "HRDM", 4, 5, 10, "E", 4),
    Variant("NEWREG", "NEWREG", 4, 5, 15, "T", 3),
    Variant("DEPRESC", "DEPRESC", 4, 10, 15, "P", 1),
    Variant("SMR", "SMR", 4, 20, 35, "P", 7),
    Variant("LTC-asthma", "LTC-asthma", 4, 20, 20, "P", 4),
    Variant("LTC-diabetes", "LTC-diabetes", 4, 20, 30, "P", 4),
    Variant("LTC-blood-pressure", "LTC-bp", 4, 20, 10, "T", 5),
    Variant("SWITCH", "SWITCH", 5, 20, 5, "T", 4),
    Variant("ERD", "ERD", 5, 20, 5, "T", 3),
    Variant("AUDIT", "AUDIT", 5, 20, 60, "E", 0.4),
)
