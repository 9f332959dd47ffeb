"""A policy in plain words: what a rule says, and what differs between two policies."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hub.domain import targets
from hub.domain.kinds import QUEUES, Kind
from hub.domain.policy import Policy, Rule
from hub.domain.promises import BAND_WORDS
from hub.domain.routing import Needs, competence_words, who_phrase


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called: kinds by code, subtypes by code, practices by id; and the kinds themselves."""

    kinds: Mapping[str, str]
    subtypes: Mapping[str, str]
    practices: Mapping[int, str]
    known: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """A single number that a lead may set: its path in the policy's JSON form, and what it is.

    `about` says what happens when the number is raised.
    """

    path: str
    words: str
    about: str

    @property
    def field(self) -> str:
        """Return its name in a form."""
        return self.path.replace(".", "_")


SETTINGS = (
    Setting(
        "buffer_minutes",
        "Minutes of work kept ready on each worklist",
        "Raised: people wait less for work, but it is given out earlier and then waits for that one person. "
        "Above an hour, urgent work came late in simulation.",
    ),
    Setting(
        "order.hard_bands",
        "How much urgent work always goes first (1 or 2)",
        "1: only what must be done now goes before everything else. Raised to 2: what is due by tomorrow "
        "does, too. That is safer for it, and more tasks come late over all.",
    ),
    Setting(
        "order.lookahead_percent",
        "How early a due time is felt (percent of the task's target)",
        "Raised: what is due later competes sooner with what is due now. 30 did best in simulation.",
    ),
    Setting(
        "order.margin_minutes",
        "Minutes before its last moment from which a task has no time to spare",
        "Raised: work is taken up earlier before its last moment, as few people are left late in the day. "
        "0 counts every minute; 300 did best in simulation.",
    ),
    Setting(
        "order.few_people_percent",
        "How far work of a practice goes sooner that few people may work for (percent)",
        "Raised: what only few may do is done sooner, and other work a little later. 0 is not at all; at 50, "
        "work of a practice with half the usual people's minutes weighs 1.4 times.",
    ),
    Setting(
        "order.same_practice_percent",
        "What staying with one practice is worth (percent)",
        "100 is nothing, 105 a twentieth more. Raised: people change between practices less often, but more "
        "work comes late.",
    ),
    Setting(
        "order.same_patient_percent",
        "What staying with one patient is worth (percent)",
        "100 is nothing, 200 is twice. Raised: one patient's tasks go to one person more often, even before "
        "what stands further forward.",
    ),
    Setting(
        "order.signals_most_percent",
        "Most that several safety facts together may count (percent)",
        "200: at most twice as much as without them. Raised: where many facts hold, a task goes further "
        "forward, before others that are due sooner.",
    ),
    Setting(
        "order.asked_soon_percent",
        "What “by tomorrow” from the practice counts (percent)",
        "100 is nothing. Raised: planned work that a practice wants by tomorrow goes further forward.",
    ),
    Setting(
        "order.asked_urgent_percent",
        "What “today” from the practice counts (percent)",
        "100 is nothing. Raised: planned work that a practice wants today goes further forward.",
    ),
    Setting(
        "order.fairness_most_percent",
        "Most that a practice behind its contracted share is helped (percent)",
        "100 is not at all. Raised: planned work of a practice that had less than it bought goes further "
        "forward.",
    ),
    Setting(
        "order.ceiling_percent",
        "Age at which a task goes onto the lead's list (percent of its target)",
        "150 is half as long again as its target. Raised: the lead is told later.",
    ),
    Setting(
        "order.reserve_percent",
        "Share of the day's minutes kept for what is past that age (percent)",
        "0 keeps none. Raised: more of the day goes to what has waited longest, and less to what can still "
        "be done in time.",
    ),
    Setting(
        "chase_working_days_max",
        "Most working days that a waiting task may go unseen",
        "Raised: whoever waits for somebody may put off looking again for longer.",
    ),
    Setting(
        "released_limit",
        "Releases after which a task goes to the lead",
        "Raised: a task may be given back more often before a lead hears of it.",
    ),
    Setting(
        "sent_back_limit",
        "Times sent back after which a task goes to the lead",
        "Raised: a practice may get a request back more often before a lead hears of it.",
    ),
    Setting(
        "to_do_chase_days",
        "Working days after which a practice is reminded of a to-do, or of what was sent back",
        "Raised: a practice has longer before its inbox says that something is not ticked.",
    ),
    Setting(
        "to_do_lead_days",
        "Working days after which a to-do not ticked, or what was sent back, goes to the lead",
        "Raised: what a practice leaves undone comes to the lead later.",
    ),
    Setting(
        "learned_percent",
        "How far planned minutes follow what work has taken (percent)",
        "0: kinds and rules alone say how long work takes. Raised: the plan comes nearer to what such work "
        "took at its practice; at 100 it follows that wholly.",
    ),
)

