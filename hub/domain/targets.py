"""Targets that leads set in place of those that kinds come with, and how far safety lets them.

A kind says by when it is promised, and where that comes from. A lead may promise it sooner, or
later within bounds: at most twice as late; never so late that a safety deadline could come first
(NICE QS120 statement 5: seven days from receipt). Bands and deadlines are not theirs to set.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from hub.domain.hours import hours_words
from hub.domain.kinds import Kind, Target

_AT_MOST_TIMES = 2
# Five working days are seven calendar days, so that only four end before the seventh.
_BEFORE_NICE = 4
_LEAST_HUB_MINUTES = 60


@dataclass(frozen=True, slots=True)
class TargetRule:
    """The target of a kind, or of one of its subtypes, in the unit that the kind uses.

    Exactly one of `working_days` and `hub_minutes` (of the hub's working time) is set.
    """

    kind: str
    subtype: str = ""
    working_days: int | None = None
    hub_minutes: int | None = None

    @property
    def field(self) -> str:
        """Return its name in a form."""
        return field_of(self.kind, self.subtype)

    @property
    def length(self) -> int:
        """Return the number that is set; 0 if none is."""
        return self.working_days or self.hub_minutes or 0


def field_of(kind: str, subtype: str) -> str:
    """Return what a target is called in a form: "target_LTC_DM"."""
    return "_".join(filter(None, ("target", kind, subtype)))


def check(rules: Iterable[TargetRule]) -> None:
    """Refuse what no kind could make sense of.

    Raises:
        ValueError: a rule has no number or two, one below 1, or says the same as another again.
    """
    seen: set[str] = set()
    for rule in rules:
        where = f"The policy, targets, {rule.kind} {rule.subtype}".rstrip()
        if (rule.working_days is None) == (rule.hub_minutes is None):
            raise ValueError(f"{where}: must have either working_days or hub_minutes.")
        if rule.length < 1:
            raise ValueError(f"{where}: must be 1 or more.")
        if rule.field in seen:
            raise ValueError(f"{where}: stands there twice.")
        seen.add(rule.field)


def bounds(kind: Kind) -> tuple[int, int]:
    """Return the least and the most that a lead may set, in the kind's unit."""
    own = length(kind.target)
    if kind.target.working_days is None:
        return min(_LEAST_HUB_MINUTES, own), own * _AT_MOST_TIMES
    most = own * _AT_MOST_TIMES
    if kind.target.deadline_rule == "nice_discharge":
        most = max(min(most, _BEFORE_NICE), own)
    return 1, most


def why_bounds(kind: Kind) -> str:
    """Say why the most is what it is, as the end of a sentence."""
    if kind.target.deadline_rule == "nice_discharge":
        return (
            "because it must be done within 7 days of receipt (NICE quality standard 120), and a longer "
            "target could end after that"
        )
    return f"because its kind promises {words(kind.target)}, and a policy may at most double that"


def refusals(rules: Iterable[TargetRule], kinds: Iterable[Kind]) -> dict[str, str]:
    """Return one sentence per target that may not be, by its field."""
    known = {kind.code: kind for kind in kinds}
    found = {rule.field: _refusal(rule, known.get(rule.kind)) for rule in rules}
    return {field: sentence for field, sentence in found.items() if sentence}


def _refusal(rule: TargetRule, kind: Kind | None) -> str:
    if kind is None:
        return f"A target is set for {rule.kind}, which no kind is called."
    names = {one.code: one.name for one in kind.subtypes} | {"": ""}
    if rule.subtype not in names:
        return f"{kind.name}: a target is set for {rule.subtype}, which it does not have."
    if (rule.working_days is None) != (kind.target.working_days is None):
        return f"{kind.name}: its target counts in {_unit(kind.target)}, so a policy must set it so."
    least, most = bounds(kind)
    if least <= rule.length <= most:
        return ""
    called = label(kind.name, names[rule.subtype])
    return f"{called}: must be from {least} to {most} {_unit(kind.target)}, {why_bounds(kind)}."


def set_length(kind: Kind, subtype: str, rules: Iterable[TargetRule]) -> int | None:
    """Return the target that the rules set for such work, in the kind's unit; None: the kind's own.

    A rule of the subtype goes before one of its kind. One in another unit than the kind's says nothing.
    Whatever a rule says, the bounds of the kind hold: its version may be another than the rule was
    written for.
    """
    said = {(rule.kind, rule.subtype): rule for rule in rules}
    in_days = kind.target.working_days is not None
    for key in ((kind.code, subtype), (kind.code, "")):
        rule = said.get(key)
        found = (rule.working_days if in_days else rule.hub_minutes) if rule else None
        if found is not None:
            least, most = bounds(kind)
            kept = min(max(found, least), most)
            return None if kept == length(kind.target) else kept
    return None


def length(target: Target) -> int:
    """Return the number of a target, in its own unit."""
    return target.working_days or target.hub_minutes or 0


def with_length(target: Target, number: int | None) -> Target:
    """Return the target with another number; None leaves it."""
    if number is None:
        return target
    if target.working_days is None:
        return replace(target, hub_minutes=number)
    return replace(target, working_days=number)


def words(target: Target) -> str:
    """Return a target as people read it: "20 working days", "4 h of the hub's working time"."""
    if target.working_days is None:
        return f"{hours_words(target.hub_minutes or 0)} of the hub's working time"
    return "1 working day" if target.working_days == 1 else f"{target.working_days} working days"


def instead(new: Target, old: Target) -> str:
    """Return how two targets differ: "20 working days instead of 28"."""
    was = hours_words(old.hub_minutes or 0) if old.working_days is None else f"{old.working_days}"
    return f"{words(new)} instead of {was}"


def label(kind: str, subtype: str) -> str:
    """Return what a target is for, from the names: "Long-term condition review (Diabetes)"."""
    return f"{kind} ({subtype})" if subtype else kind


def differences(
    before: tuple[TargetRule, ...], after: tuple[TargetRule, ...], kinds: Mapping[str, Kind]
) -> Iterator[str]:
    """Yield what would be promised otherwise, one sentence per kind and subtype, in the kinds' order."""
    for kind in kinds.values():
        old, new = (with_length(kind.target, set_length(kind, "", rules)) for rules in (before, after))
        if old != new:
            yield f"{kind.name}: {instead(new, old)}."
        own = {rule.subtype for rule in (*before, *after) if rule.kind == kind.code and rule.subtype}
        for subtype in kind.subtypes:
            if subtype.code not in own:
                continue
            was, now = (
                with_length(kind.target, set_length(kind, subtype.code, rules)) for rules in (before, after)
            )
            called = label(kind.name, subtype.name)
            if was != now:
                yield f"{called}: {instead(now, was)}."
            elif old != new:
                yield f"{called}: stays at {words(now)}."
    unknown = {rule.kind for rule in (*before, *after)} - kinds.keys()
    for code in sorted(unknown):
        old_rules, new_rules = ({rule for rule in rules if rule.kind == code} for rules in (before, after))
        if old_rules != new_rules:
            yield f"{code}: its target is changed."


def _unit(target: Target) -> str:
    return "minutes of the hub's working time" if target.working_days is None else "working days"
