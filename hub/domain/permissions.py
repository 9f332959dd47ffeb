"""Which role may see which page or do which act?

One table answers for the menu, the button, the page of refusal and the tests:
`may` says yes or no, `check_may` raises the sentence. Whether this person may do this
very task (profession, competence, practice) is eligibility, not permission.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from hub.domain.errors import NotAllowed
from hub.domain.vocabulary import Role


class Permission(StrEnum):
    """Something that only some roles may see or do."""

    RAISE_REQUEST = "raise_request"
    IMPORT_REQUESTS = "import_requests"
    SEE_OWN_REQUESTS = "see_own_requests"
    ANSWER_FOR_PRACTICE = "answer_for_practice"
    WORK_TASKS = "work_tasks"
    SEE_QUEUES = "see_queues"
    SEE_ALL_TASKS = "see_all_tasks"
    BALANCE = "balance"
    MANAGE_ROTA = "manage_rota"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_HUB_ROLES = "manage_hub_roles"
    MANAGE_DIRECTORY = "manage_directory"
    MANAGE_RULES = "manage_rules"
    SEE_REPORTS = "see_reports"
    SEE_PATIENTS = "see_patients"
    SEE_AUDIT = "see_audit"
    SEE_OPERATIONS = "see_operations"


@dataclass(frozen=True)
class Grant:
    """Who may do something, and how a sentence calls it after "may"."""

    roles: frozenset[Role]
    doing: str


def _to(*roles: Role, doing: str) -> Grant:
    return Grant(frozenset(roles), doing)


GRANTS: dict[Permission, Grant] = {
    Permission.RAISE_REQUEST: _to(Role.REQUESTER, doing="raise a request"),
    Permission.IMPORT_REQUESTS: _to(Role.REQUESTER, Role.LEAD, doing="bring in a file of requests"),
    Permission.SEE_OWN_REQUESTS: _to(Role.REQUESTER, doing="see a practice's requests"),
    Permission.ANSWER_FOR_PRACTICE: _to(
        Role.REQUESTER, doing="answer questions, tick to-dos and withdraw requests for a practice"
    ),
    Permission.WORK_TASKS: _to(Role.CLINICIAN, doing="work on tasks"),
    Permission.SEE_QUEUES: _to(Role.CLINICIAN, Role.LEAD, doing="see the queues"),
    Permission.SEE_ALL_TASKS: _to(Role.LEAD, doing="see the tasks of every practice"),
    Permission.BALANCE: _to(Role.LEAD, doing="assign and move other people's tasks or hold a practice"),
    Permission.MANAGE_ROTA: _to(Role.LEAD, doing="change shifts and absences"),
    Permission.MANAGE_PEOPLE: _to(Role.LEAD, Role.ADMIN, doing="change people's accounts"),
    Permission.MANAGE_HUB_ROLES: _to(Role.ADMIN, doing="change the accounts of leads and administrators"),
    Permission.MANAGE_DIRECTORY: _to(Role.LEAD, Role.ADMIN, doing="change practices and networks"),
    Permission.MANAGE_RULES: _to(Role.LEAD, Role.ADMIN, doing="change the rules and policies"),
    Permission.SEE_REPORTS: _to(Role.REQUESTER, Role.LEAD, doing="see the reports"),
    # Not administrators: they look after the software and the accounts, and see no patients.
    Permission.SEE_PATIENTS: _to(Role.REQUESTER, Role.CLINICIAN, Role.LEAD, doing="see patients' details"),
    Permission.SEE_AUDIT: _to(Role.ADMIN, doing="see who did what in the software"),
    Permission.SEE_OPERATIONS: _to(Role.ADMIN, doing="see failed jobs and the state of the servers"),
}

ROLE_IN_A_SENTENCE: dict[Role, str] = {
    Role.REQUESTER: "a requester",
    Role.CLINICIAN: "a clinician",
    Role.LEAD: "a hub lead",
    Role.ADMIN: "an administrator",
}

# Leads staff the hub, but only an administrator makes a lead or an administrator.
_HUB_ROLES = frozenset({Role.LEAD, Role.ADMIN})


def may(roles: Collection[Role], permission: Permission) -> bool:
    """Say whether someone with all of `roles` may see or do `permission`: one role is enough."""
    return not GRANTS[permission].roles.isdisjoint(roles)


def check_may(roles: Collection[Role], permission: Permission) -> None:
    """Do nothing if someone with `roles` may see or do `permission`.

    Raises:
        NotAllowed: they may not; the sentence says who may, and what they are signed in as.
    """
    if not may(roles, permission):
        raise NotAllowed(_refusal(roles, permission))


def may_manage(roles: Collection[Role], theirs: Collection[Role]) -> bool:
    """Say whether someone with `roles` may change an account that has, or is to have, the roles `theirs`."""
    return may(roles, _needed_to_manage(theirs))


def check_may_manage(roles: Collection[Role], theirs: Collection[Role]) -> None:
    """Do nothing if someone with `roles` may change an account that has, or is to have, `theirs`.

    Check both the roles an account has and those it is to get: otherwise a lead could
    make a lead, or take an administrator's roles away.

    Raises:
        NotAllowed: they may not; the sentence says who may.
    """
    check_may(roles, _needed_to_manage(theirs))


def _needed_to_manage(theirs: Collection[Role]) -> Permission:
    return Permission.MANAGE_PEOPLE if _HUB_ROLES.isdisjoint(theirs) else Permission.MANAGE_HUB_ROLES


def _refusal(roles: Collection[Role], permission: Permission) -> str:
    grant = GRANTS[permission]
    return f"Only {_list(grant.roles, 'or')} may {grant.doing}; {_signed_in_as(roles)}."


def _signed_in_as(roles: Collection[Role]) -> str:
    return f"you are signed in as {_list(roles, 'and')}" if roles else "your account has no role yet"


def _list(roles: Collection[Role], joint: str) -> str:
    """Return the roles as a list in words, in the order of the enum."""
    names = [ROLE_IN_A_SENTENCE[role] for role in Role if role in roles]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"
