"""Is the hazard log complete, honest about its risks, and are its controls and their tests really there?"""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOG: dict[str, Any] = json.loads((ROOT / "docs/safety/hazard_log.json").read_text(encoding="utf-8"))
TEXTS = ("id", "name", "description", "effect", "hazard", "harm", "owner", "status")
LISTS = ("causes", "existing_controls", "planned")
SCORES = ("initial", "residual")
each_row = pytest.mark.parametrize("row", LOG["hazards"], ids=lambda row: row["id"])


def risk(matrix: dict[str, Any], severity: str, likelihood: str) -> int:
    """Return the matrix's number, 1 to 5, for a severity and a likelihood it knows."""
    number: int = matrix["risk"][likelihood][matrix["severities"].index(severity)]
    return number


def is_there(reference: str, root: Path = ROOT) -> bool:
    """Say whether `reference`, a path or path::name or path::Class::name, exists below `root`."""
    path, *names = reference.split("::")
    if not path or not (root / path).exists():
        return False
    body: list[ast.stmt] = ast.parse((root / path).read_text(encoding="utf-8")).body if names else []
    for name in names:
        found = [node for node in body if _name(node) == name]
        if not found:
            return False
        body = getattr(found[-1], "body", [])
    return True


def _name(node: ast.stmt) -> str | None:
    return getattr(node, "name", None)


def wrong_with_controls(row: dict[str, Any], root: Path = ROOT) -> list[str]:
    """Return a sentence for each control of `row` whose code or test is not where it says."""
    wrong = []
    for control in row["existing_controls"]:
        if set(control) != {"text", "code", "test"} or not control["text"] or not control["test"]:
            wrong.append(f"{row['id']}: a control needs text, code and at least one test.")
            continue
        tests = control["test"]
        if not control["code"].startswith(("hub/", "workers/")) or not is_there(control["code"], root):
            wrong.append(f"{row['id']}: there is no {control['code']}.")
        for test in tests:
            named = test.startswith("tests/") and test.rpartition("::")[2].startswith("test_")
            if not named or not is_there(test, root):
                wrong.append(f"{row['id']}: there is no {test}.")
    return wrong


def test_the_log_numbers_its_hazards_without_a_gap_each_once() -> None:
    rows = LOG["hazards"]
    assert [row["id"] for row in rows] == [f"H{number:02}" for number in range(1, len(rows) + 1)]
    assert len({row["name"] for row in rows}) == len(rows) >= 18


def test_the_case_sums_up_every_row_as_it_stands_in_the_log() -> None:
    case = (ROOT / "docs/safety/case.md").read_text(encoding="utf-8")
    for row in LOG["hazards"]:
        first, left = (
            f"{row[when]['severity']}, {row[when]['likelihood'].lower()}: **{row[when]['risk']}**"
            for when in SCORES
        )
        line = f"| {row['id']} | {row['name']} | {first} | {len(row['existing_controls'])} | {left} |"
        assert line in case, line


def test_the_matrix_is_whole_and_never_falls_as_things_get_worse() -> None:
    matrix = LOG["matrix"]
    assert len(matrix["severities"]) == len(matrix["likelihoods"]) == 5
    assert list(matrix["risk"]) == matrix["likelihoods"] == ["Very high", "High", "Medium", "Low", "Very low"]
    rows = list(matrix["risk"].values())
    assert all(len(row) == 5 and row == sorted(row) for row in rows)
    assert all(list(column) == sorted(column, reverse=True) for column in zip(*rows, strict=True))
    assert {str(number) for row in rows for number in row} == set(matrix["meaning"])


def test_the_corners_of_the_matrix() -> None:
    matrix = LOG["matrix"]
    assert risk(matrix, "Catastrophic", "Very high") == 5
    assert risk(matrix, "Minor", "Very high") == 3
    assert risk(matrix, "Considerable", "Medium") == 3
    assert risk(matrix, "Catastrophic", "Very low") == 3
    assert risk(matrix, "Minor", "Very low") == 1


@each_row
def test_every_field_is_filled_in(row: dict[str, Any]) -> None:
    assert set(row) == {*TEXTS, *LISTS, *SCORES}
    assert all(isinstance(row[field], str) and row[field].strip() for field in TEXTS)
    assert row["causes"]
    assert all(isinstance(text, str) and text.strip() for text in [*row["causes"], *row["planned"]])
    assert row["status"] in LOG["statuses"]


@each_row
@pytest.mark.parametrize("when", SCORES)
def test_the_risk_is_what_the_matrix_says(row: dict[str, Any], when: str) -> None:
    score = row[when]
    assert score["risk"] == risk(LOG["matrix"], score["severity"], score["likelihood"])


@each_row
def test_every_control_names_code_and_tests_that_exist(row: dict[str, Any]) -> None:
    assert wrong_with_controls(row) == []


@each_row
def test_what_is_not_built_reduces_no_risk(row: dict[str, Any]) -> None:
    assert row["residual"]["risk"] <= row["initial"]["risk"]
    if not row["existing_controls"]:
        assert row["residual"] == row["initial"]
        assert (row["status"], bool(row["planned"])) == ("open", True)


def test_no_hazard_is_closed_before_a_clinical_safety_officer_is_named() -> None:
    unnamed = [row for row in LOG["hazards"] if "not yet named" in row["owner"]]
    assert {row["status"] for row in unnamed} <= {"open"}


@pytest.mark.parametrize(
    ("reference", "there"),
    [
        ("hub/a.py", True),
        ("hub", True),
        ("hub/a.py::act", True),
        ("hub/a.py::Thing::do", True),
        ("hub/a.py::do", False),
        ("hub/a.py::Thing::act", False),
        ("hub/b.py", False),
        ("", False),
    ],
)
def test_a_reference_is_looked_up_by_path_and_name(tmp_path: Path, reference: str, there: bool) -> None:
    (tmp_path / "hub").mkdir()
    source = "def act() -> None: ...\nclass Thing:\n    def do(self) -> None: ...\n"
    (tmp_path / "hub/a.py").write_text(source, encoding="utf-8")
    assert is_there(reference, tmp_path) is there


@pytest.mark.parametrize(
    ("control", "wrong"),
    [
        ({"code": "hub/gone.py"}, "H99: there is no hub/gone.py."),
        ({"code": "docs/safety/README.md"}, "H99: there is no docs/safety/README.md."),
        ({"test": []}, "H99: a control needs text, code and at least one test."),
        ({"text": ""}, "H99: a control needs text, code and at least one test."),
        (
            {"test": ["tests/domain/test_kinds.py::test_gone"]},
            "H99: there is no tests/domain/test_kinds.py::test_gone.",
        ),
        ({"test": ["tests/domain/test_kinds.py"]}, "H99: there is no tests/domain/test_kinds.py."),
    ],
)
def test_a_control_that_is_not_there_is_found(control: dict[str, Any], wrong: str) -> None:
    sound = {
        "text": "A control.",
        "code": "hub/domain/kinds.py",
        "test": ["tests/domain/test_hazard_log.py::test_a_control_that_is_not_there_is_found"],
    }
    assert wrong_with_controls({"id": "H99", "existing_controls": [sound]}) == []
    assert wrong_with_controls({"id": "H99", "existing_controls": [sound | control]}) == [wrong]
