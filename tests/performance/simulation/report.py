"""Tables and prices from the lines that `make bench ONLY=policy` printed.

    make bench ONLY=policy > docs/evidence/policies.jsonl
    make bench ONLY=policy_bound >> docs/evidence/policies.jsonl
    .venv/bin/python -m tests.performance.simulation.report

writes the tables into docs/evidence/policies.md and the prices into hub/domain/measured_prices.json.
"""

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LINES = ROOT / "docs" / "evidence" / "policies.jsonl"
PAGE = ROOT / "docs" / "evidence" / "policies.md"
PRICES = ROOT / "hub" / "domain" / "measured_prices.json"
START, END = "<!-- tables: made by the report -->\n", "<!-- end of tables -->\n"

Line = Mapping[str, Any]
Case = tuple[float, str]
# Figure: heading.
COLUMNS = {
    "breach_pct": "late", "breach_minutes_pct": "late, by minutes", "smr_ltc_breach_pct": "SMR and LTC",
    "band1_breach_pct": "band 1", "band2_breach_pct": "band 2", "oldest_days": "oldest open, days",
    "open_late": "open and late", "same_practice_pct": "same practice",
}  # fmt: skip
# The product shows the price of a choice: what it would be, and by which lines it is known.
CHOICES = {
    "hard_bands": {"2": "ours", "1": "ours_one_hard_band"},
    "reserve_percent": {"0": "ours", "5": "ours_reserve_5", "10": "ours_reserve_10"},
    "buffer_minutes": {"45": "ours", "0": "ours_no_buffer"},
    "lookahead_percent": {"30": "ours", "20": "ours_lookahead_20"},
    "margin_minutes": {"300": "ours", "0": "ours_no_margin"},
    "few_people_percent": {"50": "ours", "0": "ours_people_0"},
    "same_practice_percent": {"105": "ours", "150": "ours_same_practice_150"},
}
_PRICED = ("breach_pct", "breach_minutes_pct", "smr_ltc_breach_pct", "band1_breach_pct", "band2_breach_pct")


def read(path: Path = LINES, bench: str = "policy") -> list[Line]:
    """Return the lines of the bench."""
    found = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    return [line for line in found if line["bench"] == bench]


def cases(lines: Iterable[Line]) -> list[Case]:
    """Return each load and shape that was run, sustained ones first."""
    return sorted(
        {(line["load"], line["shape"]) for line in lines}, key=lambda case: (case[1] != "sustained", case[0])
    )


def mean(lines: Iterable[Line], policy: str, case: Case, figure: str) -> float:
    """Return a figure's mean over the seeds."""
    return statistics.fmean(
        line[figure] for line in lines if line["policy"] == policy and (line["load"], line["shape"]) == case
    )


def tables(lines: list[Line]) -> str:
    """Return one table for each load and shape, with the policies in the order in which they ran."""
    policies = list(dict.fromkeys(line["policy"] for line in lines))
    parts = []
    for case in cases(lines):
        seeds = len({line["seed"] for line in lines})
        floor = mean(lines, policies[0], case, "band1_floor_pct")
        parts += [
            f"### Load {case[0]}, {case[1]}\n",
            f"Mean of {seeds} seeds; band 1 alone in the hub: {floor:.2f} %.\n",
            "| policy | " + " | ".join(COLUMNS.values()) + " |",
            "|---|" + "---|" * len(COLUMNS),
        ]
        for policy in policies:
            row = [_shown(figure, mean(lines, policy, case, figure)) for figure in COLUMNS]
            parts.append(f"| {policy} | " + " | ".join(row) + " |")
        parts.append("")
    return "\n".join(parts) + "\n"


def ratios(lines: list[Line]) -> str:
    """Return how many tasks were late under ours for each late under another, where there is too much."""
    heads = "| load | shape | ours / strict | ours / hard bands EDD | ours / c-mu | band 2, ours / c-mu |"
    heads += " one / strict | one / hard bands EDD | one / c-mu |"
    parts = [heads, "|---|" + "---|" * 8]
    for case in cases(lines):
        if case[0] < 1.4:
            continue
        ours, one, strict, bands, c_mu = (
            mean(lines, name, case, "breach_pct")
            for name in ("ours", "ours_one_hard_band", "strict_priority", "hard_bands_edd", "c_mu")
        )
        second = mean(lines, "ours", case, "band2_breach_pct") / mean(lines, "c_mu", case, "band2_breach_pct")
        row = [ours / strict, ours / bands, ours / c_mu, second, one / strict, one / bands, one / c_mu]
        parts.append(f"| {case[0]} | {case[1]} | " + " | ".join(f"{number:.2f}" for number in row) + " |")
    return "\n".join(parts) + "\n\n"


def least(lines: list[Line], bounds: list[Line]) -> str:
    """Return how far policies are from the least that any could leave late, by number and by minutes."""
    heads = [f"{what}{unit}" for unit in ("", ", by minutes") for what in ("told all", "minutes not told")]
    shown = ("ours", "ours_one_hard_band", "c_mu", "edd")
    parts = [
        "| load | shape | " + " | ".join(heads) + " | " + " | ".join(shown) + " |",
        "|---|---|" + "---|" * (len(heads) + len(shown)),
    ]
    for case in cases(lines):
        mine = [one for one in bounds if (one["load"], one["shape"]) == case]
        row = [
            f"{statistics.fmean(one[f'least_{figure}_pct{told}'] for one in mine):.2f}"
            for figure in ("breach", "breach_minutes")
            for told in ("", "_untold")
        ]
        for name in shown:
            late = (mean(lines, name, case, figure) for figure in ("breach_pct", "breach_minutes_pct"))
            row.append("; ".join(f"{one:.2f}" for one in late))
        parts.append(f"| {case[0]} | {case[1]} | " + " | ".join(row) + " |")
    return "\n".join(parts) + "\n\n"


def prices(lines: list[Line]) -> dict[str, Any]:
    """Return for each choice a lead has what it cost at each load and shape."""
    found: dict[str, Any] = {}
    for setting, values in CHOICES.items():
        found[setting] = [
            {"value": int(value), "load": case[0], "shape": case[1]}
            | {figure: round(mean(lines, policy, case, figure), 2) for figure in _PRICED}
            for value, policy in values.items()
            for case in cases(lines)
        ]
    return found


def page(text: str, lines: list[Line], bounds: list[Line]) -> str:
    """Return the page with its tables made anew."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return before + START + "\n" + ratios(lines) + least(lines, bounds) + tables(lines) + END + after


def prices_text(lines: list[Line]) -> str:
    """Return the file of prices, one line for each."""
    rows = [
        f'  "{setting}": [\n' + ",\n".join("    " + json.dumps(one) for one in values) + "\n  ]"
        for setting, values in prices(lines).items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> None:
    """Write both files."""
    lines = read()
    PAGE.write_text(page(PAGE.read_text(), lines, read(bench="policy_bound")))
    PRICES.write_text(prices_text(lines))


def _shown(figure: str, number: float) -> str:
    return f"{number:.0f}" if figure == "open_late" else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


if __name__ == "__main__":
    main()
