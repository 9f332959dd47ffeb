"""Where the titles of a table stand when a person says so, and how they are known in the next file."""

import pytest

from hub.domain.errors import Invalid
from hub.domain.importing import mapping
from hub.domain.importing.table import NO_TITLES, find_table
from tests.domain.test_importing_tables import EMIS, TITLES, A, B, found, numbered

ODD = (
    ("Name", "DOB", "Address"),  # the head of a form: more like titles than those that are meant
    ("Jane Author", "27-Mar-1951", "1 The Street"),
    ("Whose no.", "Who", "Since when"),
    (A, "SMITH, Jane", "27-Mar-1951"),
    (B, "JONES, Bob", "01-Feb-1960"),
)
DATA = ODD[3:]


def test_the_titles_stand_where_a_person_says() -> None:
    assert found(*ODD).header_row == 1, "looked for, it is the wrong one"
    table = find_table(numbered(*ODD), 3)
    assert (table.header, [row.number for row in table.rows]) == (ODD[2], [4, 5])
    assert [one.number for one in table.left_out] == [1, 2]
    without = find_table(numbered(*DATA), NO_TITLES)
    assert (without.header_row, without.header[0], len(without.rows)) == (0, "Column A", 2)
    assert not without.notes, "nothing was looked for in vain"
    for wrong in (5, 9):
        with pytest.raises(Invalid):
            find_table(numbered(*ODD), wrong)


def test_titles_once_chosen_are_known_again_wherever_they_stand() -> None:
    mark = mapping.titles_mark(3, numbered(*ODD))
    lower = numbered(("Another list",), *ODD[:2], ("whose no", "WHO", None, "Since when"), *DATA)
    assert mark in mapping.marks_of(lower)
    assert mapping.titles_among(lower, [mark]) == 4
    assert mapping.titles_among(numbered(*EMIS), [mark]) is None
    none = mapping.titles_mark(NO_TITLES, numbered(*DATA))
    assert mapping.titles_among(numbered(*DATA), [none]) == NO_TITLES
    assert mapping.titles_among(numbered(TITLES[:3], *DATA), [none]) is None, "titles for certain"
    newest_first = [mapping.titles_mark(1, numbered(*ODD)), mark]
    assert mapping.titles_among(numbered(*ODD), newest_first) == 1
    mended = numbered(("x",), (mapping.ROW_TITLE, *ODD[2], mapping.TO_DO_TITLE), *DATA)
    assert mapping.titles_among(mended, []) == 2
