"""What may be wrong with the rows or the text of a file, by name."""

import datetime as dt
import random
from collections.abc import Callable

from tests.performance.fuzz_files import CUSTOMS, Cell, Draft

Rows = Callable[[Draft, random.Random], None]
ODD = (
    *(
        "",
        " ",
        "\t",
        "\x00",
        "\x1b[2J",
        "\ufffd",
        "\ud800",
        "😀" * 9,
        "\u202eabc",
        "\u200b",
        "a" * 40_000,
        "=1+1",
    ),
    *(
        '=HYPERLINK("http://x")',
        "@SUM(A1)",
        "+44",
        "-",
        "'",
        '"',
        '""',
        "#REF!",
        "#N/A",
        "########",
        "9.43E+09",
    ),
    *(
        "9434765919.0",
        "1.23E+15",
        "1239511000000100",
        "TRUE",
        "None",
        "NaN",
        "Infinity",
        "00/00/0000",
        "31/02/1950",
    ),
    *(
        "01/01/0001",
        "31/12/9999",
        "1/1/50",
        "45000",
        "-1",
        "1e999",
        "٣٤٥",
        "<b>x</b>",
        "{{7*7}}",
        "'; drop table task;--",
    ),
    *(
        "999 000 0000",
        "9999999999",
        "AB123456C",
        "not sure",
        "Yes/No",
        "Asthma, COPD; CKD",
        "Family history of asthma",
    ),
)
NUMBERS = (0, -1, 1.5, 10**9, 10**15, 999999999999999999, 9.99e9, 1e300, float("1e-9"), True, False)


def _body(draft: Draft) -> range:
    return range(draft.titles + 1, len(draft.rows))


def _odd_cells(draft: Draft, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 6)):
        row = chance.choice(draft.rows[draft.titles :])
        if row:
            odd = chance.choice([chance.choice(ODD), chance.choice(NUMBERS), chance.choice(CUSTOMS), None])
            row[chance.randrange(len(row))] = odd


_ABOVE: list[list[Cell]] = [
    ["Report name", "Asthma recall"],
    ["Run on", dt.date(2026, 11, 20)],
    ["Population count", 12],
    [],
    ["x"] * 9,
]
_BELOW: list[list[Cell]] = [[], ["Total", 9], ["Page 1 of 1"], ["x", None, "Count", 3]]


def _lines_above(draft: Draft, chance: random.Random) -> None:
    above = [list(line) for line in chance.sample(_ABOVE, chance.randint(1, 4))]
    draft.rows[:0] = above
    draft.titles += len(above)


def _lines_below(draft: Draft, chance: random.Random) -> None:
    draft.rows += [list(line) for line in _BELOW[: chance.randint(1, 4)]]


def _titles_again(draft: Draft, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        draft.rows.insert(chance.choice([*_body(draft), len(draft.rows)]), list(draft.rows[draft.titles]))


def _as_above(draft: Draft, chance: random.Random) -> None:
    for place in range(len(draft.rows) - 1, draft.titles, -1):
        if chance.random() < 0.4 and len(draft.rows[place]) > 2:
            again = list(draft.rows[place])
            again[: chance.randint(1, 4)] = [None] * min(chance.randint(1, 4), len(again))
            draft.rows.insert(place + 1, again)


def _blank_columns(draft: Draft, chance: random.Random) -> None:
    place = chance.randint(0, 3)
    for row in draft.rows:
        row[place:place] = [None] * chance.choice([1, 1, 1, 2])


def _blank_rows(draft: Draft, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 5)):
        draft.rows.insert(chance.randint(0, len(draft.rows)), [None] * chance.randint(0, 4))
        draft.titles = next((n for n, row in enumerate(draft.rows) if any(row)), 0)


def _no_titles(draft: Draft, chance: random.Random) -> None:
    del draft.rows[draft.titles]
    draft.titles = 0


