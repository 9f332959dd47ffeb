"""The lead's board: what it says, and that it costs the same however much there is."""

import datetime as dt
from typing import Any

import pytest

from hub.domain.vocabulary import Role
from tests.support.factories import Make


@pytest.fixture
def lead(make: Make, as_user: Any) -> Any:
    return as_user(make.lead(name="Lena Lead"))


def test_an_empty_hub_says_what_to_do_next(lead: Any) -> None:
    page = lead.get("/board").text
    assert "Nothing needs a decision" in page
    assert "No clinicians yet" in page
    assert "None. Every practice" in page
