"""The demo's networks and practices: all invented.

Codes begin with Z, which ODS gives to no practice, or U999; telephone numbers are from a
range that Ofcom keeps for drama (01632 960000 to 960999).
"""

from dataclasses import dataclass, field

from hub.domain.vocabulary import ClinicalSystem

CORE = {day: [["08:00", "18:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LATE_TUESDAY = CORE | {"tue": [["08:00", "20:00"]]}
LUNCH_CLOSED = {day: [["08:00", "13:00"], ["14:00", "18:30"]] for day in CORE}
SATURDAY_TOO = CORE | {"sat": [["09:00", "12:00"]]}


@dataclass(frozen=True)
class DemoPractice:
    """One invented practice; `number` is the end of its telephone numbers."""

    code: str
    name: str
    town: str
    number: int
    system: ClinicalSystem
    how: str
    instructions: str = ""
    hours: dict[str, list[list[str]]] = field(default_factory=lambda: CORE)

    @property
    def telephone(self) -> str:
        """The public number."""
        return f"01632 960{self.number:03d}"

    @property
    def bypass(self) -> str:
        """The number the practice answers when the public one is busy."""
        return f"01632 960{self.number + 500:03d}"


@dataclass(frozen=True)
class DemoNetwork:
    """One invented network with its practices and the minutes it has bought for the year."""

    code: str
    name: str
    minutes: int
    practices: tuple[DemoPractice, ...]


_EMIS = "EMIS Web: choose this practice when you sign in, role Clinical Practitioner Access."
_S1 = "SystmOne: remote gateway, unit {unit}. Tasks to us come to the group Pharmacy hub."
_MEDICUS = "Medicus: your hub account opens it; pick the practice at the top right."
_VISION = "Vision through the remote desktop; press F7 for the task list."

NETWORKS = (
    DemoNetwork(
        "U99901",
        "Harrowdale PCN",
        168_000,
        (
            DemoPractice(
                "Z90001", "Mill Lane Surgery", "Harrowdale", 101, ClinicalSystem.EMIS, _EMIS,
                "Leave prescriptions for signing with Dr Obi. Telephone before 11:00 for the same day.",
            ),
            DemoPractice(
                "Z90002", "Thornfield Medical Centre", "Harrowdale", 102, ClinicalSystem.EMIS, _EMIS,
                "Blister packs: tell the pharmacy two working days ahead.", LATE_TUESDAY,
            ),
            DemoPractice(
                "Z90003", "The Old Forge Practice", "Upper Wick", 103, ClinicalSystem.SYSTMONE,
                _S1.format(unit="Old Forge"), "No changes to controlled drugs without the duty doctor.",
            ),
            DemoPractice(
                "Z90004", "Wickbridge Family Practice", "Wickbridge", 104, ClinicalSystem.SYSTMONE,
                _S1.format(unit="Wickbridge"), "", LUNCH_CLOSED,
            ),
        ),
    ),
    DemoNetwork(
        "U99902",
        "Saltmarsh Coast PCN",
        141_000,
        (
            DemoPractice(
                "Z90005", "Lighthouse Surgery", "Saltmarsh", 105, ClinicalSystem.SYSTMONE,
                _S1.format(unit="Lighthouse"), "Care home residents: copy the home's manager in.",
            ),
            DemoPractice(
                "Z90006", "Harbour Road Medical Practice", "Saltmarsh", 106, ClinicalSystem.EMIS, _EMIS,
                "Docman inbox: Pharmacy hub. Do not complete a workflow that names a doctor.",
            ),
            DemoPractice(
                "Z90007", "Dunes Health Centre", "Ferrow Sands", 107, ClinicalSystem.MEDICUS, _MEDICUS,
                "", SATURDAY_TOO,
            ),
            DemoPractice(
                "Z90008", "Beacon Hill Surgery", "Ferrow Sands", 108, ClinicalSystem.EMIS, _EMIS,
                "Duty doctor by the by-pass number only.",
            ),
        ),
    ),
    DemoNetwork(
        "U99903",
        "Aldermoor and District PCN",
        120_000,
        (
            DemoPractice(
                "Z90009", "Aldermoor Group Practice", "Aldermoor", 109, ClinicalSystem.EMIS, _EMIS,
                "Two sites, one record. Say in the consultation which site the patient uses.", LATE_TUESDAY,
            ),
            DemoPractice(
                "Z90010", "Canal Street Practice", "Aldermoor", 110, ClinicalSystem.VISION, _VISION,
                "Interpreter needed often: the practice books it, telephone reception.",
            ),
            DemoPractice(
                "Z90011", "Bramblewood Surgery", "Bramble Green", 111, ClinicalSystem.SYSTMONE,
                _S1.format(unit="Bramblewood"), "Dispensing practice: supply questions go to its dispensary.",
            ),
            DemoPractice(
                "Z90012", "St Wilfrid's Medical Practice", "Bramble Green", 112, ClinicalSystem.MEDICUS,
                _MEDICUS, "", LUNCH_CLOSED,
            ),
        ),
    ),
)  # fmt: skip

PRACTICES = tuple(practice for network in NETWORKS for practice in network.practices)
