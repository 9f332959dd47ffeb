"""The few ways a rule says no; `hub.web` turns each into a page, once."""


class HubError(Exception):
    """A refusal with a sentence for the person: `str(error)` is shown as it is."""


class NotFound(HubError):
    """There is no such thing, or this person may not know that there is (404)."""


class NotAllowed(HubError):
    """This person may not do this; the sentence says why (403)."""


class Invalid(HubError):
    """What was typed cannot be used (422).

    `problems` maps a field's name to the sentence shown beside it.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class Conflict(HubError):
    """Someone else has acted since this page was read (409).

    `who` and `when` (an aware datetime or None) tell the person what happened.
    """

    def __init__(self, sentence: str, *, who: str = "", when: object = None) -> None:
        super().__init__(sentence)
        self.who = who
        self.when = when
