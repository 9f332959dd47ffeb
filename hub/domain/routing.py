"""Which queue a task belongs to, and what it needs of the person who does it."""

from collections.abc import Collection
from dataclasses import dataclass

from hub.domain.kinds import QUEUES, Kind
from hub.domain.learning import Figure, Usual
from hub.domain.policy import Policy, Rule
from hub.domain.vocabulary import Band, Profession


@dataclass(frozen=True, slots=True)
class Needs:
    """What a task asks of the person who does it; `minutes` are planned ones.

    `kind` and `subtype` are codes ("" where nobody said), `what` their words for a sentence.
    """

    practice_id: int
    practice_name: str
    queue: str
    professions: tuple[Profession, ...]
    needs_prescriber: bool
    competences: tuple[str, ...]
    minutes: int
    band: Band
    kind: str = ""
    subtype: str = ""
    what: str = "this kind of task"

    @property
    def alike(self) -> tuple[object, ...]:
        """What the hard rungs ask: of tasks that agree in this, a person may do all or none."""
        return (
            self.practice_id,
            self.kind,
            self.subtype,
            self.professions,
            self.needs_prescriber,
            self.competences,
        )


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a task goes and what it needs, with the sentences that say why.

    `figure` is what such work takes at this practice, where `needs.minutes` go by it.
    """

    needs: Needs
    reasons: tuple[str, ...]
    figure: Figure | None = None


def route(
    kind: Kind,
    *,
    subtype: str,
    practice_id: int,
    practice_name: str,
    signals: Collection[str],
    stage: int,
    band: Band,
    policy: Policy,
    usual: Usual | None = None,
) -> Routed:
    """Return where the task goes: the first matching rule of `policy` over the kind's own defaults.

    `subtype` is a code of the kind, or "" for none; `stage` counts from 1; `signals` are
    the words of `urgency.Placement.signals`. The subtype's competence is always asked for
    as well, and planned minutes never fall below the kind's floor. `usual` says what work
    of this sort takes at this practice (`learning.learned`), if the policy heeds that.

    Raises:
        ValueError: the kind has no such subtype.
    """
    rule = first_match(policy, kind.code, subtype, practice_id, signals, stage) or Rule(name="")
    own = kind.stage(stage)
    planned = max(rule.minutes or own.minutes, kind.floor_minutes)
    figure = usual(planned) if usual is not None and policy.learned_percent else None
    minutes = planned if figure is None else figure.followed(policy.learned_percent, kind.floor_minutes)
    needs = Needs(
        practice_id=practice_id,
        practice_name=practice_name,
        queue=rule.queue or kind.queue,
        professions=rule.professions or own.professions,
        needs_prescriber=own.needs_prescriber if rule.needs_prescriber is None else rule.needs_prescriber,
        competences=_in_order((*_competence(kind, subtype), *rule.competences)),
        minutes=minutes,
        band=band,
        kind=kind.code,
        subtype=subtype,
        what=what_words(kind, subtype),
    )
    reasons = _reasons(kind, rule, needs, planned=rule.minutes or own.minutes)
    return Routed(needs, (*reasons, figure.sentence) if figure is not None else reasons, figure)


def who_phrase(needs: Needs) -> str:
    """Say in a few words who may do it: "pharmacist or technician", "prescribing pharmacist"."""
    if needs.needs_prescriber:  # a technician never is one, whatever the rule lists
        prescribers = [profession for profession in needs.professions if profession != Profession.TECHNICIAN]
        return f"prescribing {' or '.join(prescribers)}"
    return " or ".join(needs.professions)


def competence_words(code: str) -> str:
    """Return a competence's code as it is read in a sentence."""
    return "COPD" if code == "copd" else code.replace("_", " ").replace("-", " ")


def what_words(kind: Kind, subtype: str) -> str:
    """Return a kind and its subtype as they are read in a sentence: "LTC review (asthma)"."""
    name = next((one.name for one in kind.subtypes if one.code == subtype), "")
    return f"{kind.name} ({name})" if name else kind.name


def first_match(
    policy: Policy, kind: str, subtype: str, practice_id: int, signals: Collection[str], stage: int
) -> Rule | None:
    """Return the first rule of `policy` that matches, or None: then the kind alone decides."""
    for rule in policy.rules:
        if rule.matches(kind=kind, subtype=subtype, practice_id=practice_id, signals=signals, stage=stage):
            return rule
    return None


def _competence(kind: Kind, subtype: str) -> tuple[str, ...]:
    if not subtype:
        return ()
    for known in kind.subtypes:
        if known.code == subtype:
            return (known.competence,) if known.competence else ()
    raise ValueError(f"{kind.code} has no subtype {subtype!r}.")


def _in_order(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _reasons(kind: Kind, rule: Rule, needs: Needs, *, planned: int) -> tuple[str, ...]:
    because = f"by the rule '{rule.name}'" if rule.name else "the queue of its kind"
    sentences = [
        f"It goes to {QUEUES.get(needs.queue, needs.queue)}, {because}.",
        f"It needs a {who_phrase(needs)} for {needs.minutes} minutes.",
    ]
    if needs.competences:
        asked = ", ".join(map(competence_words, needs.competences))
        sentences.append(f"Competence needed: {asked}.")
    if planned < kind.floor_minutes:
        sentences.append(f"Its kind never gets less than {kind.floor_minutes} minutes.")
    return tuple(sentences)
