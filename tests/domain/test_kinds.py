"""Are the kinds that come with the product sound, and is a kind really only data?"""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.domain.kinds import QUEUES, Kind, parse
from hub.domain.vocabulary import Band, Profession
from hub.protocols.files import FOLDER, kinds_on_disk, raw_kinds_on_disk

KINDS = {kind.code: kind for kind in kinds_on_disk()}
RAW = {raw["code"]: raw for raw in raw_kinds_on_disk()}
CONDITIONS = {"AST", "COPD", "DM", "HYP", "CHD", "STIA", "HF", "AF", "CKD", "LIPID", "NDH", "SMI", "OBESITY"}
PHARMACIST, TECHNICIAN = Profession.PHARMACIST, Profession.TECHNICIAN


def with_stage(raw: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return the JSON form of a kind with other fields in its first stage."""
    first, *others = raw["stages"]
    return {**raw, "stages": [{**first, **fields}, *others]}


every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def test_the_kinds_are_there_in_their_newest_version() -> None:
    assert list(KINDS) == ["CAREHOME", "DISCH", "DOCWF", "HRDM", "LTC", "MEDQ", "OPLET", "SMR"]
    assert {kind.code for kind in KINDS.values() if kind.version == 1} == {"CAREHOME", "HRDM"}
    assert {kind.code: kind.recalled_by for kind in KINDS.values() if kind.recalled_by != "kind"} == {
        "CAREHOME": "name", "HRDM": "subtype", "MEDQ": "name",
    }  # fmt: skip
    assert {kind.queue for kind in KINDS.values()} == set(QUEUES)


@pytest.mark.parametrize(
    ("code", "band", "days", "rule", "stages"),
    [
        ("SMR", 4, 20, "", [("pharmacist", 30)]),
        ("LTC", 4, 20, "", [("pharmacist", 20)]),
        ("DISCH", 3, 2, "nice_discharge", [("technician", 15), ("pharmacist", 20)]),
        ("OPLET", 3, 2, "", [("technician", 10), ("pharmacist", 10)]),
        ("DOCWF", 3, 3, "", [("technician", 5), ("pharmacist", 10)]),
        ("MEDQ", 3, 2, "", [("technician", 10), ("pharmacist", 10)]),
        ("HRDM", 4, 5, "", [("technician", 10), ("pharmacist", 10)]),
        ("CAREHOME", 3, 1, "", [("pharmacist", 15)]),
    ],
)
def test_bands_clocks_people_and_minutes(
    code: str, band: int, days: int, rule: str, stages: list[tuple[str, int]]
) -> None:
    kind = KINDS[code]
    assert (kind.band, kind.target.working_days, kind.target.hub_minutes) == (band, days, None)
    assert kind.target.deadline_rule == rule
    assert [(stage.professions[0], stage.minutes) for stage in kind.stages] == stages


def test_a_structured_medication_review_keeps_its_thirty_minutes() -> None:
    assert KINDS["SMR"].floor_minutes == 30
    with pytest.raises(
        ValueError, match=r"Kind SMR, stages, Review: minutes must be from floor_minutes \(30\)"
    ):
        parse(with_stage(RAW["SMR"], minutes=29))


def test_only_a_pharmacist_does_a_structured_medication_review_unless_the_data_says_otherwise() -> None:
    assert KINDS["SMR"].stages[0].professions == (PHARMACIST,)
    both = with_stage(RAW["SMR"], professions=["pharmacist", "technician"])
    assert parse(both).stages[0].professions == (PHARMACIST, TECHNICIAN)


def test_a_discharge_asks_for_the_next_issue_and_nothing_else_does() -> None:
    assert [code for code, kind in KINDS.items() if kind.asks_next_issue] == ["DISCH"]


def test_which_discharge_outcome_a_technician_may_record() -> None:
    outcomes = KINDS["DISCH"].outcomes
    assert [one.code for one in outcomes if one.technician_unless] == ["no_changes"]
    assert {"high_risk_medicine", "medicine_change"} <= set(
        KINDS["DISCH"].outcome("no_changes").technician_unless
    )
    assert all(one.professions == (PHARMACIST,) for one in outcomes)


def test_what_makes_a_medication_query_urgent() -> None:
    lifts = {fact.code: fact.band_if_yes for fact in KINDS["MEDQ"].facts}
    assert {code for code, band in lifts.items() if band == Band.NOW} == {
        "out_of_critical_medicine",
        "serious_reaction",
    }
    assert set(lifts.values()) == {Band.NOW, Band.BY_TOMORROW}


def test_an_urgent_medication_query_is_never_closed_by_a_technician() -> None:
    urgent = {fact.code for fact in KINDS["MEDQ"].facts if fact.band_if_yes == Band.NOW}
    for outcome in KINDS["MEDQ"].outcomes:
        assert TECHNICIAN not in outcome.professions
        assert not outcome.technician_unless or urgent <= set(outcome.technician_unless)


def test_what_is_planned_is_never_by_tomorrow() -> None:
    """A review that cannot wait is another kind of task; money and the year's end raise nothing."""
    lifts = [fact.band_if_yes for code in ("SMR", "LTC") for fact in KINDS[code].facts]
    assert {band for band in lifts if band} == {Band.INSIDE_TARGET}


def test_the_conditions_and_the_competences_they_need() -> None:
    needed = {subtype.code: subtype.competence for subtype in KINDS["LTC"].subtypes}
    assert set(needed) == CONDITIONS
    assert {code: name for code, name in needed.items() if name} == {
        "AST": "asthma",
        "COPD": "copd",
        "DM": "diabetes",
        "HF": "heart_failure",
        "AF": "anticoagulation",
        "SMI": "mental_health",
        "OBESITY": "weight_management",
    }


@every_kind
def test_every_question_can_be_answered_without_clinical_training(kind: Kind) -> None:
    for fact in kind.facts:
        assert fact.question.endswith("?")
        assert fact.hint.endswith("."), f"{fact.code} needs a hint"
        assert len(fact.question) <= 110


@every_kind
def test_every_kind_has_a_short_checklist_and_says_where_its_numbers_come_from(kind: Kind) -> None:
    assert 3 <= len(kind.checklist) <= 6
    assert "assumption" in kind.source
    assert "verified" not in kind.source.lower()


@every_kind
def test_unknown_raises_only_where_an_answer_would(kind: Kind) -> None:
    raising = [fact for fact in kind.facts if fact.raises_if_unknown]
    assert all(fact.band_if_yes is not None for fact in raising)
    assert (kind.code == "SMR") == (not raising)


def test_the_same_signal_has_the_same_words_everywhere() -> None:
    words: dict[str, set[str]] = {}
    for kind in KINDS.values():
        for fact in kind.facts:
            words.setdefault(fact.code, set()).add(fact.signal)
    assert {code for code, signals in words.items() if len(signals) > 1} == set()


# SNOMED CT codes ------------------------------------------------------------------------------

_TIMES = [[(a + b) % 5 if a < 5 else 5 + (a - b) % 5 for b in range(5)] for a in range(10)]
_TIMES = [
    [*row, *([5 + (a + b) % 5 if a < 5 else (a - b) % 5 for b in range(5)])] for a, row in enumerate(_TIMES)
]
_FIRST = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def verhoeff_holds(code: str) -> bool:
    """Verhoeff's check by multiplication table: a second way, so that one slip does not hide another."""
    permuted, check = list(range(10)), 0
    for digit in reversed(code):
        check = _TIMES[check][permuted[int(digit)]]
        permuted = [_FIRST[one] for one in permuted]
    return check == 0


def test_the_check_of_the_check_digit_finds_what_spreadsheets_do() -> None:
    assert verhoeff_holds("1127441000000107")
    assert not verhoeff_holds("1127441000000100")
    assert verhoeff_holds("1079381000000109")
    assert not verhoeff_holds("1079381000000100")


@every_kind
def test_every_snomed_code_holds_and_names_its_profession(kind: Kind) -> None:
    for code in kind.record_codes:
        assert verhoeff_holds(code.code), code
        assert code.outcomes, f"{code.code} must say which outcomes it is true of"


def test_nobody_is_offered_the_code_of_the_other_profession() -> None:
    for kind in KINDS.values():
        for code in kind.record_codes:
            if "done by" in code.term:
                (profession,) = code.professions
                assert profession.value in code.term


def test_a_review_that_did_not_happen_is_not_coded_as_done() -> None:
    for kind in KINDS.values():
        for code in kind.record_codes:
            if code.term != "Unsuccessful phone contact":
                assert not {"declined", "not_reached", "not_suitable"} & set(code.outcomes)


# A kind is data -------------------------------------------------------------------------------

HIGH_RISK_MONITORING: dict[str, Any] = {
    "code": "MONITOR",
    "version": 3,
    "name": "High-risk medicine monitoring",
    "queue": "medication-reviews",
    "about": "practice",
    "needs_patient": False,
    "needs_document": False,
    "asks_next_issue": False,
    "receipt_label": "Date of the search",
    "ask_hint": "",
    "band": 4,
    "target": {"working_days": None, "hub_minutes": 240, "deadline_rule": ""},
    "floor_minutes": 5,
    "stages": [{"name": "Recall", "professions": ["technician"], "needs_prescriber": False, "minutes": 10}],
    "subtypes": [{"code": "LITHIUM", "name": "Lithium", "competence": ""}],
    "facts": [
        {
            "code": "abnormal",
            "question": "Is the last result abnormal?",
            "hint": "",
            "signal": "abnormal result",
            "band_if_yes": 1,
            "raises_if_unknown": True,
        }
    ],
    "checklist": [{"code": "seen", "text": "I saw the result itself", "required": False}],
    "outcomes": [
        {
            "code": "recalled",
            "label": "Recalled",
            "professions": ["technician"],
            "technician_unless": [],
            "to_dos": ["Book the test"],
        },
        {
            "code": "in_date",
            "label": "In date",
            "professions": ["pharmacist"],
            "technician_unless": ["abnormal"],
            "to_dos": [],
        },
    ],
    "record_codes": [{"code": "314529007", "term": "Medication review due", "professions": ["technician"]}],
    "source": "A test.",
}


def test_a_seventh_kind_is_a_file_and_no_code(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "MONITOR.json").write_text(json.dumps(HIGH_RISK_MONITORING), encoding="utf-8")

    kinds = {kind.code: kind for kind in kinds_on_disk(tmp_path)}

    seventh = kinds.pop("MONITOR")
    assert kinds == KINDS
    assert (seventh.band, seventh.target.hub_minutes, seventh.version) == (Band.PLANNED, 240, 3)
    assert seventh.fact("abnormal").band_if_yes is Band.NOW
    assert seventh.outcome("recalled").to_dos == ("Book the test",)
    assert seventh.stage(2) == seventh.stage(1)
    assert seventh.stage(1).professions == (TECHNICIAN,)
    assert seventh.record_codes[0].outcomes == ()
    with pytest.raises(KeyError):
        seventh.fact("no_such_fact")


def test_a_file_must_be_json_and_carry_the_name_of_its_kind(tmp_path: Path) -> None:
    (tmp_path / "SMR.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"SMR\.json is not JSON"):
        raw_kinds_on_disk(tmp_path)
    (tmp_path / "SMR.json").write_text(json.dumps(HIGH_RISK_MONITORING), encoding="utf-8")
    with pytest.raises(ValueError, match=r"SMR\.json must hold one kind, with the code SMR"):
        raw_kinds_on_disk(tmp_path)
    (tmp_path / "SMR.json").write_text('{"code": "SMR", "band": 4, "band": 1}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"SMR\.json .*“band” stands there twice"):
        raw_kinds_on_disk(tmp_path)
