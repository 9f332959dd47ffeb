"""How policies are shown: rules in words, their forms filled in, and what a draft would change."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.domain.kinds import QUEUES, Kind
from hub.domain.measured import prices
from hub.domain.policy import Policy, Rule
from hub.domain.policy_words import BANDS_WORDS, SETTINGS, Names, rule_then, rule_when
from hub.domain.promises import BAND_WORDS
from hub.domain.routing import competence_words
from hub.domain.vocabulary import Profession


@dataclass(frozen=True)
class RuleRow:
    """One rule in a table: its place from 0, its words, and how many waiting tasks it decides now."""

    place: int
    name: str
    when: tuple[str, ...]
    then: tuple[str, ...]
    matches: int


class MovedLike(Protocol):
    """What is read of a task that would move."""

    @property
    def phrases(self) -> tuple[str, ...]:
        """What would change."""


def rule_rows(policy: Policy, names: Names, matches: Mapping[str, Collection[Any]]) -> list[RuleRow]:
    """Return the rules in the order in which they are asked."""
    return [
        RuleRow(place, rule.name, rule_when(rule, names), rule_then(rule), len(matches.get(rule.name, ())))
        for place, rule in enumerate(policy.rules)
    ]


def number_rows(policy: Policy, kinds: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return every number that may be set: what it is, its value, and what raising it does.

    The weights of bands and safety facts stand one by one, and the kinds (named by `kinds`) that are
    shared out evenly.
    """
    values = number_values(policy)
    bands = zip(BAND_WORDS.values(), policy.order.band_weights, strict=True)
    even = ", ".join(kinds.get(one, one) for one in policy.order.unpleasant_kinds)
    return [
        *((one.words, values[one.field], one.about) for one in SETTINGS),
        (BANDS_WORDS, "; ".join(f"“{words}” {weight}" for words, weight in bands), BANDS_ABOUT),
        *(
            (f"What the safety fact “{one.signal}” counts (percent)", str(one.percent), SIGNAL_ABOUT)
            for one in policy.order.signal_weights
        ),
        ("Kinds of work that are shared out evenly among people", even or "None", EVEN_ABOUT),
    ]


def moved_summary(moved: Iterable[MovedLike]) -> list[tuple[str, int]]:
    """Return each change with how many waiting tasks it would touch, the most frequent first."""
    counted = Counter(phrase for one in moved for phrase in one.phrases)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def foreseen(found: Mapping[str, Any], edits: int) -> dict[str, Any] | None:
    """Return what a job foresaw for the draft as it is, in words; None if nothing, or for an older edit."""
    if found.get("edits") != edits:
        return None
    change = found["after"] - found["before"]
    words = (
        "as many as now" if abs(change) < 0.05 else f"{abs(change):.1f} {'more' if change > 0 else 'fewer'}"
    )
    at = dt.datetime.fromisoformat(found["at"])
    return {
        **found,
        "at": at,
        "words": words,
        "more_count": len(found["more"]),
        "fewer_count": len(found["fewer"]),
        "timed_count": len(found.get("timed", ())),
    }


BANDS_ABOUT = "Raised for one of them: such planned work goes further forward, and the rest further back."
SIGNAL_ABOUT = "100 is nothing. Raised: planned work of which it holds goes further forward."
EVEN_ABOUT = "Among people who could equally well have it, such work goes round."
BAND_FIELDS = [(f"band_{int(band)}", f"“{words}”") for band, words in BAND_WORDS.items()]
# What was measured in simulation, and under which load; see docs/evidence/policies.md.
_MEASURED = (
    "hard_bands", "reserve_percent", "buffer_minutes", "lookahead_percent", "margin_minutes",
    "few_people_percent", "same_practice_percent",
)  # fmt: skip
_LOADS = ((1.4, "sustained"), (1.6, "sustained"), (1.6, "surge"))


def price_rows() -> list[tuple[str, int, tuple[str, ...]]]:
    """Return setting, value, and the tasks that came late in simulation under each load of `_LOADS`."""
    rows = []
    called = {one.path.rpartition(".")[2]: one.words for one in SETTINGS}
    for setting in _MEASURED:
        found = {(one.value, one.load, one.shape): one.breach_pct for one in prices(setting)}
        for value in sorted({value for value, _, _ in found}):
            late = tuple(f"{found[value, *load]:.1f}%" for load in _LOADS if (value, *load) in found)
            if len(late) == len(_LOADS):
                rows.append((called[setting], value, late))
    return rows


def rule_values(rule: Rule, codes: Mapping[int, str]) -> dict[str, Any]:
    """Return a rule as its form shows it; `codes` maps practice ids to ODS codes."""
    return {
        "name": rule.name,
        "kinds": list(rule.kinds),
        "subtypes": list(rule.subtypes),
        "signals": list(rule.signals),
        "competences": list(rule.competences),
        "practices": " ".join(codes.get(one, "") for one in rule.practices),
        "stages": [str(one) for one in rule.stages],
        "queue": rule.queue or "",
        "professions": [str(one) for one in rule.professions or ()],
        "needs_prescriber": {True: "yes", False: "no", None: ""}[rule.needs_prescriber],
        "minutes": str(rule.minutes or ""),
    }


def rule_options(kinds: Collection[Kind], competences: Collection[str]) -> dict[str, list[dict[str, str]]]:
    """Return what may be chosen in a rule's form, field by field."""
    subtypes = {one.code: f"{one.name} ({kind.name})" for kind in kinds for one in kind.subtypes}
    signals: dict[str, list[str]] = {}
    for kind in kinds:
        for fact in kind.facts:
            signals.setdefault(fact.signal, []).append(kind.code)
    return {
        "kinds": [{"value": kind.code, "text": kind.name} for kind in kinds],
        "subtypes": [{"value": code, "text": text} for code, text in subtypes.items()],
        "signals": [
            {"value": signal, "text": f"{signal} ({', '.join(codes)})"}
            for signal, codes in sorted(signals.items())
        ],
        "competences": [{"value": code, "text": competence_words(code)} for code in competences],
        "stages": [{"value": "1", "text": "First stage"}, {"value": "2", "text": "Second stage"}],
        "queues": [
            {"value": "", "text": "The kind's own"},
            *({"value": slug, "text": words} for slug, words in QUEUES.items()),
        ],
        "professions": [{"value": one.value, "text": one.value.capitalize()} for one in Profession],
        "prescriber": [
            {"value": "", "text": "As its kind says"},
            {"value": "yes", "text": "Yes"},
            {"value": "no", "text": "No"},
        ],
    }


def number_values(policy: Policy) -> dict[str, str]:
    """Return every single number by its field's name."""
    return {one.field: str(_at(policy, one.path)) for one in SETTINGS}


def order_values(policy: Policy, signals: Iterable[str]) -> dict[str, Any]:
    """Return the form of all numbers, filled in."""
    weights = {one.signal: one.percent for one in policy.order.signal_weights}
    return {
        **number_values(policy),
        **{f"band_{band}": str(weight) for band, weight in enumerate(policy.order.band_weights, start=1)},
        **{f"signal_{place}": str(weights.get(name, "")) for place, name in enumerate(sorted(signals))},
        "unpleasant_kinds": list(policy.order.unpleasant_kinds),
    }


def _at(policy: Policy, path: str) -> Any:
    value: Any = policy
    for part in path.split("."):
        value = getattr(value, part)
    return value