def _odd_titles(draft: Draft, chance: random.Random) -> None:
    titles = draft.rows[draft.titles]
    for _ in range(chance.randint(1, 3)):
        if titles:
            titles[chance.randrange(len(titles))] = chance.choice(
                [*titles, "", "NHS Number", "x" * 500, 7, *ODD[:9]]
            )


def _ragged(draft: Draft, chance: random.Random) -> None:
    for place in _body(draft):
        if chance.random() < 0.5:
            row = draft.rows[place]
            draft.rows[place] = row[: chance.randint(0, len(row))] + ["extra"] * chance.choice([0, 0, 1, 120])


def _rows_twice(draft: Draft, chance: random.Random) -> None:
    draft.rows += [list(row) for row in draft.rows[draft.titles + 1 :]]


def _mixed_dates(draft: Draft, chance: random.Random) -> None:
    for place in _body(draft):
        draft.rows[place] = [
            (cell if cell.day <= 12 else cell.strftime("%d/%m/%Y")) if isinstance(cell, dt.date) else cell
            for cell in draft.rows[place]
        ]


def _two_rows_of_titles(draft: Draft, chance: random.Random) -> None:
    titles = draft.rows[draft.titles]
    draft.rows.insert(draft.titles, [title if n % 2 == 0 else None for n, title in enumerate(titles)])
    draft.titles += 1


def _only_titles(draft: Draft, chance: random.Random) -> None:
    del draft.rows[draft.titles + 1 :]


def _wide(draft: Draft, chance: random.Random) -> None:
    for row in draft.rows:
        row += ["w"] * chance.choice([60, 60, 150])


def _other_practices(draft: Draft, chance: random.Random) -> None:
    draft.rows[draft.titles].append("Practice code")
    for place in _body(draft):
        draft.rows[place].append(chance.choice(["K81003", "Z99999", "Elder Tree Surgery", "", "K81003001"]))


ROWS: dict[str, Rows] = {
    "odd cells": _odd_cells,
    "lines above": _lines_above,
    "lines below": _lines_below,
    "titles again": _titles_again,
    "as above": _as_above,
    "blank columns": _blank_columns,
    "blank rows": _blank_rows,
    "no titles": _no_titles,
    "odd titles": _odd_titles,
    "ragged rows": _ragged,
    "rows twice": _rows_twice,
    "swapped dates": _mixed_dates,
    "two rows of titles": _two_rows_of_titles,
    "only titles": _only_titles,
    "wide": _wide,
    "other practices": _other_practices,
}


def _insert(what: str) -> Callable[[str, random.Random], str]:
    def change(text: str, chance: random.Random) -> str:
        for _ in range(chance.randint(1, 4)):
            place = chance.randint(0, len(text))
            text = text[:place] + what + text[place:]
        return text

    return change


def _mixed_ends(text: str, chance: random.Random) -> str:
    return "".join(
        line.rstrip("\r\n") + chance.choice(["\r", "\n", "\r\n", "\r\r\n"]) for line in text.splitlines(True)
    )


def _mixed_separators(text: str, chance: random.Random) -> str:
    lines = text.splitlines(True)
    return "".join(line.replace(",", chance.choice(",;\t|")) for line in lines)


TEXTS: dict[str, Callable[[str, random.Random], str]] = {
    "lone quotation marks": _insert('"'),
    "marks at the start of cells": lambda text, chance: text.replace(",", ',"', chance.randint(1, 5)),
    "NUL characters": _insert("\x00"),
    "separators": _insert(",;"),
    "line breaks": _insert("\n"),
    "mark in the middle": _insert("\ufeff"),
    "mixed line ends": _mixed_ends,
    "mixed separators": _mixed_separators,
    "sep= line": lambda text, chance: f"sep={chance.choice(',;|')}\r\n{text}",
    "digits kept as text": lambda text, _: text.replace("999", '="999', 3),
    "cut off text": lambda text, chance: text[: chance.randint(0, len(text))],
    "one long line": lambda text, chance: text + "y," * chance.choice([200, 30_000]),
    "many blank lines": lambda text, chance: text + "\n" * chance.choice([50, 5_000]),
}
