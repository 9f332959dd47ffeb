"""Words for kinds, conditions, answers and urgency, as people and clinical systems write them."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from hub.domain.kinds import Kind

# Per subtype (a long-term condition, a high-risk medicine): words that name it, beside its own name.
_CONDITIONS: dict[str, tuple[str, ...]] = {
    "AST": ("asthma", "asthmatic"),
    "COPD": (
        "copd",
        "chronic obstructive pulmonary disease",
        "chronic obstructive airways disease",
        "emphysema",
    ),
    "DM": (
        "diabetes",
        "diabetes mellitus",
        "diabetic",
        "type 1 diabetes",
        "type 2 diabetes",
        "t1dm",
        "t2dm",
        "dm",
    ),
    "HYP": ("hypertension", "high blood pressure", "htn", "hypertensive", "essential hypertension", "hyp"),
    "CHD": (
        "coronary heart disease",
        "chd",
        "ischaemic heart disease",
        "ihd",
        "angina",
        "myocardial infarction",
    ),
    "STIA": ("stroke", "tia", "transient ischaemic attack", "cerebrovascular accident", "cva", "stia"),
    "HF": ("heart failure", "hf", "left ventricular systolic dysfunction", "lvsd"),
    "AF": ("atrial fibrillation", "af"),
    "CKD": ("chronic kidney disease", "ckd"),
    "LIPID": ("cholesterol", "lipids", "lipid", "hyperlipidaemia", "hypercholesterolaemia"),
    "NDH": (
        "non diabetic hyperglycaemia",
        "ndh",
        "prediabetes",
        "pre diabetes",
        "prediabetic",
        "pre diabetic",
    ),
    "SMI": (
        *("severe mental illness", "serious mental illness", "smi", "schizophrenia", "bipolar"),
        *("bipolar disorder", "bipolar affective disorder", "psychosis"),
    ),
    "OBESITY": ("obesity", "obese"),
    "AZA": ("azathioprine", "mercaptopurine"),
    "DOAC": ("doac", "apixaban", "dabigatran", "edoxaban", "rivaroxaban"),
    "VALPRO": ("valproate", "valproic acid"),
}
# Words that turn a named condition into another statement.
_TURNED = re.compile(
    r"\b(no|not|without|excluded|exclude|resolved|suspected|possible|query|family history|fh|risk of|at risk|"
    r"screening|declined|unlikely|history of|h o|gestational|insipidus)\b"
)
_KINDS: dict[str, tuple[str, ...]] = {
    "SMR": ("medication review", "structured medication review", "medicines review"),
    "LTC": (
        "long term condition review",
        "long term condition",
        "ltc review",
        "annual review",
        "chronic disease",
    ),
    "DISCH": ("discharge", "discharge letter", "discharge summary", "tto", "medicines reconciliation"),
    "OPLET": ("outpatient letter", "clinic letter", "outpatient", "clinic", "outpatients"),
    "DOCWF": ("workflow", "document", "workflow document", "docman"),
    "HRDM": ("high risk drug monitoring", "drug monitoring", "hrd monitoring"),
    "CAREHOME": ("care home round", "care home ward round", "weekly round"),
    "MEDQ": ("query", "medication query", "medicine query", "medicines query", "question"),
}
_ANSWERS: dict[str, str] = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "✓", "✔", "☑", "ja"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "none", "✗", "✘", "☐", "-"), "no"),
    **dict.fromkeys(
        ("not sure", "unsure", "unknown", "not known", "not_sure", "?", "dont know", "maybe"), "not_sure"
    ),
}
_URGENCY: dict[str, str] = {
    **dict.fromkeys(("routine", "normal", "low", "standard", "no", "n", "non urgent", "3"), "routine"),
    **dict.fromkeys(("soon", "by tomorrow", "tomorrow", "medium", "24 hours", "24h", "2"), "soon"),
    **dict.fromkeys(("urgent", "today", "high", "yes", "y", "asap", "immediate", "same day", "1"), "urgent"),
}


def words(text: str) -> str:
    """Return text as small words with single spaces: accents, dashes and brackets do not count."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c))))


def answer(text: str) -> str:
    """Return "yes", "no" or "not_sure" for what was written; "" if it is no answer."""
    said = text.strip().casefold()
    return _ANSWERS.get(said) or _ANSWERS.get(words(said), "")


@lru_cache(maxsize=1024)
def urgency(text: str) -> str:
    """Return "routine", "soon" or "urgent" for what was written; "" if it is none of them."""
    return _URGENCY.get(words(text), "")


def conditions(text: str, kinds: Sequence[Kind]) -> tuple[str, ...]:
    """Return the codes of the conditions that a text names, each once; none if it also denies or doubts."""
    return _named(text, tuple((one.code, one.name) for kind in kinds for one in kind.subtypes))


@lru_cache(maxsize=4096)
def _named(text: str, subtypes: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    said = words(text)
    if not said or not subtypes or _TURNED.search(said):
        return ()
    phrases, pattern = _phrases(subtypes)
    return tuple(dict.fromkeys(phrases[found[0]] for found in pattern.finditer(said)))


@lru_cache(maxsize=32)
def _phrases(subtypes: tuple[tuple[str, str], ...]) -> tuple[dict[str, str], re.Pattern[str]]:
    """Return what each phrase means, and what finds them: the longest first."""
    phrases: dict[str, str] = {}
    for code, name in subtypes:
        own = (words(name), words(re.sub(r"\([^()]*\)", "", name)), words(code))
        phrases |= dict.fromkeys((*own, *_CONDITIONS.get(code, ())), code)
    longest_first = sorted(filter(None, phrases), key=len, reverse=True)
    return phrases, re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def kind(text: str, kinds: Sequence[Kind]) -> str:
    """Return the code of the kind that a text names; "" if none or several could be meant."""
    return _kind(text, tuple((one.code, one.name) for one in kinds))


@lru_cache(maxsize=1024)  # a file says the same few words in each of its rows
def _kind(text: str, kinds: tuple[tuple[str, str], ...]) -> str:
    said = words(text)
    for code, name in kinds:
        if said in (words(code), words(name), words(f"{code} {name}"), *_KINDS.get(code, ())):
            return code
    return ""
