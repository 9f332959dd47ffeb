"""The ODS practice file: read as published, counted whole, and what the hub keeps survives it."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.directory import ods
from hub.extensions import db
from hub.models import AdminLog, Practice
from tests.support.factories import Make


def line(
    code: str,
    name: str = "THE SURGERY",
    *,
    status: str = "A",
    setting: str = "4",
    telephone: str = "01632 960900",
) -> str:
    """One line as ODS publishes it: 27 columns, all quoted."""
    columns = [
        code,
        name,
        "Y63",
        "Q74",
        "HEALTH CENTRE",
        "MILL ROAD, ELTON",
        "ANYTOWN",
        "DEVON",
        "",
        "ZZ1 1ZZ",
    ]
    columns += [
        "19740401",
        "",
        status,
        "B",
        "00K",
        "20130401",
        "",
        telephone,
        *[""] * 3,
        "0",
        "",
        "00K",
        "",
        setting,
    ]
    columns.append("")
    assert len(columns) == ods.COLUMNS
    return ",".join(f'"{column}"' for column in columns)


FILE = [
    line("Z10001", "ALPHA SURGERY"),
    line("Z10002", "BETA, GAMMA AND PARTNERS"),
    line("Z10003", "SHUT SURGERY", status="C"),
    line("Z10004", "SLEEPING SURGERY", status="D"),
    line("Z10005", "COMING SURGERY", status="P"),
    line("Z20001", "HOSPITAL", setting="0"),
    line("Z20002", "OLD HOSPICE", status="C", setting="9"),
]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Return `file(lines) -> path` of a practice file with these lines."""

    def write(lines: list[str]) -> Path:
        path = tmp_path / "epraccur.csv"
        path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
        return path

    return write


def run(app: Any, path: Path, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["import-practices", str(path), *options])


def stored(app: Any) -> dict[str, Practice]:
    with app.app_context():
        return {one.ods_code: one for one in db.session.scalars(select(Practice))}


def test_every_line_is_in_one_of_four_groups(file: Any) -> None:
    reading = ods.read(file(FILE))
    assert [one.code for one in reading.active] == ["Z10001", "Z10002"]
    assert [one.code for one in reading.closed] == ["Z10003"]
    assert [one.code for one in reading.dormant] == ["Z10004"]
    assert reading.other_codes == {"Z10005", "Z20001", "Z20002"}
    assert reading.lines == len(FILE)


def test_it_takes_the_active_and_names_the_rest(app: Any, file: Any) -> None:
    result = run(app, file(FILE), "--list")
    assert result.exit_code == 0, result.output
    assert "2  GP practices taken" in result.output
    assert "1  closed GP practices" in result.output
    assert "7  = 2 + 1 + 1 + 3: every line of the file" in result.output
    assert "2 practices added, 0 changed" in result.output
    assert "closed: Z10003 SHUT SURGERY" in result.output
    here = stored(app)
    assert set(here) == {"Z10001", "Z10002"}
    assert here["Z10002"].name == "BETA, GAMMA AND PARTNERS"
    assert (here["Z10001"].town, here["Z10001"].postcode) == ("ANYTOWN", "ZZ1 1ZZ")


def test_a_second_run_changes_nothing_and_says_so(app: Any, file: Any) -> None:
    path = file(FILE)
    run(app, path)
    before = {code: one.id for code, one in stored(app).items()}
    result = run(app, path)
    assert "Nothing changed: all 2 practices were here" in result.output
    assert {code: one.id for code, one in stored(app).items()} == before


def test_what_the_hub_keeps_survives_an_import(app: Any, make: Make, file: Any) -> None:
    kept: dict[str, Any] = {
        "served": True,
        "clinical_system": "SystmOne",
        "bypass_number": "01632 960555",
        "how_to_get_in": "Through the gateway.",
        "standing_instructions": "Ring before eleven.",
        "opening_hours": {"mon": [["08:00", "12:00"]]},
    }
    make.practice("Old name", ods_code="Z10001", **kept)
    result = run(app, file(FILE))
    assert "1 practices added, 1 changed" in result.output
    found = stored(app)["Z10001"]
    assert found.name == "ALPHA SURGERY"
    assert {name: getattr(found, name) for name in kept} == kept


