"""Is a wrong definition of a kind refused, with a sentence that names the kind and the field?"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.kinds import Kind, parse
from hub.protocols.files import raw_kinds_on_disk

RAW = {raw["code"]: raw for raw in raw_kinds_on_disk()}


def changed(code: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Return the JSON form of kind `code` after `change` was done to it."""
    raw = copy.deepcopy(RAW[code])
    change(raw)
    return raw


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Return a change that writes `value` at `path`."""

    def change(raw: dict[str, Any]) -> None:
        place: Any = raw
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("surprise", value=1), "Kind DISCH, surprise: there is no such field"),
        (lambda raw: raw.pop("band"), "Kind DISCH, band: is missing"),
        (lambda raw: raw["stages"][1].pop("minutes"), "Kind DISCH, stages 2, minutes: is missing"),
        (put("facts", 0, "score", value=1), "Kind DISCH, facts 1, score: there is no such field"),
        (put("code", value="disch"), "Kind disch, code: must be 2 to 12 capitals"),
        (put("code", value=""), "Kind without a code, code: must not be empty"),
        (put("version", value=0), "Kind DISCH, version: must be 1 or more"),
        (put("version", value="1"), "Kind DISCH, version: must be a whole number"),
        (put("version", value=True), "Kind DISCH, version: must be a whole number"),
        (put("name", value=" Discharge"), "Kind DISCH, name: must not begin or end with a space"),
        (put("source", value=""), "Kind DISCH, source: must not be empty"),
        (put("queue", value="pharmacy"), "Kind DISCH, queue: must be one of medication-reviews"),
        (put("about", value="letter"), "Kind DISCH, about: must be one of patient, document, practice"),
        (put("about", value="practice"), "Kind DISCH, about: does not agree"),
        (put("needs_document", value=False), "Kind DISCH, about: does not agree"),
        (put("needs_patient", value=1), "Kind DISCH, needs_patient: must be true or false"),
        (put("band", value=6), "Kind DISCH, band: must be one of 1, 2, 3, 4, 5"),
        (put("band", value=True), "Kind DISCH, band: must be one of"),
        (put("band", value=[3]), "Kind DISCH, band: must be one of"),
        (put("target", value=2), "Kind DISCH, target: must be an object"),
        (put("target", "hub_minutes", value=60), "Kind DISCH, target: must have either"),
        (put("target", "working_days", value=None), "Kind DISCH, target: must have either"),
        (put("target", "working_days", value=0), "Kind DISCH, target: must be 1 or more"),
        (put("target", "deadline_rule", value="soon"), "Kind DISCH, target, deadline_rule: must be one of"),
        (put("asks_next_issue", value=False), "Kind DISCH, asks_next_issue: must be true when"),
        (put("floor_minutes", value=0), "Kind DISCH, floor_minutes: must be 1 or more"),
        (put("floor_minutes", value=16), "Kind DISCH, stages, Screening: minutes must be from floor_minutes"),
        (put("stages", 0, "minutes", value=481), "Kind DISCH, stages, Screening: minutes must be from"),
        (put("stages", value=[]), "Kind DISCH, stages: must have at least one"),
        (put("stages", value={}), "Kind DISCH, stages: must be a list"),
        (put("stages", 0, "professions", value=[]), "Kind DISCH, stages, Screening: must name one or more"),
        (
            put("stages", 0, "professions", value=["nurse"]),
            "Kind DISCH, stages 1, professions 1: must be one of",
        ),
        (put("facts", 0, "code", value="High risk"), "Kind DISCH, facts: “High risk” is not a code"),
        (
            put("facts", 1, "code", value="high_risk_medicine"),
            "Kind DISCH, facts: the code high_risk_medicine",
        ),
        (put("facts", 1, "signal", value="high-risk medicine"), "Kind DISCH, signals: the code high-risk"),
        (
            put("facts", 0, "band_if_yes", value=3),
            "Kind DISCH, facts, high_risk_medicine: band_if_yes must be",
        ),
        (
            put("facts", 0, "band_if_yes", value=None),
            "Kind DISCH, facts, high_risk_medicine: raises_if_unknown",
        ),
        (put("facts", 0, "question", value=""), "Kind DISCH, facts 1, question: must not be empty"),
        (
            put("checklist", 0, "code", value="told"),
            "Kind DISCH, checklist: the code told stands there twice",
        ),
        (
            put("outcomes", 0, "professions", value=[]),
            "Kind DISCH, outcomes, no_changes: must name one or more",
        ),
        (
            put("outcomes", 0, "technician_unless", value=["x"]),
            "Kind DISCH, outcomes, no_changes: technician_un",
        ),
        (
            put("outcomes", 0, "professions", value=["technician"]),
            "Kind DISCH, outcomes, no_changes: technician_unless means nothing",
        ),
        (
            put("outcomes", 1, "to_dos", value=[""]),
            "Kind DISCH, outcomes 2, to_dos: must not hold an empty text",
        ),
        (put("outcomes", value=[]), "Kind DISCH, outcomes: a pharmacist can do the last stage"),
        (
            put("subtypes", value=[{"code": "A1", "name": "A", "competence": "Very good"}]),
            "Kind DISCH, competence: “Very good” is not a code",
        ),
    ],
)
def test_a_wrong_kind_is_refused_with_its_name_and_field(
    change: Callable[[dict[str, Any]], Any], sentence: str
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is compared below
        parse(changed("DISCH", change))
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("code", "1127441000000100", "is not a SNOMED CT code"),
        ("professions", [], "must name one or more professions"),
        ("outcomes", ["done"], "names no outcome of this kind: done"),
    ],
)
def test_a_wrong_record_code_is_refused(field: str, value: object, rule: str) -> None:
    with pytest.raises(ValueError, match=f"Kind SMR, record_codes, [0-9]+: {rule}"):
        parse(changed("SMR", put("record_codes", 0, field, value=value)))


@pytest.mark.parametrize("data", [None, [], "SMR", 3])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="Kind without a code: must be an object"):
        parse(data)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 600) | st.sampled_from(["", "patient", "SMR", "pharmacist"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "name"]), inner),
    max_leaves=6,
)


def kind_or_sentence(raw: dict[str, Any]) -> Kind | str:
    """Return the kind, or the sentence with which it was refused; any other error is a fault."""
    try:
        return parse(raw)
    except ValueError as refused:
        return str(refused)


@settings(deadline=None)
@given(code=st.sampled_from(sorted(RAW)), field=st.sampled_from(sorted(RAW["SMR"])), value=_json)
def test_whatever_stands_in_a_field_the_answer_is_a_kind_or_a_sentence(
    code: str, field: str, value: object
) -> None:
    answer = kind_or_sentence(changed(code, put(field, value=value)))
    assert isinstance(answer, Kind) or answer.startswith("Kind ")
