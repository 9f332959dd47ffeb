"""Does a row's own text speak against a No that was given for all rows at once?"""

import re
from collections.abc import Iterable
from functools import lru_cache

from hub.domain.importing.terms import words
from hub.domain.kinds import SafetyFact

# What a question's hint names: the words after these, up to the end of the sentence.
_NAMES = re.compile(r"(?:For example|words like|such as)\s+([^.]*)")
_BETWEEN = re.compile(r",|\bor\b|\bsuch as\b")
_LEADING = re.compile(r"^(?:(?:an?|another|strong)\s+)+|\s+(?:medicine|tablets)$")
_URGENT = r"(?<!\bnot )(?<!\bnon )urgent"
# Medicines of the groups that hints name only as a group; a few of each that letters name most, no formulary.
_GROUPS: dict[str, tuple[str, ...]] = {
    "blood thinner": (
        *("anticoagulant", "apixaban", "rivaroxaban", "edoxaban", "dabigatran", "heparin", "enoxaparin"),
        *("dalteparin", "tinzaparin", "acenocoumarol", "doac"),
    ),
    "epilepsy": (
        *("antiepileptic", "valproate", "carbamazepine", "phenytoin", "lamotrigine", "levetiracetam"),
        *("topiramate", "phenobarbital"),
    ),
    "steroid": ("prednisolone", "dexamethasone", "hydrocortisone", "fludrocortisone"),
    "painkiller": ("opioid", "oxycodone", "fentanyl", "methadone", "buprenorphine", "tapentadol"),
}


def named(texts: Iterable[str], fact: SafetyFact) -> str:
    """Return the first word of the question's hint (or a medicine of its groups) in these texts; "" if none.

    A text that says "not urgent" or "non-urgent" does not name "urgent". Anything else counts, even where
    the sentence denies it: the answer is then a person's, not ours.
    """
    pattern = _pattern(fact.hint)
    if pattern is None:
        return ""
    hits = (pattern.search(words(text)) for text in texts)
    return next((hit.group(1) for hit in hits if hit), "")


@lru_cache(maxsize=128)
def _pattern(hint: str) -> re.Pattern[str] | None:
    listed = [part.strip() for named in _NAMES.findall(hint) for part in _BETWEEN.split(named)]
    found = {words(_LEADING.sub("", part)) for part in listed if part}
    found |= {word for group, own in _GROUPS.items() if any(group in one for one in found) for word in own}
    found = {word for word in found if len(word) >= 4}
    if not found:
        return None
    longest_first = sorted(found, key=len, reverse=True)
    either = "|".join(_URGENT if word == "urgent" else re.escape(word) for word in longest_first)
    return re.compile(rf"\b((?:{either})s?)\b")