def test_a_practice_that_closes_is_marked_and_one_that_reopens_too(app: Any, make: Make, file: Any) -> None:
    make.practice(ods_code="Z10003")
    make.practice(ods_code="Z10004")
    make.practice("ALPHA SURGERY", ods_code="Z10001", status="closed")
    result = run(app, file(FILE))
    assert "Marked closed: Z10003." in result.output
    assert "Marked dormant: Z10004." in result.output
    assert "Active again: Z10001." in result.output
    here = stored(app)
    assert (here["Z10003"].status, here["Z10004"].status, here["Z10001"].status) == (
        "closed",
        "dormant",
        "active",
    )
    assert here["Z10003"].served, "serving is the hub's own decision"
    with app.app_context():
        lines = db.session.scalars(
            select(AdminLog.what).where(AdminLog.practice_id == here["Z10003"].id)
        ).all()
    assert lines == ["The ODS file says closed."]


def test_a_practice_that_the_file_calls_something_else_is_named(app: Any, make: Make, file: Any) -> None:
    make.practice(ods_code="Z20001")
    result = run(app, file(FILE))
    assert "no GP practice in the file (left as they are): Z20001." in result.output


@pytest.mark.parametrize(
    ("broken", "number", "says"),
    [
        (FILE[0].rsplit(",", 1)[0], 3, "26 columns"),
        (line("Z10009", status="X"), 3, "column 13"),
        (line("Z10009", setting="four"), 3, "column 26"),
        (line("Z10009", setting=""), 3, "column 26"),
        (line("", "X"), 3, "code or the name is missing"),
        (line("Z10009", "  "), 3, "code or the name is missing"),
        (line("Z1009"), 3, "a letter and five digits"),
        (line("Z10001"), 3, "stands in line 1 already"),
        ('"Z10009","unclosed', 3, "quotation marks"),
        ('"Z10009"x,"bad"', 3, "quotation marks"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line_and_changes_nothing(
    app: Any, file: Any, broken: str, number: int, says: str
) -> None:
    result = run(app, file([*FILE[:2], broken, *FILE[2:]]))
    assert result.exit_code != 0
    assert f"Line {number}:" in result.output
    assert says in result.output
    assert "Nothing was changed." in result.output
    assert stored(app) == {}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "Line 1: there are 0 columns"),
        (
            FILE[0].encode() + b"\r\n" + FILE[1].replace("BETA", "BET\xc9").encode("latin-1"),
            "Line 2: this is not text",
        ),
        (FILE[0].replace("ALPHA", "AL\x00PHA").encode(), "Line 1"),
        (b"organisation code,name,status\n", "Line 1: there are 3 columns"),
    ],
)
def test_a_file_of_another_kind_is_refused(app: Any, tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(data)
    result = run(app, path)
    assert result.exit_code != 0
    assert says in result.output


def test_a_file_that_is_not_there_is_a_sentence(app: Any, tmp_path: Path) -> None:
    result = run(app, tmp_path / "none.csv")
    assert result.exit_code != 0
    assert "cannot be read" in result.output


@pytest.mark.parametrize(
    ("address", "town"),
    [
        (["HEALTH CENTRE", "LAWSON STREET", "STOCKTON-ON-TEES", "CLEVELAND", ""], "STOCKTON-ON-TEES"),
        (["18 MILL ST", "PUDSEY", "LEEDS", "", ""], "LEEDS"),
        (["X", "GOOSHAYS DRIVE", "HAROLD HILL, ROMFORD", "ESSEX", ""], "ROMFORD"),
        (["X", "Y", "HOLMFIRTH", "WEST YORKSHIRE", ""], "HOLMFIRTH"),
        (["DEVON", "", "", "", ""], "DEVON"),
        (["", "", "", "", ""], ""),
    ],
)
def test_the_town_is_the_last_line_that_is_no_county(address: list[str], town: str) -> None:
    assert ods.town_of(address) == town


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("ODS_PRACTICE_FILE"), reason="ODS_PRACTICE_FILE names no file")
def test_the_whole_published_file(app: Any) -> None:
    """ODS_PRACTICE_FILE names the edition of early 2020."""
    path = Path(os.environ["ODS_PRACTICE_FILE"])
    first, second = run(app, path), run(app, path)
    numbers = [int(found.replace(",", "")) for found in re.findall(r"^ *([\d,]+)  ", first.output, re.M)]
    assert numbers == [6_830, 1_073, 301, 6_153, 14_357]
    assert "6,830 practices added" in first.output
    assert "Nothing changed: all 6,830 practices" in second.output
    assert len(stored(app)) == 6_830
