"""How often some high-risk medicines are usually monitored once stable: a hint on the form, not advice."""

from dataclasses import dataclass

SPS = "Specialist Pharmacy Service, medicines monitoring (sps.nhs.uk)"
LOCAL = "a practice's own schedule; local ones differ"


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual interval of a medicine or group, and who says so."""

    medicine: str
    interval: str
    source: str


USUAL: tuple[Usual, ...] = (
    Usual("Direct oral anticoagulants (DOACs)", "12 months; 4 months in the elderly", SPS),
    Usual("DOACs with creatinine clearance below 60 ml/min", "clearance divided by 10, in months", SPS),
    Usual("Methotrexate, azathioprine, leflunomide and other DMARDs", "3 months", LOCAL),
    Usual("Lithium", "3 months", LOCAL),
    Usual("Amiodarone", "6 months", LOCAL),
    Usual("ADHD medicines", "6 months", LOCAL),
    Usual("Valproate", "6 months", LOCAL),
    Usual("Antipsychotics", "12 months", LOCAL),
)
