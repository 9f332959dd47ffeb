"""What leads may set without a programmer: the routing rules and a few limits, as versioned data.

The JSON form lives in the table `policy_version`. A task keeps, in its event, the version
it was placed under, so that an old decision can always be explained.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.domain.kinds import QUEUES, Kind
from hub.domain.order_policy import DEFAULT_ORDER, OrderPolicy, check_order, with_defaults
from hub.domain.strict import build
from hub.domain.targets import TargetRule
from hub.domain.targets import check as check_targets
from hub.domain.vocabulary import Profession


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the routing table: when it matches, and what it then says.

    It matches when every column that is filled in holds: `kinds`, `subtypes` and
    `practices` name the task's own, `signals` at least one of the task's signals (the
    words shown in "why here?"), `stages` the stage it is in. An empty column matches
    anything. What it says replaces the kind's own default; None leaves the default, and
    `competences` are asked for on top of the subtype's.
    """

    name: str
    kinds: tuple[str, ...] = ()
    subtypes: tuple[str, ...] = ()
    practices: tuple[int, ...] = ()
    signals: tuple[str, ...] = ()
    queue: str | None = None
    professions: tuple[Profession, ...] | None = None
    needs_prescriber: bool | None = None
    competences: tuple[str, ...] = ()
    minutes: int | None = None
    # A rule about who screens a task must not also decide who finishes it, unless it says so.
    stages: tuple[int, ...] = (1,)

    def matches(
        self, *, kind: str, subtype: str, practice_id: int, signals: Collection[str], stage: int
    ) -> bool:
        """Say whether this rule speaks about such a task."""
        return (
            _allows(self.kinds, kind)
            and _allows(self.subtypes, subtype)
            and _allows(self.practices, practice_id)
            and _allows(self.stages, stage)
            and (not self.signals or any(signal in signals for signal in self.signals))
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of what leads may set, in one version.

    `buffer_minutes` is how much work waits on the list of someone at work; the chase date
    of a waiting task lies at most `chase_working_days_max` working days ahead; a task
    released or sent back as often as its limit goes to the lead. After `to_do_chase_days`
    working days a practice is reminded of what it was asked to do and has not ticked, after
    `to_do_lead_days` it goes to the lead. `order` is how waiting work is put in order and
    given out. `learned_percent` says how far the minutes of what is placed follow what such
    work takes at its practice (`domain.learning`): 0 not at all. `targets` replace those of
    kinds (`domain.targets`); what they do not name is promised as its kind says.
    """

    version: int
    buffer_minutes: int
    chase_working_days_max: int
    released_limit: int
    sent_back_limit: int
    order: OrderPolicy
    rules: tuple[Rule, ...]
    to_do_chase_days: int = 3
    to_do_lead_days: int = 10
    learned_percent: int = 100  # versions published before there was a choice heed what was learned
    targets: tuple[TargetRule, ...] = ()


DEFAULT_POLICY: dict[str, Any] = {
    "version": 1,
    "buffer_minutes": 45,
    "chase_working_days_max": 10,
    "released_limit": 2,
    "sent_back_limit": 2,
    # Half a week, for somebody to be back from leave; two weeks, as long as a waiting task may go unseen.
    "to_do_chase_days": 3,
    "to_do_lead_days": 10,
    "learned_percent": 100,
    "targets": [],
    "order": DEFAULT_ORDER,
    # Longer reviews and pharmacist first: what a technician could not close anyway goes
    # straight to a pharmacist. The minutes are planning figures (45 for a complex review,
    # 60 in a care home, 30 for several conditions), to be measured and changed by leads.
    "rules": [
        {
            "name": "Reviews in a care home",
            "kinds": ["SMR"],
            "signals": ["care home", "new or returned to a care home"],
            "minutes": 60,
        },
        {
            "name": "Complex reviews",
            "kinds": ["SMR"],
            "signals": ["10 or more medicines", "severe frailty", "risky combination of medicines"],
            "minutes": 45,
        },
        {
            "name": "Several conditions in one review",
            "kinds": ["LTC"],
            "signals": ["several conditions due"],
            "minutes": 30,
        },
        {
            "name": "High-risk discharges to a pharmacist",
            "kinds": ["DISCH"],
            "signals": ["high-risk medicine"],
            "professions": ["pharmacist"],
            "minutes": 20,
        },
        {
            "name": "Clinical queries to a pharmacist",
            "kinds": ["MEDQ"],
            "signals": [
                "out of a critical medicine",
                "suspected serious reaction",
                "high-risk medicine",
                "pregnancy or breastfeeding",
                "palliative care",
            ],
            "professions": ["pharmacist"],
        },
    ],
}

# Field: lowest and highest allowed. A buffer far above an hour made urgent work late in
# simulation; ten working days is the longest a waiting task may go unseen.
_LIMITS: dict[str, tuple[int, int]] = {
    "version": (1, 1_000_000),
    "buffer_minutes": (0, 120),
    "chase_working_days_max": (1, 10),
    "released_limit": (1, 10),
    "sent_back_limit": (1, 10),
    "to_do_chase_days": (1, 20),
    "to_do_lead_days": (1, 40),
    "learned_percent": (0, 100),
}
_LONGEST_MINUTES = 480


def parse_policy(data: Mapping[str, Any]) -> Policy:
    """Build a Policy from its JSON form, an object with exactly the fields of `DEFAULT_POLICY`.

    A rule needs its `name`; every other field of `Rule` may be left out. What `order` lacks, or all of
    it, stands at its default: versions published before a field existed must go on to be readable.

    Raises:
        ValueError: a field is missing, unknown, of the wrong sort or out of range; the
            sentence names the policy or rule and the field.
    """
    filled = {**data, "order": with_defaults(data.get("order", {}))}
    policy: Policy = build(Policy, filled, "The policy")
    check_order(policy.order)
    check_targets(policy.targets)
    for field, (low, high) in _LIMITS.items():
        _within(getattr(policy, field), low, high, f"The policy, {field}")
    for rule in policy.rules:
        _check_rule(rule)
    names = [rule.name for rule in policy.rules]
    if len(set(names)) < len(names):
        raise ValueError("The policy, rules: two rules have the same name.")
    return policy


def names_nothing(policy: Policy, kinds: Iterable[Kind]) -> tuple[str, ...]:
    """Return one sentence per word of the policy that none of `kinds` has: what it says never applies."""
    kinds = tuple(kinds)
    known: dict[str, frozenset[str]] = {
        "kinds": frozenset(kind.code for kind in kinds),
        "subtypes": frozenset(subtype.code for kind in kinds for subtype in kind.subtypes),
        "signals": frozenset(fact.signal for kind in kinds for fact in kind.facts),
    }
    of_the_order = {
        "signals": (one.signal for one in policy.order.signal_weights),
        "kinds": policy.order.unpleasant_kinds,
    }
    return (
        *(
            f"The rule '{rule.name}' names '{word}' in {column}, which no kind has."
            for rule in policy.rules
            for column, words in known.items()
            for word in getattr(rule, column)
            if word not in words
        ),
        *(
            f"The order names '{word}' in {column}, which no kind has."
            for column, found in of_the_order.items()
            for word in found
            if word not in known[column]
        ),
    )


def _allows(column: Collection[object], value: object) -> bool:
    return not column or value in column


def _check_rule(rule: Rule) -> None:
    where = f"The rule '{rule.name}'"
    if rule.queue is not None and rule.queue not in QUEUES:
        raise ValueError(f"{where}, queue: must be one of {', '.join(QUEUES)}.")
    if rule.professions == ():
        raise ValueError(f"{where}, professions: name at least one, or leave it out.")
    if rule.needs_prescriber and rule.professions == (Profession.TECHNICIAN,):
        raise ValueError(
            f"{where}, needs_prescriber: a technician does not prescribe, so nobody could do it."
        )
    if rule.minutes is not None:
        _within(rule.minutes, 1, _LONGEST_MINUTES, f"{where}, minutes")


def _within(value: int, low: int, high: int, where: str) -> None:
    if not low <= value <= high:
        raise ValueError(f"{where}: must be from {low} to {high}.")
