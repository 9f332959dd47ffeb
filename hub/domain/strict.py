"""From JSON to a dataclass, strictly: no field too many, none too few, each of its own type.

For definitions that people edit (kinds): a slip is refused with a sentence that
names the field, instead of being quietly read as something else.
"""

from collections.abc import Set
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


def build(shape: type[Any], data: object, where: str, *, may_be_empty: Set[str] = frozenset()) -> Any:
    """Make a dataclass of type `shape` from the JSON object `data`.

    Fields may be text, whole numbers, true or false, enums (by value), other
    dataclasses, tuples of any of these (a JSON list) or one of these or None.
    A field with a default may be left out. Text must not be blank, except in the
    fields named in `may_be_empty`.

    Raises:
        ValueError: the sentence begins with `where` and the path to the field.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where}: must be an object with named fields.")
    known = {field.name: field for field in fields(shape)}
    for name in data:
        if name not in known:
            raise ValueError(f"{where}, {name}: there is no such field. Remove it or correct its name.")
    for name, field in known.items():
        if name not in data and field.default is MISSING:
            raise ValueError(f"{where}, {name}: is missing.")
    hints = get_type_hints(shape)
    values = {name: _value(hints[name], data[name], f"{where}, {name}", may_be_empty) for name in data}
    for name, value in values.items():
        if value == "" and name not in may_be_empty:
            raise ValueError(f"{where}, {name}: must not be empty.")
    return shape(**values)


def _value(hint: Any, value: object, where: str, may_be_empty: Set[str]) -> Any:
    """Convert one JSON value to the type `hint` of its field."""
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where}: must be a list.")
        if "" in value:
            raise ValueError(f"{where}: must not hold an empty text.")
        numbered = enumerate(value, start=1)
        return tuple(_value(get_args(hint)[0], one, f"{where} {n}", may_be_empty) for n, one in numbered)
    if get_origin(hint) is UnionType:
        return None if value is None else _value(get_args(hint)[0], value, where, may_be_empty)
    if is_dataclass(hint):
        return build(hint, value, where, may_be_empty=may_be_empty)  # type: ignore[arg-type]
    return _plain(hint, value, where)


def _plain(hint: type[Any], value: object, where: str) -> Any:
    """Convert a text, number, yes/no or enum; JSON's `true` is not the number 1."""
    if issubclass(hint, Enum):
        choices = {member.value: member for member in hint}
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
            raise ValueError(f"{where}: must be one of {', '.join(map(str, choices))}.")
        return choices[value]
    if type(value) is not hint:
        raise ValueError(f"{where}: must be {_NAMES[hint]}.")
    if isinstance(value, str) and value != value.strip():
        raise ValueError(f"{where}: must not begin or end with a space.")
    return value
