"""The words of a file of requests: where its run stands, which group a row is in, what became of it."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a file stands."""

    UPLOADED = "uploaded"  # its columns are to be confirmed
    CHECKING = "checking"
    INVALID = "invalid"  # checked, and no row can be brought in
    REVIEW = "review"  # checked, and waits for somebody to approve it
    IMPORTING = "importing"
    COMPLETED = "completed"  # every row became a request, or was one already
    PARTLY = "partly"  # some rows were refused or skipped
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"  # a fault of ours; it can be gone on with from where it stopped


class Group(StrEnum):
    """What the check found about a row."""

    NEW = "new"
    OPEN = "open"  # a request for the same is open already
    CLOSE = "close"  # a patient of theirs has this number and other details: the person decides
    NOT_YOURS = "not_yours"  # names a practice that the person may not raise for
    REFUSED = "refused"
    TWICE = "twice"  # the same request stands further up in this file
    LATER = "later"  # its review is due later than is raised now


class Decision(StrEnum):
    """What a person says about a close match."""

    USE = "use"  # it is the held patient, with the details that are held
    UPDATE = "update"  # it is the held patient, and the details of the file are right: they are taken over
    SKIP = "skip"


class Result(StrEnum):
    """What became of a row; every row ends in exactly one."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    SKIPPED = "skipped"


AT_WORK = frozenset({RunStatus.CHECKING, RunStatus.IMPORTING, RunStatus.UNDOING})
NOT_APPROVED = frozenset({RunStatus.UPLOADED, RunStatus.CHECKING, RunStatus.INVALID, RunStatus.REVIEW})
FINISHED = frozenset({RunStatus.COMPLETED, RunStatus.PARTLY, RunStatus.CANCELLED, RunStatus.UNDONE})
RAISED_BY = frozenset({Decision.USE, Decision.UPDATE})  # a close match is raised by these, and only by them
