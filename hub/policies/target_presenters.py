"""How targets are shown: what is promised, the form in which they are set, and what would move."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hub.domain import targets
from hub.domain.kinds import Kind, Target
from hub.domain.policy import Policy
from hub.domain.promises import when_words


@dataclass(frozen=True)
class TargetRow:
    """What is promised for a kind, or for a subtype with a target of its own, and who says so."""

    name: str
    words: str
    about: str


@dataclass(frozen=True)
class TargetField:
    """One number in the form."""

    field: str
    label: str
    suffix: str


class TimedLike(Protocol):
    """What is read of a task whose target would change."""

    @property
    def ref(self) -> str:
        """Its reference."""

    @property
    def practice(self) -> str:
        """Its practice's name."""

    @property
    def kind(self) -> str:
        """The code of its kind."""

    @property
    def subtype(self) -> str:
        """The code of its subtype, or ""."""

    @property
    def before(self) -> Target:
        """Its target."""

    @property
    def after(self) -> Target:
        """The one that it would have."""

    @property
    def was_due(self) -> datetime:
        """When it is due."""

    @property
    def due_at(self) -> datetime:
        """When it would be due."""


def target_rows(policy: Policy, kinds: Iterable[Kind]) -> list[TargetRow]:
    """Return every kind's target, and those of subtypes that a policy sets."""
    said = {(rule.kind, rule.subtype) for rule in policy.targets}
    rows = []
    for kind in kinds:
        rows.append(_row(kind, "", kind.name, policy))
        rows += [
            _row(kind, one.code, targets.label(kind.name, one.name), policy)
            for one in kind.subtypes
            if (kind.code, one.code) in said
        ]
    return rows


def _row(kind: Kind, subtype: str, name: str, policy: Policy) -> TargetRow:
    length = targets.set_length(kind, subtype, policy.targets)
    if length is None:
        return TargetRow(name, targets.words(kind.target), "As its kind comes.")
    now = targets.with_length(kind.target, length)
    return TargetRow(name, targets.words(now), f"Set by the policy. As its kind comes: {_own(kind)}.")


def _own(kind: Kind) -> str:
    return targets.words(kind.target)


def target_groups(kinds: Iterable[Kind]) -> list[tuple[str, str, list[TargetField]]]:
    """Return the form: per kind its name, what is said of its bounds, and its fields."""
    groups = []
    for kind in kinds:
        least, most = targets.bounds(kind)
        unit = "working days" if kind.target.working_days is not None else "minutes"
        about = (
            f"As it comes: {_own(kind)}. You may set {least} to {most} {unit}; "
            f"not more, {targets.why_bounds(kind)}."
        )
        whole = "All of this kind" if kind.subtypes else kind.name
        fields = [TargetField(targets.field_of(kind.code, ""), whole, unit)]
        fields += [
            TargetField(targets.field_of(kind.code, one.code), one.name, unit) for one in kind.subtypes
        ]
        groups.append((kind.name, about, fields))
    return groups


def target_values(policy: Policy) -> dict[str, str]:
    """Return the form filled in: only what the policy sets."""
    return {rule.field: str(rule.length) for rule in policy.targets}


def timed_phrase(one: TimedLike, policy: Policy, kinds: Collection[Kind]) -> str:
    """Return how a task's target would change: "Workflow document: 5 working days instead of 3".

    A sort of work is named where the policy sets a target for it.
    """
    kind = next((kind for kind in kinds if kind.code == one.kind), None)
    sorts = {sort.code: sort.name for sort in kind.subtypes} if kind else {}
    own = {rule.subtype for rule in policy.targets if rule.kind == one.kind}
    sort = sorts.get(one.subtype, "") if one.subtype in own else ""
    called = targets.label(kind.name if kind else one.kind, sort)
    return f"{called}: {targets.instead(one.after, one.before)}"


def timed_summary(
    moved: Iterable[TimedLike], policy: Policy, kinds: Collection[Kind]
) -> list[tuple[str, int]]:
    """Return each change with how many open tasks it would move, the most frequent first."""
    counted = Counter(timed_phrase(one, policy, kinds) for one in moved)
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def due_words(one: TimedLike) -> str:
    """Say when a task is due and when it would be."""
    if one.due_at == one.was_due:
        return f"Due {when_words(one.was_due)}, as now"
    return f"Due {when_words(one.due_at)} instead of {when_words(one.was_due)}"


def timed_rows(found: Iterable[TimedLike], kinds: Collection[Kind]) -> list[dict[str, Any]]:
    """Return these tasks as the table of tasks shows them."""
    return [
        {
            "ref": one.ref,
            "kind": one.kind,
            "practice": one.practice,
            "phrases": (due_words(one), targets.instead(one.after, one.before)),
        }
        for one in found
    ]