BANDS_WORDS = f"How much work counts that is {', '.join(f'“{words}”' for words in BAND_WORDS.values())}"


def setting_of(refusal: str) -> tuple[str, str] | None:
    """Return the field of the number that a refused policy names, and the sentence in its words, or None.

    The rules name a number by its path: "The policy, order, hard_bands: must be from 1 to 2."
    """
    for one in SETTINGS:
        path = f"The policy, {one.path.replace('.', ', ')}: "
        if refusal.startswith(path):
            return one.field, f"{one.words}: {refusal.removeprefix(path)}"
    return None


def rule_when(rule: Rule, names: Names) -> tuple[str, ...]:
    """Return when the rule matches, one phrase per column that is filled in; none: always."""
    said = _columns(rule, names)
    shown = [(column, found) for column, found in said if found and (column, found) != ("stage", ["1"])]
    return tuple(f"{column} is {_listed(found, 'or')}" for column, found in shown)


def _columns(rule: Rule, names: Names) -> tuple[tuple[str, list[str]], ...]:
    """Return what each column of a rule names, in words."""
    return (
        ("kind", [names.kinds.get(one, one) for one in rule.kinds]),
        ("sort", [names.subtypes.get(one, one) for one in rule.subtypes]),
        ("practice", [names.practices.get(one, f"practice {one}") for one in rule.practices]),
        ("signal", list(rule.signals)),
        ("stage", [str(one) for one in rule.stages]),
    )


def rule_then(rule: Rule) -> tuple[str, ...]:
    """Return what the rule says, one phrase each; none: the kind's own defaults."""
    found = []
    if rule.queue is not None:
        found.append(f"goes to {QUEUES[rule.queue]}")
    if rule.professions is not None:
        found.append(f"by a {_listed(list(rule.professions), 'or')}")
    if rule.needs_prescriber is not None:
        found.append("who prescribes" if rule.needs_prescriber else "who need not prescribe")
    if rule.competences:
        found.append(f"with {_listed([competence_words(one) for one in rule.competences], 'and')} competence")
    if rule.minutes is not None:
        found.append(f"planned at {rule.minutes} minutes")
    return tuple(found)


def differences(before: Policy, after: Policy, names: Names) -> tuple[str, ...]:
    """Return what differs, one sentence each, in the order of the pages; the version is not looked at."""
    return (
        *_rules_differ(before.rules, after.rules, names),
        *targets.differences(before.targets, after.targets, names.known),
        *_numbers_differ(before, after),
        *_lists_differ(before, after, names),
    )


def needs_differ(before: Needs, after: Needs) -> tuple[str, ...]:
    """Return what would change for one task, as phrases "X instead of Y"; none if nothing would."""
    pairs = (
        (QUEUES.get(before.queue, before.queue), QUEUES.get(after.queue, after.queue)),
        (who_phrase(before), who_phrase(after)),
        (_competences(before.competences), _competences(after.competences)),
        (f"{before.minutes} minutes", f"{after.minutes} minutes"),
    )
    return tuple(f"{new} instead of {old}" for old, new in pairs if old != new)


