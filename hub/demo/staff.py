"""The demo's people: all made up. Their addresses end in .example, which nobody can own."""

from dataclasses import dataclass, field

from hub.demo.places import NETWORKS
from hub.domain.vocabulary import Profession, Role

DOMAIN = "hub.example"
ALL = tuple(network.code for network in NETWORKS)
NORTH, COAST, DISTRICT = ALL
FOR_GOOD = 0  # days from today until a competence ends; 0: it has no end


@dataclass(frozen=True)
class DemoSignOff:
    """One kind (and subtype) somebody signed for: the days until it ends, and under whom, if so.

    `under` names the supervisor; "anyone" leaves it to anyone who may, "" means on their own.
    """

    kind: str
    subtype: str = ""
    days: int = FOR_GOOD
    under: str = ""


@dataclass(frozen=True)
class DemoPerson:
    """One made-up account.

    `practices` are the codes where a requester raises, `networks` those in whose practices a
    clinician works. `competences` map a code to the days until it ends (see `FOR_GOOD`).
    `hours_at_work` is how long the demo keeps them at work from its start, 0 for someone away.
    `no_sign_in` are codes of practices whose clinical system they cannot open yet; `on_call` says in
    how many days from today they are on call for a night; `breaks` are those at set times.
    """

    name: str
    title: str
    roles: tuple[Role, ...]
    practices: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    profession: Profession | None = None
    registration: str = ""
    registration_days: int = 400
    is_prescriber: bool = False
    competences: dict[str, int] = field(default_factory=dict)
    hours_at_work: float = 9.0
    all_kinds: bool = True
    supervises: bool = False
    sign_offs: tuple[DemoSignOff, ...] = ()
    no_sign_in: tuple[str, ...] = ()
    on_call: int | None = None
    breaks: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


def _manager(name: str, *practices: str, title: str = "Practice manager") -> DemoPerson:
    return DemoPerson(name, title, (Role.REQUESTER,), practices=practices)


_LTC = ("asthma", "copd", "diabetes", "heart_failure", "anticoagulation", "mental_health")

PEOPLE = (
    _manager("Karen Whitlock", "Z90001", "Z90002"),
    _manager("Imran Saddiq", "Z90005"),
    _manager("Bethan Pryce", "Z90009"),
    _manager("Joanne Tilley", "Z90003", "Z90004", title="Practice staff"),
    _manager("Marek Nowicki", "Z90006", "Z90007", "Z90008", title="Practice staff"),
    _manager("Yvonne Clarke", "Z90010", "Z90011", "Z90012", title="Practice staff"),
    DemoPerson(
        "Priya Raman", "Pharmacist, prescriber", (Role.CLINICIAN,), networks=ALL,
        profession=Profession.PHARMACIST, registration="2087101", is_prescriber=True,
        competences=dict.fromkeys(_LTC, FOR_GOOD), supervises=True, on_call=1,
    ),
    DemoPerson(
        "Daniel Okafor", "Pharmacist, prescriber", (Role.CLINICIAN,), networks=(NORTH, COAST),
        profession=Profession.PHARMACIST, registration="2087102", is_prescriber=True,
        competences={"asthma": 300, "copd": 300, "diabetes": 21, "anticoagulation": FOR_GOOD},
        sign_offs=(DemoSignOff("SMR", days=27),), on_call=0,
    ),
    DemoPerson(
        "Helen Marsh", "Pharmacist", (Role.CLINICIAN,), networks=(COAST, DISTRICT),
        profession=Profession.PHARMACIST, registration="2087103",
        competences={"heart_failure": 200, "anticoagulation": 200, "asthma": FOR_GOOD},
        no_sign_in=("Z90012",),
    ),
    DemoPerson(
        "Tomasz Zielinski", "Pharmacist", (Role.CLINICIAN,), networks=ALL,
        profession=Profession.PHARMACIST, registration="2087104", registration_days=25,
        competences={"diabetes": -12, "copd": 120, "mental_health": 120},
    ),
    DemoPerson(
        "Grace Adeyemi", "Pharmacist, prescriber (away today)", (Role.CLINICIAN,), networks=(NORTH, DISTRICT),
        profession=Profession.PHARMACIST, registration="2087105", is_prescriber=True,
        competences={"diabetes": FOR_GOOD, "anticoagulation": FOR_GOOD}, hours_at_work=0,
        breaks=(("10:45", "11:00"), ("13:00", "13:30")),
    ),
    DemoPerson(
        "Aisha Khan", "Pharmacy technician", (Role.CLINICIAN,), networks=ALL,
        profession=Profession.TECHNICIAN, registration="5087101", competences={"asthma": FOR_GOOD},
        supervises=True,
    ),
    DemoPerson(
        "Ben Carter", "Pharmacy technician", (Role.CLINICIAN,), networks=(NORTH, COAST),
        profession=Profession.TECHNICIAN, registration="5087102",
    ),
    DemoPerson(
        "Chloe Evans", "Pharmacy technician, new (leaves early)", (Role.CLINICIAN,),
        networks=(COAST, DISTRICT),
        profession=Profession.TECHNICIAN, registration="5087103", hours_at_work=4.5,
        all_kinds=False, sign_offs=(
            DemoSignOff("DOCWF"), DemoSignOff("MEDQ", days=200), DemoSignOff("OPLET", under="Aisha Khan"),
            DemoSignOff("DISCH", under="anyone"),
        ),
    ),
    DemoPerson("Margaret Ellis", "Hub lead", (Role.LEAD,)),
    DemoPerson(
        "Samuel Wright", "Deputy lead and pharmacist, prescriber", (Role.LEAD, Role.CLINICIAN), networks=ALL,
        profession=Profession.PHARMACIST, registration="2087106", is_prescriber=True,
        competences={"mental_health": 90, "diabetes": FOR_GOOD}, supervises=True,
    ),
    DemoPerson("Ruth Bennett", "Administrator", (Role.ADMIN,)),
)  # fmt: skip
