"""The kinds that come with the product, as files: one JSON file per kind in `kinds/`."""

import json
from pathlib import Path
from typing import Any

from hub.domain.kinds import Kind, parse

FOLDER = Path(__file__).parent / "kinds"


def raw_kinds_on_disk(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Return the JSON form of every kind in `folder`, ordered by file name, unchecked.

    Raises:
        ValueError: a file is not JSON, or is not named after the kind in it.
    """
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def kinds_on_disk(folder: Path = FOLDER) -> tuple[Kind, ...]:
    """Return every kind in `folder`, checked, ordered by code.

    Raises:
        ValueError: a kind is wrong; the sentence names the kind and the field.
    """
    return tuple(parse(raw) for raw in raw_kinds_on_disk(folder))


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once_each)
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON, or repeats itself: {error}") from error
    # One file per kind, named after it, so that two files cannot define the same one.
    if not isinstance(raw, dict) or raw.get("code") != path.stem:
        raise ValueError(f"{path.name} must hold one kind, with the code {path.stem}.")
    return raw


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that stands twice in one object: JSON would silently keep the second."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the field “{name}” stands there twice.")
    return dict(pairs)
