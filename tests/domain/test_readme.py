"""The README's diagram is the lifecycle as it is."""

import re
from pathlib import Path

from hub.domain.lifecycle import mermaid

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_diagram_is_drawn_from_the_table() -> None:
    drawn = re.search(r"<!-- lifecycle.*?```mermaid\n(.*?)\n```", README.read_text(), re.DOTALL)
    assert drawn is not None
    assert drawn[1] == mermaid(), "print hub.domain.lifecycle.mermaid() into the README"
