"""Who needs a second factor, and what a session may do before it was given: the table, and the one decision."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from governance.roles import Role

ROLES_THAT_NEED_IT: Final = frozenset({Role.AUTHORISING_OFFICER, Role.ADMIN})
"""Who allows what others may do, and who may let others in: a password alone is not enough for either."""


class Standing(StrEnum):
    """How far a session is."""

    OPEN = "open"
    """All that its roles allow."""

    CODE_NEEDED = "code-needed"
    """The code of the second factor, or signing out. Nothing else."""

    SET_UP_NEEDED = "set-up-needed"
    """Setting up the second factor, or signing out. Nothing else."""


def needs_second_factor(roles: Collection[Role]) -> bool:
    """Whether an account with these roles must have a second factor."""
    return not ROLES_THAT_NEED_IT.isdisjoint(roles)


def standing(roles: Collection[Role], *, given: bool, set_up: bool) -> Standing:
    """How far a session is: given says whether its second factor was, set_up whether the account has one.

    Who has set one up is asked for it whatever the roles: otherwise a password alone would do after all.
    """
    if given:
        return Standing.OPEN
    if set_up:
        return Standing.CODE_NEEDED
    return Standing.SET_UP_NEEDED if needs_second_factor(roles) else Standing.OPEN
