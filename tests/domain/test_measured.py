"""What the product and the docs say was measured is what the bench printed."""

import pytest

from hub.domain.measured import prices
from hub.domain.policy import DEFAULT_POLICY
from tests.performance.simulation import report

LINES = report.read()


def test_the_page_and_the_prices_are_made_of_the_lines_printed() -> None:
    text = report.PAGE.read_text()
    assert report.page(text, LINES, report.read(bench="policy_bound")) == text
    assert report.PRICES.read_text() == report.prices_text(LINES)


@pytest.mark.parametrize("setting", report.CHOICES)
def test_what_was_measured_as_the_default_is_the_default(setting: str) -> None:
    default = {**DEFAULT_POLICY, **DEFAULT_POLICY["order"]}[setting]
    assert report.CHOICES[setting][str(default)] == "ours"
    assert {one.value for one in prices(setting)} >= {default}


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert prices("fairness_most_percent") == ()


def test_a_price_is_the_mean_over_the_seeds() -> None:
    seeds = [
        line["breach_pct"]
        for line in LINES
        if (line["policy"], line["load"], line["shape"]) == ("ours_one_hard_band", 1.6, "sustained")
    ]
    assert len(seeds) == 3
    (one,) = [
        price
        for price in prices("hard_bands")
        if (price.value, price.load, price.shape) == (1, 1.6, "sustained")
    ]
    assert one.breach_pct == round(sum(seeds) / 3, 2)
