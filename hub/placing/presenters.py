"""How the small pages of placing are shown."""

from collections.abc import Mapping


def reason_options(reasons: Mapping[str, str]) -> list[dict[str, str]]:
    """Return reasons as radios."""
    return [{"value": code, "text": words} for code, words in reasons.items()]
