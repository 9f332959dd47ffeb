"""Recalls to set up without knowing codes: what to raise, how often, and what to ask. Not advice.

Intervals are those of `intervals`, where a medicine stands there; which tests belong to a medicine is
general knowledge that each practice's own schedule replaces. The form shows all of it to be changed.
"""

from dataclasses import dataclass

from hub.domain.recalls.intervals import LOCAL, SPS
from hub.domain.recalls.rhythm import Every, Rhythm, Unit

EHCH = "NHS England, enhanced health in care homes: a weekly round of each home"
QOF = "Quality and Outcomes Framework: reviews of most conditions count once a year"
_BLOOD = "full blood count, kidney and liver function"


@dataclass(frozen=True, slots=True)
class Ready:
    """One recall to start from: what stands in its form, and where its interval is from."""

    code: str
    title: str
    kind: str
    rhythm: Rhythm
    every: Every
    name: str
    ask: str
    source: str
    subtype: str = ""


def _monitoring(
    code: str, subtype: str, medicine: str, months: int, tests: str, source: str = LOCAL, note: str = ""
) -> Ready:
    return Ready(
        code=code,
        title=f"{medicine}, {months} months after the last test{note}",
        kind="HRDM",
        rhythm=Rhythm.SINCE_DONE,
        every=Every(months, Unit.MONTH),
        name=f"{medicine} monitoring",
        ask=f"{medicine} monitoring is due: {tests}. Check what is back; ask us to book what is missing.",
        source=source,
        subtype=subtype,
    )


MONITORING = (
    _monitoring("methotrexate", "MTX", "Methotrexate", 3, _BLOOD),
    _monitoring("azathioprine", "AZA", "Azathioprine or mercaptopurine", 3, _BLOOD),
    _monitoring("leflunomide", "LEF", "Leflunomide", 3, f"{_BLOOD}, blood pressure"),
    _monitoring("sulfasalazine", "SULFA", "Sulfasalazine", 3, _BLOOD),
    _monitoring("mycophenolate", "MYCO", "Mycophenolate", 3, _BLOOD),
    _monitoring("ciclosporin", "CICLO", "Ciclosporin", 3, f"{_BLOOD}, blood pressure"),
    _monitoring("lithium", "LITHIUM", "Lithium", 3, "level, kidneys, calcium, thyroid, weight"),
    _monitoring(
        "doac", "DOAC", "DOAC", 12, f"{_BLOOD}, creatinine clearance, weight", SPS, "; 4 in the elderly"
    ),
    _monitoring("amiodarone", "AMIO", "Amiodarone", 6, "thyroid and liver function"),
    _monitoring("valproate", "VALPRO", "Valproate", 6, "full blood count, liver, annual risk form"),
    _monitoring(
        "antipsychotic",
        "ANTIPSY",
        "Antipsychotic",
        12,
        f"{_BLOOD}, HbA1c, lipids, prolactin, blood pressure",
    ),
    _monitoring("adhd", "ADHD", "ADHD medicine", 6, "weight, pulse, blood pressure"),
)
OTHERS = (
    Ready(
        "care-home-round", "Weekly care-home round", "CAREHOME", Rhythm.FIXED, Every(1, Unit.WEEK),
        "Weekly round of (name of the home)", "Weekly round: what the home's staff ask about each resident.",
        EHCH,
    ),
    Ready(
        "birth-month", "Long-term condition reviews by month of birth", "LTC", Rhythm.BIRTH_MONTH,
        Every(12, Unit.MONTH), "Reviews by month of birth",
        "Yearly review. Readings and results that it needs are in the record.", QOF,
    ),
)  # fmt: skip
READY = {one.code: one for one in (*MONITORING, *OTHERS)}
