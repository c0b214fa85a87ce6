"""What the log says of everything else, as the parts of the verifier ask for it; see governance.export.gathering."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from governance.devices.verification import StreamHead
from governance.entry import Entry
from governance.export.row import RowKey
from governance.export.taken_back import TakenBack


@dataclass(frozen=True, slots=True)
class LoggedStatement:
    """A step with an authority: the number of its statement, and the digests of document and statement."""

    authority: str
    number: int
    document: str
    statement: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class LoggedUse:
    """Something that was done under an authority."""

    authority: str
    act: str
    on: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row that the log commits to. holds is what the row must give; with belongs_to it may go when that goes.

    at is when the log named it first; clock is when its time counts from, None while that has not begun.
    """

    holds: str
    index: int
    at: datetime
    clock: datetime | None = None
    belongs_to: RowKey | None = None

    @property
    def earliest(self) -> datetime:
        """The earliest that its time can count from."""
        return self.at if self.clock is None else min(self.at, self.clock)


@dataclass(slots=True)
class Logged:
    """Everything that the log says about what is outside it.

    relied are the acts that may need an authority, rule_steps those with sets of retention rules, holds those with
    holds, classes those with the classes of single items, draws those of samples and audits, trusted_keys the entries
    that first trusted an officer's key, device_keys those that enrolled a device's and revoked_keys those that revoked
    one. alarms are what the service said of devices' chains, faults what contradicts itself or lacks what it must have.
    chain_files are the SHA-256 of the newest export of the devices' chains, by the files' names. taken_back are the
    entries that did not happen or may not have. Entries from settled on were written while the export was made: what
    they name may be in it or not. ends_at is the time of the last entry, None where there is none.
    """

    statements: list[LoggedStatement] = field(default_factory=list)
    uses: list[LoggedUse] = field(default_factory=list)
    trust_lists: dict[int, tuple[str, int]] = field(default_factory=dict)
    relied: list[Entry] = field(default_factory=list)
    rule_steps: list[Entry] = field(default_factory=list)
    receipts: dict[str, tuple[str, Entry]] = field(default_factory=dict)
    rows: dict[RowKey, LoggedRow] = field(default_factory=dict)
    trusted_keys: dict[str, Entry] = field(default_factory=dict)
    device_keys: dict[str, Entry] = field(default_factory=dict)
    revoked_keys: dict[str, Entry] = field(default_factory=dict)
    holds: list[Entry] = field(default_factory=list)
    classes: list[Entry] = field(default_factory=list)
    draws: list[Entry] = field(default_factory=list)
    heads: list[StreamHead] = field(default_factory=list)
    links: dict[tuple[str, UUID, int], tuple[bytes, int]] = field(default_factory=dict)
    alarms: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    chain_files: dict[str, str] = field(default_factory=dict)
    taken_back: TakenBack = field(default_factory=TakenBack)
    settled: int = 0
    ends_at: datetime | None = None

    def must_be_there(self, index: int) -> bool:
        """Whether what this entry names must be in the export."""
        return index < self.settled and index not in self.taken_back.doubtful
