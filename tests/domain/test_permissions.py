"""Who may see or do what: the whole table once more, written by hand."""

from itertools import combinations

import pytest

from hub.domain.errors import NotAllowed
from hub.domain.permissions import GRANTS, Permission, check_may, check_may_manage, may, may_manage
from hub.domain.vocabulary import Role

R, C, L, A = Role.REQUESTER, Role.CLINICIAN, Role.LEAD, Role.ADMIN

WHO_MAY = {
    Permission.RAISE_REQUEST: {R},
    Permission.IMPORT_REQUESTS: {R, L},
    Permission.SEE_OWN_REQUESTS: {R},
    Permission.ANSWER_FOR_PRACTICE: {R},
    Permission.WORK_TASKS: {C},
    Permission.SEE_QUEUES: {C, L},
    Permission.SEE_ALL_TASKS: {L},
    Permission.BALANCE: {L},
    Permission.MANAGE_ROTA: {L},
    Permission.MANAGE_PEOPLE: {L, A},
    Permission.MANAGE_HUB_ROLES: {A},
    Permission.MANAGE_DIRECTORY: {L, A},
    Permission.MANAGE_RULES: {L, A},
    Permission.SEE_REPORTS: {R, L},
    Permission.SEE_PATIENTS: {R, C, L},
    Permission.SEE_AUDIT: {A},
    Permission.SEE_OPERATIONS: {A},
}

EVERY_SET_OF_ROLES = [set(roles) for count in range(5) for roles in combinations(Role, count)]


def test_the_table_names_every_permission() -> None:
    assert set(GRANTS) == set(WHO_MAY) == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_person_may_what_any_of_their_roles_may(permission: Permission) -> None:
    for roles in EVERY_SET_OF_ROLES:
        assert may(roles, permission) == bool(roles & WHO_MAY[permission])


@pytest.mark.parametrize("permission", list(Permission))
def test_the_check_agrees_with_the_answer_and_gives_a_sentence(permission: Permission) -> None:
    for roles in EVERY_SET_OF_ROLES:
        if may(roles, permission):
            check_may(roles, permission)
        else:
            with pytest.raises(
                NotAllowed, match=r"^Only .+ may .+; (you are signed in as|your account has) .+\.$"
            ):
                check_may(roles, permission)


@pytest.mark.parametrize(
    ("roles", "permission", "sentence"),
    [
        (
            {R},
            Permission.MANAGE_ROTA,
            "Only a hub lead may change shifts and absences; you are signed in as a requester.",
        ),
        (
            {C, R},
            Permission.MANAGE_PEOPLE,
            "Only a hub lead or an administrator may change people's accounts; "
            "you are signed in as a requester and a clinician.",
        ),
        (
            {A},
            Permission.SEE_PATIENTS,
            "Only a requester, a clinician or a hub lead may see patients' details; "
            "you are signed in as an administrator.",
        ),
        (set(), Permission.WORK_TASKS, "Only a clinician may work on tasks; your account has no role yet."),
    ],
)
def test_the_sentence_says_who_may_and_who_asks(
    roles: set[Role], permission: Permission, sentence: str
) -> None:
    with pytest.raises(NotAllowed) as refusal:
        check_may(roles, permission)
    assert str(refusal.value) == sentence


def test_an_administrator_sees_no_patients_and_no_work() -> None:
    clinical = {
        Permission.SEE_PATIENTS,
        Permission.SEE_OWN_REQUESTS,
        Permission.SEE_QUEUES,
        Permission.SEE_ALL_TASKS,
        Permission.WORK_TASKS,
        Permission.BALANCE,
    }
    assert not [permission for permission in clinical if may({A}, permission)]


@pytest.mark.parametrize(
    ("roles", "theirs", "allowed"),
    [
        ({L}, {R}, True),
        ({L}, {C}, True),
        ({L}, {R, C}, True),
        ({L}, set(), True),
        ({L}, {L}, False),
        ({L}, {C, L}, False),
        ({L}, {A}, False),
        ({A}, {A}, True),
        ({A}, {L, C}, True),
        ({A}, {R}, True),
        ({R}, {R}, False),
        ({C}, {R}, False),
        (set(), {R}, False),
    ],
)
def test_a_lead_manages_clinicians_and_requesters_and_an_administrator_everyone(
    roles: set[Role], theirs: set[Role], allowed: bool
) -> None:
    assert may_manage(roles, theirs) == allowed
    if allowed:
        check_may_manage(roles, theirs)
    else:
        with pytest.raises(NotAllowed, match=r"^Only .* may change"):
            check_may_manage(roles, theirs)