def _rules_differ(before: tuple[Rule, ...], after: tuple[Rule, ...], names: Names) -> tuple[str, ...]:
    old, new = ({rule.name: rule for rule in rules} for rules in (before, after))
    found = [f"The rule “{name}” is taken away." for name in old if name not in new]
    found += [f"The rule “{name}” is new." for name in new if name not in old]
    for name in new:
        if name in old and (phrases := _rule_differs(old[name], new[name], names)):
            found.append(f"The rule “{name}” is changed: {'; '.join(phrases)}.")
    if [name for name in old if name in new] != [name for name in new if name in old]:
        found.append("The rules are asked in another order.")
    return tuple(found)


def _rule_differs(before: Rule, after: Rule, names: Names) -> tuple[str, ...]:
    """Return what differs in a rule, one phrase each: only that, as a rule may name twenty signals."""
    found = []
    old, new = dict(_columns(before, names)), dict(_columns(after, names))
    for column in new:
        more = [one for one in new[column] if one not in old[column]]
        fewer = [one for one in old[column] if one not in new[column]]
        if old[column] and not new[column]:
            found.append(f"whatever the {column} is")
        elif more and not old[column]:
            found.append(f"only where {column} is {_listed(more, 'or')}")
        else:
            found += [f"also where {column} is {_listed(more, 'or')}"] if more else []
            found += [f"no more where {column} is {_listed(fewer, 'or')}"] if fewer else []
    for field_name, otherwise in _UNSAID.items():
        was, now = (
            rule_then(Rule("", **{field_name: getattr(rule, field_name)})) for rule in (before, after)
        )
        if was != now:
            old_words = _listed(was, "and") or otherwise
            if was and now:
                old_words = old_words.removeprefix("planned at ").removeprefix("goes to ")
            found.append(f"{_listed(now, 'and') or otherwise} instead of {old_words}")
    return tuple(found)


# What a rule that leaves it out says of each of its columns.
_UNSAID = {
    "queue": "its kind's own queue",
    "professions": "by whom its kind names",
    "needs_prescriber": "prescriber or not as its kind says",
    "competences": "no further competence",
    "minutes": "planned as its kind says",
}


def _numbers_differ(before: Policy, after: Policy) -> tuple[str, ...]:
    return tuple(
        f"{one.words}: {_at(after, one.path)} instead of {_at(before, one.path)}."
        for one in SETTINGS
        if _at(before, one.path) != _at(after, one.path)
    )


def _lists_differ(before: Policy, after: Policy, names: Names) -> tuple[str, ...]:
    old, new = before.order, after.order
    found = []
    if old.band_weights != new.band_weights:
        found.append(f"{BANDS_WORDS}: {_numbers(new.band_weights)} instead of {_numbers(old.band_weights)}.")
    found += _signals_differ(before, after)
    more = [names.kinds.get(one, one) for one in new.unpleasant_kinds if one not in old.unpleasant_kinds]
    fewer = [names.kinds.get(one, one) for one in old.unpleasant_kinds if one not in new.unpleasant_kinds]
    found += [f"Shared out evenly among people: {_listed(more, 'and')}, too."] if more else []
    found += [f"Not shared out evenly any more: {_listed(fewer, 'and')}."] if fewer else []
    return tuple(found)


def _signals_differ(before: Policy, after: Policy) -> list[str]:
    """Return each safety fact whose weight differs, from what to what; one that is not named adds nothing."""
    old, new = (
        {one.signal: one.percent for one in policy.order.signal_weights} for policy in (before, after)
    )
    names = [*new, *(name for name in old if name not in new)]
    pairs = [(name, old.get(name), new.get(name)) for name in names]
    return [
        f"What the safety fact “{name}” counts: {_weight(now)} instead of {_weight(was)}."
        for name, was, now in pairs
        if was != now
    ]


def _weight(percent: int | None) -> str:
    return "nothing" if percent is None else f"{percent} percent"


def _at(policy: Policy, path: str) -> int:
    value: object = policy
    for part in path.split("."):
        value = getattr(value, part)
    assert isinstance(value, int)
    return value


def _numbers(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))


def _competences(codes: tuple[str, ...]) -> str:
    return _listed([f"{competence_words(code)} competence" for code in codes], "and") or "no competence"


def _listed(words: Collection[str], joint: str) -> str:
    *others, last = list(words) or [""]
    return f"{', '.join(others)} {joint} {last}" if others else last
