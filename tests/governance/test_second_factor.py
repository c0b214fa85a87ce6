"""Who needs a second factor, and how far a session is: the whole table."""

import pytest

from governance.roles import Role
from governance.second_factor import Standing, needs_second_factor, standing


@pytest.mark.parametrize("role", list(Role))
def test_who_needs_it(role: Role) -> None:
    assert needs_second_factor({role}) == (role in {Role.AUTHORISING_OFFICER, Role.ADMIN})
    assert needs_second_factor({role, Role.ADMIN})


@pytest.mark.parametrize(
    ("roles", "given", "set_up", "reached"),
    [
        ({Role.PATROL}, False, False, Standing.OPEN),
        ({Role.PATROL}, False, True, Standing.CODE_NEEDED),
        ({Role.PATROL}, True, True, Standing.OPEN),
        ({Role.PATROL}, True, False, Standing.OPEN),
        ({Role.ADMIN}, False, False, Standing.SET_UP_NEEDED),
        ({Role.ADMIN}, False, True, Standing.CODE_NEEDED),
        ({Role.ADMIN}, True, True, Standing.OPEN),
        ({Role.ADMIN}, True, False, Standing.OPEN),
        ({Role.PATROL, Role.AUTHORISING_OFFICER}, False, False, Standing.SET_UP_NEEDED),
        (set(), False, False, Standing.OPEN),
    ],
)
def test_how_far_a_session_is(roles: set[Role], given: bool, set_up: bool, reached: Standing) -> None:
    assert standing(roles, given=given, set_up=set_up) is reached
