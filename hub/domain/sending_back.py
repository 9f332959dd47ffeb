"""Why requests go back to their practice, and how a practice avoids each reason."""

REASONS: dict[str, str] = {
    "information_missing": "Something we need is missing",
    "document_missing": "The document cannot be found or read",
    "wrong_patient": "The patient's details do not match the record",
    "no_access": "We cannot get into the record",
    "already_done": "It is already done, or was asked twice",
    "not_ours": "This is not work for the pharmacy hub",
    "other": "Something else",
}
AVOID: dict[str, str] = {
    "information_missing": "Write what you want to know or have done, and answer every safety question; "
    "“not sure” is an answer.",
    "document_missing": "Give the document number as your system shows it, and check that the letter is "
    "filed under that number and every page can be read.",
    "wrong_patient": "Copy name, date of birth and NHS number from the open record, and check that the "
    "letter is about the same person.",
    "no_access": "Check that the hub's accounts still open your system. Tell the hub at once when "
    "something changes, such as the system, a server or a smartcard setting.",
    "already_done": "Find the patient under Requests before raising: the form also warns when something "
    "like it is open.",
    "not_ours": "The form's list of kinds says what the hub does. For anything else ask the hub first.",
    "other": "Read the sentences on each request: the clinician wrote what was missing.",
}


def avoid_words(code: str) -> str:
    """Say how a practice avoids that requests come back for this reason."""
    return AVOID.get(code, AVOID["other"])
