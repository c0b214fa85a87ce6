"""Finds the one message that a broker cannot swallow, where all the broker does is to end the connection."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

LOSSES_ALONE: Final = 3
"""A message that was under way alone when this many connections were lost is taken for the cause of it."""


class Suspects:
    """What the lost connections had in common. Numbers are the spool's."""

    def __init__(self) -> None:
        self._losses_alone: Counter[int] = Counter()
        self.one_at_a_time = False
        """Whether a connection was lost with nothing acknowledged: send one message at a time until one is."""

    def acknowledged(self, seq: int) -> None:
        """The broker answered this one: it is not it, and the rest may flow again."""
        self.one_at_a_time = False
        self._losses_alone.pop(seq, None)

    def lost(self, under_way: Sequence[int], *, moved: bool) -> int | None:
        """Note a lost connection with what it had not acknowledged, and whether it acknowledged anything before.

        Gives the message that is found to be the cause, if one is.
        """
        if moved or not under_way:
            return None
        if len(under_way) > 1:
            self.one_at_a_time = True
            return None
        (seq,) = under_way
        self._losses_alone[seq] += 1
        if self._losses_alone[seq] < LOSSES_ALONE:
            return None
        del self._losses_alone[seq]
        self.one_at_a_time = False
        return seq
