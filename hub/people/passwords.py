"""Pass phrases and passwords: made by the hub, or chosen by a person and refused when easily guessed.

Length counts, not composition (NCSC guidance; ASVS 5.0 V6.2): 12 to 128 characters, nothing
from a list of obvious words, nothing that is only the person's own name or address.
"""

import re
import secrets
from pathlib import Path

from hub.people.sessions import LONGEST_PASSWORD, SHORTEST_PASSWORD

_FOLDER = Path(__file__).parent
# 256 plain words, so six of them are 48 random bits: far beyond what a throttled sign-in can be asked.
WORDS = (_FOLDER / "words.txt").read_text().split()
PHRASE_WORDS = 6

_OBVIOUS = (_FOLDER / "obvious.txt").read_text().split()
_ONLY_OBVIOUS = re.compile(rf"(?:{'|'.join(sorted(_OBVIOUS, key=len, reverse=True))})+")
_DIGIT_ROWS = "0123456789" * 14 + "9876543210" * 14
_LOOKS_LIKE = str.maketrans("0134578@$!", "oieastbasi")


def new_phrase() -> str:
    """Return a fresh pass phrase, such as "heron-copper-attic-plum-saddle-quill"."""
    return "-".join(secrets.choice(WORDS) for _ in range(PHRASE_WORDS))


def check(password: str, *, own_words: tuple[str, ...] = ()) -> str:
    """Return the sentence that says why this password is refused, or "".

    `own_words` are the person's name and e-mail address.
    """
    if len(password) < SHORTEST_PASSWORD:
        return (
            f"Use {SHORTEST_PASSWORD} characters or more; this has {len(password)}. Several words are good."
        )
    if len(password) > LONGEST_PASSWORD:
        return f"Use {LONGEST_PASSWORD} characters or fewer; this has {len(password)}."
    if len(set(password)) < 5:
        return "This repeats a few characters. Use several words that do not belong together."
    if _is_obvious(password):
        return (
            "This is one of the first that anyone would guess. Use several words that do not belong together."
        )
    if _is_own(password, own_words):
        return "This is little more than your name or e-mail address. Use several other words."
    return ""


def _is_obvious(password: str) -> bool:
    """Say whether it is only listed words, digits and signs around or inside them, or a row of digits."""
    lowered = password.lower()
    core = lowered.strip("0123456789!?.,-_ ")
    if not core:
        return re.sub(r"\D", "", lowered) in _DIGIT_ROWS
    plain = (_letters(lowered), _letters(core.translate(_LOOKS_LIKE)))
    return any(_ONLY_OBVIOUS.fullmatch(letters) for letters in plain)


def _is_own(password: str, own_words: tuple[str, ...]) -> bool:
    left = password.lower()
    for part in sorted({part for words in own_words for part in re.split(r"\W+", words.lower())}, key=len):
        if len(part) > 2:
            left = left.replace(part, "")
    return left != password.lower() and len(_letters(left)) < 4


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalpha())
