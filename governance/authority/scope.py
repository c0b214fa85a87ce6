"""What an authority covers, by kind. Whoever asks names one object by its id; the scope says whether it is covered.

The other fields (a tier, a threshold, a height) bind whoever acts: they read them off the document that was granted.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, FiniteFloat

from governance.authority.fields import Line, Record, Sha256

MOST_NAMED: Final = 200

LONGEST_SEARCH_DAYS: Final = 366
"""National ANPR standards: reads are kept no more than 12 months."""

Names = Annotated[tuple[Line, ...], Field(min_length=1, max_length=MOST_NAMED)]


class AnprList(Record):
    """Lists of vehicles of interest, by id or by name."""

    kind: Literal["anpr-list"] = "anpr-list"
    lists: Names

    def covers(self, on: str) -> bool:
        """Whether this is one of the lists."""
        return on in self.lists


class AnprSearch(Record):
    """Searches of reads, for investigations by their references, back to an age in days."""

    kind: Literal["anpr-search"] = "anpr-search"
    investigations: Names
    oldest_days: int = Field(ge=1, le=LONGEST_SEARCH_DAYS)

    def covers(self, on: str) -> bool:
        """Whether this is the reference of one of the investigations."""
        return on in self.investigations


class FaceWatchlist(Record):
    """A watchlist of faces: its id, who may be on it, and how many at most."""

    kind: Literal["face-watchlist"] = "face-watchlist"
    watchlists: Names
    categories: Names
    most_faces: int = Field(ge=1, le=100_000)

    def covers(self, on: str) -> bool:
        """Whether this is one of the watchlists."""
        return on in self.watchlists


class FaceDeployment(Record):
    """Matching of faces against watchlists at a threshold, which means nothing without the algorithm and the size."""

    kind: Literal["face-deployment"] = "face-deployment"
    watchlists: Names
    algorithm: Line
    least_threshold: FiniteFloat = Field(ge=0, le=1)
    most_faces: int = Field(ge=1, le=100_000)

    def covers(self, on: str) -> bool:
        """Whether this is one of the watchlists."""
        return on in self.watchlists


class DroneFlight(Record):
    """Flights for incidents, by their references."""

    kind: Literal["drone-flight"] = "drone-flight"
    incidents: Names
    highest_m: int = Field(ge=1, le=500)

    def covers(self, on: str) -> bool:
        """Whether this is the reference of one of the incidents."""
        return on in self.incidents


class Disclosure(Record):
    """Items of media, by id, to recipients."""

    kind: Literal["disclosure"] = "disclosure"
    items: Names
    recipients: Names

    def covers(self, on: str) -> bool:
        """Whether this is one of the items."""
        return on in self.items


class RetentionChange(Record):
    """One set of rules for retention, by the SHA-256 of its file."""

    kind: Literal["retention-change"] = "retention-change"
    rules_sha256: Sha256

    def covers(self, on: str) -> bool:
        """Whether this is the set of rules."""
        return on == self.rules_sha256


Scope = Annotated[
    AnprList | AnprSearch | FaceWatchlist | FaceDeployment | DroneFlight | Disclosure | RetentionChange,
    Field(discriminator="kind"),
]
