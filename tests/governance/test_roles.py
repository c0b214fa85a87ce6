import pytest

from governance.roles import DESCRIPTIONS, ROLES_WITH, Permission, Role, may, permissions

MARKS_AND_PICTURES = {
    Permission.SEE_ALERTS,
    Permission.ANSWER_ALERTS,
    Permission.SEE_PICTURES,
    Permission.SEE_LISTS,
    Permission.CHANGE_LISTS,
    Permission.PUBLISH_LISTS,
    Permission.SEARCH_READS,
    Permission.SEE_RESULT_PICTURES,
    Permission.EXPORT_READS,
    Permission.SHARE_READS,
}


@pytest.mark.parametrize("permission", Permission)
def test_each_permission_has_a_line_of_its_own_and_somebody_who_has_it(permission):
    assert permission.description.strip()
    assert "\n" not in permission.description
    assert ROLES_WITH[permission]


def test_the_tables_hold_each_permission_once():
    assert set(DESCRIPTIONS) == set(ROLES_WITH) == set(Permission)
    assert len(set(DESCRIPTIONS.values())) == len(Permission)


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.ADMIN, Role.FOOTAGE])
def test_who_has_no_need_sees_no_alert_picture_or_list(role):
    assert permissions([role]).isdisjoint(MARKS_AND_PICTURES)


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.PATROL, Permission.SEE_ALERTS, True),
        (Role.PATROL, Permission.ANSWER_ALERTS, True),
        (Role.PATROL, Permission.SEE_PICTURES, True),
        (Role.PATROL, Permission.SEE_LISTS, False),
        (Role.PATROL, Permission.CHANGE_LISTS, False),
        (Role.PATROL, Permission.READ_LOG, False),
        (Role.LIST_MANAGER, Permission.CHANGE_LISTS, True),
        (Role.LIST_MANAGER, Permission.SEE_ALERTS, False),
        (Role.AUTHORISING_OFFICER, Permission.CHANGE_LISTS, False),
        (Role.AUTHORISING_OFFICER, Permission.SEE_LISTS, True),
        (Role.OVERSIGHT, Permission.READ_LOG, True),
        (Role.OVERSIGHT, Permission.VERIFY_LOG, True),
        (Role.OVERSIGHT, Permission.SEE_OVERSIGHT_FIGURES, True),
        (Role.OVERSIGHT, Permission.MANAGE_ACCOUNTS, False),
        (Role.OVERSIGHT, Permission.OPEN_SAMPLES, True),
        (Role.OVERSIGHT, Permission.AUDIT_SEARCHES, False),
        (Role.INVESTIGATOR, Permission.SEARCH_READS, True),
        (Role.INVESTIGATOR, Permission.SEE_ALERTS, False),
        (Role.INVESTIGATOR, Permission.SEE_PICTURES, False),
        (Role.INVESTIGATOR, Permission.READ_LOG, False),
        (Role.PATROL, Permission.SEARCH_READS, False),
        (Role.AUDITOR, Permission.AUDIT_SEARCHES, True),
        (Role.AUDITOR, Permission.SEARCH_READS, False),
        (Role.AUDITOR, Permission.DISCLOSE_LOG, True),
        (Role.ADMIN, Permission.SEARCH_READS, False),
        (Role.ADMIN, Permission.MANAGE_ACCOUNTS, True),
        (Role.ADMIN, Permission.READ_LOG, False),
        (Role.ADMIN, Permission.SEE_OVERSIGHT_FIGURES, False),
    ],
)
def test_the_table(role, permission, allowed):
    assert may([role], permission) is allowed


@pytest.mark.parametrize("role", Role)
def test_each_role_may_see_its_own_account(role):
    assert may([role], Permission.OWN_ACCOUNT)


def test_nothing_works_without_a_role():
    assert permissions([]) == frozenset()


def test_several_roles_give_what_each_gives():
    assert permissions([Role.PATROL, Role.ADMIN]) == permissions([Role.PATROL]) | permissions([Role.ADMIN])


def test_no_one_role_both_answers_alerts_and_makes_the_lists_behind_them():
    for role in Role:
        assert not {Permission.ANSWER_ALERTS, Permission.CHANGE_LISTS} <= permissions([role])


def test_no_one_role_both_searches_and_audits_searches():
    for role in Role:
        assert not {Permission.SEARCH_READS, Permission.AUDIT_SEARCHES} <= permissions([role])
