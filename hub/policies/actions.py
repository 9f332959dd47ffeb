"""Writing, publishing and taking back policies."""

import copy
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from hub import background
from hub.domain.actor import Actor
from hub.domain.errors import Conflict, Invalid
from hub.domain.policy import names_nothing, parse_policy
from hub.domain.policy_words import differences, setting_of
from hub.domain.targets import refusals
from hub.extensions import clock, db
from hub.models import PolicyDraft, PolicyVersion
from hub.policies import queries
from hub.policies.drafts import TypedNumbers, TypedRule
from hub.protocols.queries import current_kinds

_PUBLISHING = 7_120_001  # the lock under which version numbers are given out, one publisher at a time


def begin(name: str, version: int, *, by: Actor) -> PolicyDraft:
    """Begin a draft with what a published version says.

    Raises:
        NotFound: no version has this number.
    """
    assert by.user_id is not None
    now = clock.now()
    draft = PolicyDraft(
        name=name,
        body=queries.body_of(version),
        based_on=queries.newest_version(),
        created_at=now,
        created_by_id=by.user_id,
        changed_at=now,
        changed_by_id=by.user_id,
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def put_rule(draft: PolicyDraft, place: int | None, typed: TypedRule, *, seen: int, by: Actor) -> None:
    """Set the rule at `place` (from 0), or add one at the end when it is None.

    Raises:
        Conflict: another lead changed the draft since it was shown.
        Invalid: the rule cannot be, or names what no kind has.
    """
    rules = list(draft.body["rules"])
    if place is None:
        rules.append(typed.body)
    else:
        rules[_checked(rules, place)] = typed.body
    _write(draft, {**draft.body, "rules": rules}, seen=seen, by=by)


def move_rule(draft: PolicyDraft, place: int, by_places: int, *, seen: int, by: Actor) -> None:
    """Have the rule at `place` asked sooner (-1) or later (1); beyond the ends nothing changes."""
    rules = list(draft.body["rules"])
    rule = rules.pop(_checked(rules, place))
    rules.insert(min(max(place + by_places, 0), len(rules)), rule)
    _write(draft, {**draft.body, "rules": rules}, seen=seen, by=by)


def remove_rule(draft: PolicyDraft, place: int, *, seen: int, by: Actor) -> None:
    """Take the rule at `place` out of the draft."""
    rules = list(draft.body["rules"])
    del rules[_checked(rules, place)]
    _write(draft, {**draft.body, "rules": rules}, seen=seen, by=by)


def put_numbers(draft: PolicyDraft, typed: TypedNumbers, *, seen: int, by: Actor) -> None:
    """Set every number of the draft.

    Raises:
        Conflict: another lead changed the draft since it was shown.
        Invalid: a number is out of its range.
    """
    body = copy.deepcopy(draft.body)
    order = body.setdefault("order", {})
    for path, value in typed.numbers.items():
        *outer, field = path.split(".")
        (order if outer else body)[field] = value
    order["band_weights"] = typed.band_weights
    order["signal_weights"] = typed.signal_weights
    order["unpleasant_kinds"] = typed.unpleasant_kinds
    _write(draft, body, seen=seen, by=by)


def put_targets(draft: PolicyDraft, targets: list[dict[str, Any]], *, seen: int, by: Actor) -> None:
    """Set every target of the draft, each in the JSON form of `targets.TargetRule`.

    Raises:
        Conflict: another lead changed the draft since it was shown.
        Invalid: one is out of its bounds; each by its field.
    """
    _write(draft, {**draft.body, "targets": targets}, seen=seen, by=by)


def discard(draft: PolicyDraft, *, by: Actor) -> None:
    """Throw the draft away; it stays on record, closed."""
    draft.closed_at = clock.now()
    draft.changed_by_id = by.user_id or 0


def publish(draft: PolicyDraft, *, why: str, seen: int, by: Actor) -> int:
    """Put the draft into force as the next version, and have waiting work routed by it. Returns its number.

    Raises:
        Conflict: another version was published since the draft was begun, or the draft has changed.
        Invalid: it says what the policy in force says already.
    """
    _check_seen(draft, seen)
    newest = _next_number() - 1
    if draft.based_on != newest:
        raise Conflict(
            f"Version {newest} was published since this draft was begun, and would be undone by it. "
            "Begin a new draft from that version, and change it there."
        )
    if _same(draft.body, queries.body_of(newest)):
        raise Invalid({"why": "This draft says what is in force already, so there is nothing to publish."})
    version = _put_into_force(draft.body, why, by)
    draft.closed_at, draft.became = clock.now(), version
    return version


def roll_back(version: int, *, why: str, by: Actor) -> int:
    """Put an older version into force again, as a new version. Returns the new number.

    Raises:
        NotFound: no version has this number.
        Invalid: it says what the policy in force says already.
    """
    body, newest = queries.body_of(version), _next_number() - 1
    if _same(body, queries.body_of(newest)):
        raise Invalid({"why": f"Version {version} says what is in force already: nothing would change."})
    return _put_into_force(body, f"Back to version {version}. {why}", by)


def _put_into_force(body: Mapping[str, Any], why: str, by: Actor) -> int:
    # Kinds may have changed since this was written: their bounds are those of today.
    if refused := refusals(parse_policy(body).targets, current_kinds()):
        raise Invalid({"why": " ".join(refused.values())})
    version = _next_number()
    db.session.add(
        PolicyVersion(
            version=version,
            body={**body, "version": version},
            published_at=clock.now(),
            published_by_id=by.user_id,
            why=why,
        )
    )
    db.session.flush()
    background.later("route_anew", key=f"route_anew:{version}:0", lane="upkeep", version=version, after=0)
    background.later("retime", key=f"retime:{version}:0", lane="upkeep", version=version, after=0)
    background.later("reweigh", key=f"reweigh:policy:{version}", lane="upkeep")
    return version


def _next_number() -> int:
    db.session.execute(select(func.pg_advisory_xact_lock(_PUBLISHING)))
    return queries.newest_version() + 1


def _write(draft: PolicyDraft, body: dict[str, Any], *, seen: int, by: Actor) -> None:
    """Write what the draft says now, if it may be so."""
    _check_seen(draft, seen)
    try:
        policy = parse_policy(body)
    except ValueError as error:
        field, sentence = setting_of(str(error)) or ("policy", str(error))
        raise Invalid({field: sentence}) from None
    if refused := refusals(policy.targets, current_kinds()):
        raise Invalid(refused)
    if nothing := names_nothing(policy, current_kinds()):
        raise Invalid({"policy": " ".join(nothing)})
    draft.body = body
    draft.changed_at, draft.changed_by_id = clock.now(), by.user_id or 0


def _check_seen(draft: PolicyDraft, seen: int) -> None:
    if draft.edits != seen:
        raise Conflict(
            "This draft was changed since you opened it. Open it again, then make your change.",
            who=queries.name_of(draft.changed_by_id),
            when=draft.changed_at,
        )


def _checked(rules: list[Any], place: int) -> int:
    if not 0 <= place < len(rules):
        raise Conflict("This rule is not in the draft any more. Open the draft again.")
    return place


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two policies say the same, whatever their numbers, and whether a default is written out."""
    return not differences(parse_policy(dict(one)), parse_policy(dict(other)), queries.names())
