"""What a lead typed about a policy, read into its JSON form or refused with every problem at once."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from hub.domain.kinds import QUEUES, Kind
from hub.domain.policy_words import SETTINGS
from hub.domain.promises import BAND_WORDS
from hub.domain.targets import field_of
from hub.domain.vocabulary import Profession
from hub.forms import Reader
from hub.policies.drafts import TypedNumbers, TypedRule

LONGEST_NAME = 80
LONGEST_WHY = 500
MOST_WEIGHT = 1000
MOST_TARGET = 30_000
STAGES = ("1", "2")


class Form(Protocol):
    """A posted form: single values, and several under one name."""

    def get(self, key: str, default: str = "") -> str:
        """Return the first value."""

    def getlist(self, key: str) -> list[str]:
        """Return every value."""


def name_and_version(form: Mapping[str, str], versions: Collection[int]) -> tuple[str, int]:
    """Return what a new draft is called, and from which version it begins.

    Raises:
        Invalid: it has no name, or no version was chosen.
    """
    reader = Reader(form)
    name = reader.text("name", "Name the draft by what it is for.", longest=LONGEST_NAME)
    version = reader.choice("from", map(str, versions), "Choose the version from which to begin.")
    reader.done()
    return name, int(version)


def why(form: Mapping[str, str]) -> str:
    """Return why a policy is put into force.

    Raises:
        Invalid: nothing was written.
    """
    reader = Reader(form)
    words = reader.text("why", "Say why, so that whoever asks later knows.", longest=LONGEST_WHY)
    reader.done()
    return words


def rule(
    form: Any, kinds: Collection[Kind], practices: Mapping[str, int], competences: Collection[str]
) -> TypedRule:
    """Return the rule that was typed, with only what it says.

    `practices` maps ODS codes to ids.

    Raises:
        Invalid: with every problem by its field.
    """
    reader = Reader(form)
    body: dict[str, Any] = {
        "name": reader.text("name", "Name the rule by what it does.", longest=LONGEST_NAME)
    }
    known = {
        "kinds": {kind.code for kind in kinds},
        "subtypes": {one.code for kind in kinds for one in kind.subtypes},
        "signals": {fact.signal for kind in kinds for fact in kind.facts},
        "competences": set(competences),
    }
    for field, words in known.items():
        if chosen := _several(reader, form, field, words):
            body[field] = chosen
    if found := _practices(reader, form.get("practices", ""), practices):
        body["practices"] = found
    stages = [int(one) for one in _several(reader, form, "stages", STAGES)]
    if not stages:
        reader.problem("stages", "Choose for which stage of the work the rule is.")
    body["stages"] = stages
    _then(reader, form, body)
    reader.done()
    return TypedRule(body)


def _then(reader: Reader, form: Any, body: dict[str, Any]) -> None:
    if queue := reader.choice("queue", QUEUES, "Choose a queue, or leave the kind's own.", required=False):
        body["queue"] = queue
    if professions := _several(reader, form, "professions", [one.value for one in Profession]):
        body["professions"] = professions
    prescriber = reader.choice("needs_prescriber", ("yes", "no"), "Choose one of the three.", required=False)
    if prescriber:
        body["needs_prescriber"] = prescriber == "yes"
    if form.get("minutes", "").strip():
        body["minutes"] = reader.whole(
            "minutes", "Write whole minutes from 1 to 480, or leave it empty.", least=1, most=480
        )
    said = {"queue", "professions", "needs_prescriber", "competences", "minutes"} & body.keys()
    if not said and not reader.problems:
        reader.problem(
            "queue", "Say what the rule does: choose a queue, who may do it, a competence or minutes."
        )


def numbers(form: Any, signals: Collection[str], kinds: Collection[str]) -> TypedNumbers:
    """Return every number of the policy as typed; ranges are the policy's own to judge.

    Raises:
        Invalid: with every problem by its field.
    """
    reader = Reader(form)
    found = {
        one.path: reader.whole(one.field, f"{one.words}: write a whole number.", least=0, most=1000)
        for one in SETTINGS
    }
    bands = [
        reader.whole(
            f"band_{int(band)}",
            f"How much “{words}” counts: write a whole number from 1 to {MOST_WEIGHT}.",
            least=1,
            most=MOST_WEIGHT,
        )
        for band, words in BAND_WORDS.items()
    ]
    weights = []
    for place, signal in enumerate(sorted(signals)):
        if typed := form.get(f"signal_{place}", "").strip():
            percent = reader.whole(
                f"signal_{place}",
                f"{signal}: write a percentage from 100 to 300, or leave it empty.",
                least=100,
                most=300,
            )
            if typed != "100":
                weights.append({"signal": signal, "percent": percent})
    unpleasant = _several(reader, form, "unpleasant_kinds", kinds)
    reader.done()
    return TypedNumbers(found, bands, weights, unpleasant)


def targets(form: Any, kinds: Collection[Kind]) -> list[dict[str, Any]]:
    """Return every target that was typed, in the policy's JSON form; bounds are the policy's own to judge.

    Raises:
        Invalid: with every problem by its field.
    """
    reader, found = Reader(form), []
    for kind in kinds:
        in_days = kind.target.working_days is not None
        for subtype in ("", *(one.code for one in kind.subtypes)):
            field = field_of(kind.code, subtype)
            if not form.get(field, "").strip():
                continue
            unit = "working days" if in_days else "minutes"
            missing = f"{kind.name}: write whole {unit}, or leave it empty."
            number = reader.whole(field, missing, least=1, most=MOST_TARGET)
            body: dict[str, Any] = {"kind": kind.code, "working_days" if in_days else "hub_minutes": number}
            found.append(body | ({"subtype": subtype} if subtype else {}))
    reader.done()
    return found


def _several(reader: Reader, form: Any, name: str, allowed: Collection[str]) -> list[str]:
    chosen: list[str] = form.getlist(name)
    if not set(chosen) <= set(allowed):
        reader.problem(name, "Choose from the list: one of these does not exist any more.")
    return chosen


def _practices(reader: Reader, typed: str, known: Mapping[str, int]) -> list[int]:
    codes = typed.replace(",", " ").upper().split()
    unknown = [code for code in codes if code not in known]
    if unknown:
        reader.problem("practices", f"The hub serves no practice with the ODS code {', '.join(unknown)}.")
    return [known[code] for code in dict.fromkeys(codes) if code in known]
